#include "lab-3/common.h"

void expect_rest(const char *when)
{
    if (!everything_waits() && stage.last == SPUN)
        fail_because(EXPECT_RUNNING, "%s, the server should block. It is in a busy loop.", _(when));
}

static bool no_zombies(void *nothing)
{
    (void)nothing;
    return children_zombies() == 0;
}

void expect_reaped(const char *what, const char *then)
{
    /* A process that is about to reap is awake, or about to wake up. A timer that ends later is too
       late: while everything sleeps, there are zombies. */
    enum wait_result result = stage_settle(NULL, no_zombies, NULL);
    if (result == LATE) /* a process is still awake, or the machine is busy */
        result = stage_wait(NULL, no_zombies, NULL);
    if (result == DONE)
        return;
    size_t count = children_zombies();
    fail_because(EXPECT_TASKS,
                 "After %s, the server accepted another client%s. But %zu %s left that the server "
                 "has not reaped.",
                 _(what), _(then), count, _(count == 1 ? "zombie is" : "zombies are"));
}

void expect_no_zombies(struct program *server, const char *what)
{
    struct text why = {0};
    text_add(&why, _("After %s"), _(what));
    expect_next(server, why.start);
    text_free(&why);
    expect_reaped(what, "");
}
