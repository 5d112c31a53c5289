#include "grader/play/kept.h"

#include "grader/play/places.h"

bool kept_tell(struct text *story, const struct program *program)
{
    static const char *const names[KEEPER_COUNT] = {[KEEPER_INET_NTOA] = "inet_ntoa",
                                                    [KEEPER_LOCALTIME] = "localtime",
                                                    [KEEPER_GMTIME] = "gmtime"};
    uint32_t keeper = program->trace->crash.keeper;
    struct line line = {.number = 0};
    if (!program->ended || keeper == KEEPER_NONE || keeper >= KEEPER_COUNT)
        return false;
    line = places_of_crash(program);
    text_add(story, _("The %s was killed by SIGSEGV"), _(program->role));
    if (line.number > 0)
        text_add(story, _(", at %s:%d (%s)"), line.file, line.number, line.function);
    text_add(
        story,
        _(": it used the pointer that %s had returned, after it had called %s again. The pointer "
          "is to memory of the library's own, and each call overwrites it. (Here, nobody can "
          "read the old bytes any more.) Copy what you need before the next call."),
        names[keeper], names[keeper]);
    return true;
}
