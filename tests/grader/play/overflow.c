#include "grader/play/overflow.h"

#include "grader/observe/sanitizer.h"
#include "grader/play/places.h"

#include <string.h>

/* "wrote 1 byte outside the array `bytes` (line 50), which has 4096 bytes" */
static void tell_error(struct text *story, const struct sanitizer *found)
{
    bool after_free = strstr(found->kind, "use-after") != NULL;
    bool array = strstr(found->kind, "overflow") != NULL || strstr(found->kind, "under") != NULL;
    if (found->size == 0 || !(after_free || array)) {
        text_add(story, _("made a mistake with memory that the sanitizer calls %s"), found->kind);
        return;
    }
    text_add(story, "%s %zu %s ", _(found->writes ? "wrote" : "read"), found->size,
             _(found->size == 1 ? "byte" : "bytes"));
    if (after_free)
        text_add(story, _("in memory that is no longer its own (%s)"), found->kind);
    else if (found->variable[0] == '\0')
        text_add(story, _("outside a block of memory"));
    else
        text_add(story, _("outside the array "));
    if (array && found->variable[0] != '\0') {
        const char *dot = strrchr(found->variable, '.');
        const char *name = dot != NULL ? dot + 1 : found->variable;
        text_harmless(story, name, strlen(name), sizeof found->variable, false);
        if (found->line > 0)
            text_add(story, _(" (line %d)"), found->line);
    }
    if (array && found->room > 0)
        text_add(story, _(", which has %zu bytes"), found->room);
}

enum overflow overflow_tell(struct text *story, const struct program *program)
{
    struct sanitizer found;
    if (!program->sanitized || !program->ended || !sanitizer_read(&program->complained, &found))
        return OVERFLOW_NONE;
    struct line line = places_of_crash(program);
    text_add(story,
             _("The %s was built once more, with AddressSanitizer, which watches how a program "
               "uses its arrays. It "),
             _(program->role));
    tell_error(story, &found);
    if (line.number > 0)
        text_add(story, _(", at %s:%d (%s)"), line.file, line.number, line.function);
    text_add(story, _("."));
    if (strstr(found.kind, "use-after") == NULL)
        return OVERFLOW_TOLD;
    text_add(story, strncmp(found.kind, "heap", 4) == 0
                        ? _(" Do not use a block after free.")
                        : _(" A local variable is gone when its block or function has ended: keep "
                            "no pointer to it."));
    return OVERFLOW_ADVISED;
}
