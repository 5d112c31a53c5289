#include "lab-3/common.h"

void expect_rest(const char *when)
{
    if (!everything_waits() && stage.last == SPUN)
        fail_because("%s, the server should wait. It keeps the processor busy.", when);
}

static bool no_zombies(void *nothing)
{
    (void)nothing;
    return children_zombies() == 0;
}

void expect_reaped(const char *what, const char *then)
{
    /* Who is about to reap is awake, or about to wake up. A timer that goes off later is too late:
       while everything sleeps, the zombies have been left. */
    enum wait_result result = stage_settle(NULL, no_zombies, NULL);
    if (result == LATE) /* something is awake still, or the machine is busy */
        result = stage_wait(NULL, no_zombies, NULL);
    if (result == DONE)
        return;
    size_t count = children_zombies();
    fail_because("After %s, and after another client had been accepted%s, %zu %s left that nobody "
                 "has reaped: %s.",
                 what, then, count, count == 1 ? "process is" : "processes are",
                 count == 1 ? "a zombie" : "zombies");
}

void expect_no_zombies(struct program *server, const char *what)
{
    struct text why = {0};
    text_add(&why, "After %s", what);
    expect_next(server, why.start);
    text_free(&why);
    expect_reaped(what, "");
}
