#include "grader/observe/idle.h"

#include "grader/observe/trace.h"

#include <errno.h>
#include <string.h>

enum { LAST = 200 };
static const uint64_t AT_ONCE_NS = 1000000;

/* A call that has brought nothing, and did not wait for it either. */
static bool came_back_empty(const struct probe_event *event)
{
    if (event->state != EVENT_DONE || event->call < 0 || event->call >= CALL_COUNT ||
        event->ended - event->begun >= AT_ONCE_NS)
        return false;
    switch (trace_group(event)) {
    case GROUP_WAITING:
        return event->result == 0;
    case GROUP_ACCEPTING:
    case GROUP_RECEIVING:
        return event->result == -1 && event->error == EAGAIN && event->is_socket;
    case GROUP_SLEEPING:
        return event->result == 0;
    default:
        return false;
    }
}

bool idle_spins(const struct program *program)
{
    uint32_t count = atomic_load(&program->trace->count);
    struct probe_event event;
    if (count < LAST)
        return false;
    /* The very last may just be made. */
    for (uint32_t number = count - LAST; number < count - 1; number++) {
        uint32_t place =
            number < PROBE_HEAD ? number : PROBE_HEAD + (number - PROBE_HEAD) % PROBE_TAIL;
        memcpy(&event, (const void *)&program->trace->events[place], sizeof event);
        /* A number that is not the one: the program has come round meanwhile. */
        if (event.number >= number && !came_back_empty(&event))
            return false;
    }
    return true;
}
