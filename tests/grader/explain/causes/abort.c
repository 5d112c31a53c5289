/* The C library has ended the program, and has printed why. */
#include "grader/explain/causes/causes.h"

#include <signal.h>
#include <string.h>

/* In $q the last line that it wrote to standard error before it called abort(3). */
static bool aborts(const struct evidence *e, struct finding *f)
{
    const struct text *words = &e->program.complained;
    if (!was_killed_by(e, SIGABRT) || words->length == 0)
        return false;
    const char *end = words->start + words->length;
    while (end > words->start && end[-1] == '\n')
        end--;
    const char *line = end;
    while (line > words->start && line[-1] != '\n')
        line--;
    text_harmless(&f->quote, line, (size_t)(end - line), 100, false);
    f->step[1] = &e->crash;
    f->parts = e->crash.line.number > 0 ? PART('a') : 0;
    return end > line;
}

static bool heap_is_broken(const struct evidence *e, struct finding *f)
{
    static const char *const words[] = {
        "free():",    "double free", "malloc():",         "munmap_chunk",
        "realloc():", "corrupted",   "malloc_consolidate"};
    for (size_t i = 0; aborts(e, f) && i < sizeof words / sizeof words[0]; i++) {
        if (strstr(f->quote.start, words[i]) != NULL)
            return true;
        text_free(&f->quote);
    }
    return false;
}

#define ABORTED "The $role was killed by SIGABRT[a: at $p1 (in $f1)]. Its last words were: \"$q\"."

const struct cause causes_of_aborts[] = {
    {.id = "heap-corrupted",
     .explains = heap_is_broken,
     .sentence = ABORTED,
     .hint = "Free each block once, and write only inside it. The test under valgrind names the "
             "block.",
     .section = "What valgrind sees"},
    {.id = "aborted",
     .explains = aborts,
     .sentence = ABORTED,
     .hint = "Look for what it says in the function that it names."},
    {.id = NULL},
};
