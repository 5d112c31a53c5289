#include "mutants/mutation.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool is_same(const struct mutation *a, const struct mutation *b)
{
    return a->begin == b->begin && a->end == b->end && strcmp(a->text, b->text) == 0;
}

static bool changes_nothing(const struct mutation *one, const struct text *source)
{
    size_t length = one->end - one->begin;
    return strlen(one->text) == length &&
           memcmp(source->start + one->begin, one->text, length) == 0;
}

void mutations_add(struct mutations *mutations, const struct text *source, struct mutation one)
{
    bool known = changes_nothing(&one, source);
    for (size_t i = 0; i < mutations->count && !known; i++)
        known = is_same(&mutations->list[i], &one);
    if (known) {
        free(one.text);
        return;
    }
    if (mutations->count == mutations->capacity) {
        mutations->capacity = mutations->capacity * 2 + 64;
        mutations->list =
            reallocarray(mutations->list, mutations->capacity, sizeof *mutations->list);
        if (mutations->list == NULL)
            abort();
    }
    mutations->list[mutations->count++] = one;
}

void mutations_free(struct mutations *mutations)
{
    for (size_t i = 0; i < mutations->count; i++)
        free(mutations->list[i].text);
    free(mutations->list);
    *mutations = (struct mutations){0};
}

void mutation_apply(const struct mutation *mutation, const struct text *source, struct text *mutant)
{
    text_add_bytes(mutant, source->start, mutation->begin);
    text_add(mutant, "%s", mutation->text);
    text_add_bytes(mutant, source->start + mutation->end, source->length - mutation->end);
}

/* The comment that begins at BYTES, LENGTH of them, if there is one: so many of them. */
static size_t comment_at(const char *bytes, size_t length)
{
    if (length < 2 || memcmp(bytes, "/*", 2) != 0)
        return 0;
    const char *end = memmem(bytes + 2, length - 2, "*/", 2);
    return end == NULL ? length : (size_t)(end + 2 - bytes);
}

/* Adds LENGTH BYTES to TEXT, without comments, and each run of white space as one space. A comment
   that began before them ends in them, if they hold its end alone. */
static void add_words(struct text *text, const char *bytes, size_t length)
{
    const char *end = memmem(bytes, length, "*/", 2);
    const char *begin = memmem(bytes, length, "/*", 2);
    size_t at = end != NULL && (begin == NULL || begin > end) ? (size_t)(end + 2 - bytes) : 0;
    bool space = false;
    while (at < length) {
        size_t comment = comment_at(bytes + at, length - at);
        if (comment > 0 || strchr(" \t\n", bytes[at]) != NULL) {
            space = text->length > 0;
            at += comment > 0 ? comment : 1;
            continue;
        }
        if (space)
            text_add(text, " ");
        space = false;
        text_add_bytes(text, bytes + at++, 1);
    }
}

/* Where the line begins that holds the byte AT, and where it ends, without its newline. */
static size_t line_begin(const struct text *source, size_t at)
{
    while (at > 0 && source->start[at - 1] != '\n')
        at--;
    return at;
}

static size_t line_end(const struct text *source, size_t at)
{
    while (at < source->length && source->start[at] != '\n')
        at++;
    return at;
}

/* Adds the last line before the byte BEGIN, where a line begins, that is not empty. */
static void add_line_before(const struct text *source, size_t begin, struct text *before)
{
    while (begin > 0 && before->length == 0) {
        size_t end = begin - 1;
        begin = line_begin(source, end);
        add_words(before, source->start + begin, end - begin);
    }
}

void mutation_describe(const struct mutation *mutation, const struct text *source,
                       struct change *change)
{
    struct text mutant = {0};
    size_t begin = line_begin(source, mutation->begin);
    size_t end = line_end(source, mutation->end);
    *change = (struct change){.line = 1};
    for (size_t at = 0; at < begin; at++)
        change->line += source->start[at] == '\n';
    add_line_before(source, begin, &change->before);
    add_words(&change->old, source->start + begin, end - begin);
    mutation_apply(mutation, source, &mutant);
    add_words(&change->new, mutant.start + begin,
              end - begin + strlen(mutation->text) - (mutation->end - mutation->begin));
    text_free(&mutant);
}

void change_free(struct change *change)
{
    text_free(&change->before);
    text_free(&change->old);
    text_free(&change->new);
}
