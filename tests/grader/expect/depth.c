#include "grader/expect/depth.h"

#include "grader/observe/depth.h"
#include "grader/play/places.h"

void expect_loop(const struct program *program, enum probe_group group, size_t least,
                 const char *did)
{
    struct depth depth;
    struct line line = {.number = 0};
    struct text place = {0};
    if (!depth_grows(program, group, &depth) || depth.bytes / depth.calls < least)
        return;
    places_find(program->path, &depth.caller, 1, &line);
    if (line.number > 0)
        text_add(&place, _(", at %s:%d (%s)"), line.file, line.number, line.function);
    stage.explained = true;
    fail_because(EXPECT_RESOURCES,
                 "%s. Each time, the %s's stack became deeper: by %llu bytes in %zu calls%s. A "
                 "function calls itself instead of using a loop, and never returns. Sooner or "
                 "later the stack is full (8 MB), and the program is killed by SIGSEGV.",
                 _(did), _(program->role), (unsigned long long)depth.bytes, depth.calls,
                 place.length > 0 ? place.start : "");
}
