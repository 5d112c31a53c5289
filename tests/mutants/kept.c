#include "mutants/kept.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *const words[] = {
    [UNPLAYED] = "object",   [KILLED] = "killed",     [SURVIVED] = "survived",
    [UNEARNED] = "unearned", [UNSTEADY] = "unsteady", [FAULTY] = "fault",
};

const char *verdict_word(enum verdict verdict)
{
    return words[verdict];
}

static void remember(struct kept *kept, const struct kept_line *line)
{
    if (kept->count == kept->capacity) {
        kept->capacity = kept->capacity * 2 + 1024;
        kept->lines = reallocarray(kept->lines, kept->capacity, sizeof *kept->lines);
        if (kept->lines == NULL)
            abort();
    }
    kept->lines[kept->count++] = *line;
}

/* Makes LINE of what stands in the file. */
static bool read_line(struct kept_line *line, const char *string)
{
    char word[16];
    char end;
    if (sscanf(string, "%15s %" SCNx64 " %" SCNx64 " %63s%c", word, &line->object, &line->by,
               line->test, &end) != 5 ||
        end != '\n')
        return false;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(word, words[i]) == 0) {
            line->verdict = (enum verdict)i;
            return true;
        }
    return false;
}

bool kept_open(struct kept *kept, const char *path)
{
    char string[256];
    bool cut = false;
    kept->file = fopen(path, "a+e");
    if (kept->file == NULL || fseek(kept->file, 0, SEEK_SET) != 0) {
        fprintf(stderr, "mutants: %s: %s\n", path, strerror(errno));
        return false;
    }
    while (fgets(string, sizeof string, kept->file) != NULL) {
        struct kept_line line;
        cut = strchr(string, '\n') == NULL;
        if (read_line(&line, string))
            remember(kept, &line);
    }
    fseek(kept->file, 0, SEEK_END);
    if (cut) /* what follows begins a line of its own */
        fputc('\n', kept->file);
    return true;
}

void kept_close(struct kept *kept)
{
    if (kept->file != NULL && fclose(kept->file) == EOF)
        perror("mutants: what was found out is not kept");
    free(kept->lines);
    *kept = (struct kept){0};
}

void kept_add(struct kept *kept, const struct kept_line *line)
{
    remember(kept, line);
    fprintf(kept->file, "%s %" PRIx64 " %" PRIx64 " %s\n", words[line->verdict], line->object,
            line->by, line->test[0] != '\0' ? line->test : "-");
    fflush(kept->file);
}

const struct kept_line *kept_object(const struct kept *kept, uint64_t source)
{
    for (size_t i = kept->count; i > 0; i--)
        if (kept->lines[i - 1].verdict == UNPLAYED && kept->lines[i - 1].by == source)
            return &kept->lines[i - 1];
    return NULL;
}

const struct kept_line *kept_verdict(const struct kept *kept, uint64_t object, uint64_t kit,
                                     bool any_kit)
{
    const struct kept_line *other = NULL;
    for (size_t i = kept->count; i > 0; i--) {
        const struct kept_line *line = &kept->lines[i - 1];
        if (line->verdict == UNPLAYED || line->object != object)
            continue;
        if (line->by == kit)
            return line;
        if (other == NULL)
            other = line;
    }
    return any_kit ? other : NULL;
}
