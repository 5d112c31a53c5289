#include "mutants/equivalent.h"

#include "grade/take.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 4 << 20 };

static char *copy_of(const char *string)
{
    char *copy = strdup(string);
    if (copy == NULL)
        abort();
    return copy;
}

/* A new one at the end of the list. */
static struct equivalent *begin(struct equivalents *equivalents)
{
    equivalents->list =
        reallocarray(equivalents->list, equivalents->count + 1, sizeof *equivalents->list);
    if (equivalents->list == NULL)
        abort();
    struct equivalent *one = &equivalents->list[equivalents->count++];
    *one = (struct equivalent){0};
    return one;
}

/* LINE is "FILE FUNCTION". */
static bool begin_with(struct equivalent *one, const char *line, const char *reason)
{
    const char *space = strchr(line, ' ');
    if (space == NULL || strchr(space + 1, ' ') != NULL || reason == NULL)
        return false;
    one->file = copy_of(line);
    one->file[space - line] = '\0';
    one->function = copy_of(space + 1);
    one->reason = copy_of(reason);
    return true;
}

/* Puts the words of LINE after its first two bytes into PLACE, which has none yet. */
static bool take_words(char **place, const char *line)
{
    if (*place != NULL)
        return false;
    *place = copy_of(strlen(line) < 2 ? "" : line + 2);
    return true;
}

/* Is the last one of the list whole? */
static bool is_whole(const struct equivalents *equivalents)
{
    const struct equivalent *last =
        equivalents->count == 0 ? NULL : &equivalents->list[equivalents->count - 1];
    return last == NULL || (last->old != NULL && last->new != NULL);
}

/* Takes in LINE, the one with NUMBER. */
static bool read_line(struct equivalents *equivalents, char *line, size_t number,
                      const char **reason)
{
    struct equivalent *last =
        equivalents->count == 0 ? NULL : &equivalents->list[equivalents->count - 1];
    bool open = !is_whole(equivalents);
    switch (line[0]) {
    case '\0':
    case '#':
        return true;
    case '=':
        *reason = line + 1 + strspn(line + 1, " ");
        return !open;
    case ' ':
        return open && last->old == NULL && take_words(&last->before, line);
    case '-':
        return open && take_words(&last->old, line);
    case '+':
        return open && last->old != NULL && take_words(&last->new, line);
    default:
        if (open)
            return false;
        last = begin(equivalents);
        last->line = number;
        return begin_with(last, line, *reason);
    }
}

bool equivalents_read(struct equivalents *equivalents, const char *path)
{
    struct text text = {0};
    const char *reason = NULL;
    bool good = read_plain_file(AT_FDCWD, path, MOST_BYTES, &text);
    *equivalents = (struct equivalents){0};
    if (!good)
        fprintf(stderr, "mutants: %s: %s\n", path, strerror(errno));
    size_t number = 0;
    for (char *line = text.start; good && line != NULL && *line != '\0';) {
        char *end = line + strcspn(line, "\n");
        char *next = *end == '\0' ? end : end + 1;
        *end = '\0';
        good = read_line(equivalents, line, ++number, &reason);
        line = next;
    }
    if (good && !is_whole(equivalents))
        good = false;
    if (!good && number > 0)
        fprintf(stderr, "mutants: %s:%zu: this line has no meaning here\n", path, number);
    text_free(&text);
    return good;
}

void equivalents_free(struct equivalents *equivalents)
{
    for (size_t i = 0; i < equivalents->count; i++) {
        struct equivalent *one = &equivalents->list[i];
        char *const parts[] = {one->file, one->function, one->before,
                               one->old,  one->new,      one->reason};
        for (size_t part = 0; part < sizeof parts / sizeof parts[0]; part++)
            free(parts[part]);
    }
    free(equivalents->list);
    *equivalents = (struct equivalents){0};
}

static bool is_text(const struct text *text, const char *string)
{
    return strcmp(text->start != NULL ? text->start : "", string) == 0;
}

struct equivalent *equivalents_find(struct equivalents *equivalents, const char *file,
                                    const char *function, const struct change *change)
{
    for (size_t i = 0; i < equivalents->count; i++) {
        struct equivalent *one = &equivalents->list[i];
        if (strcmp(one->file, file) == 0 && strcmp(one->function, function) == 0 &&
            is_text(&change->old, one->old) && is_text(&change->new, one->new) &&
            (one->before == NULL || is_text(&change->before, one->before)))
            return one;
    }
    return NULL;
}
