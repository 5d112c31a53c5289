#include "grader/observe/depth.h"

#include <stdlib.h>

enum { LEAST_CALLS = 8 };

/* The calls of GROUP behind the first of the COUNT STEPS that are made like this one. False if one
   of them is less deep than the one before. */
static bool follow(const struct step *steps, size_t count, enum probe_group group,
                   struct depth *depth)
{
    const struct probe_event *first = &steps[0].event;
    uint64_t stack = first->stack;
    *depth = (struct depth){.calls = 1, .caller = first->caller};
    for (size_t i = 1; i < count; i++) {
        const struct probe_event *event = &steps[i].event;
        if (trace_group(event) != group || event->call != first->call || event->tid != first->tid ||
            event->caller != first->caller)
            continue;
        if (event->stack > stack)
            return false;
        depth->calls += event->stack < stack;
        stack = event->stack;
    }
    depth->bytes = first->stack - stack;
    return depth->calls >= LEAST_CALLS;
}

bool depth_grows(const struct program *program, enum probe_group group, struct depth *depth)
{
    size_t count;
    bool grows = false;
    struct step *steps = trace_steps(program, &count);
    for (size_t i = 0; i < count && !grows; i++)
        grows = trace_group(&steps[i].event) == group && steps[i].event.caller != 0 &&
                follow(steps + i, count - i, group, depth);
    free(steps);
    return grows;
}
