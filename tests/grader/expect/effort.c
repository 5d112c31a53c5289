#include "grader/expect/effort.h"

#include "grader/observe/idle.h"
#include "grader/observe/procfs.h"
#include "grader/play/stage.h"

#include <unistd.h>

struct effort effort_now(void)
{
    return (struct effort){.at = stage_now(),
                           .used = procfs_cpu_seconds_of_all(),
                           .delayed =
                               procfs_delayed_seconds() - procfs_delayed_seconds_of(getpid())};
}

/* The seconds from BEFORE to NOW in which they ran, or could have run. */
static double free_seconds(const struct effort *before, const struct effort *now)
{
    return (double)(now->at - before->at) / 1e9 - (now->delayed - before->delayed);
}

static bool is_busy_between(const struct effort *before, const struct effort *now)
{
    enum { LEAST_MS = 50 }; /* less is too little to tell: the kernel may count in steps of 10 */
    double used = now->used - before->used;
    return used * 1000 >= LEAST_MS && used > free_seconds(before, now) / 2;
}

bool have_been_busy(const struct effort *before)
{
    struct effort now = effort_now();
    return is_busy_between(before, &now);
}

struct rest {
    const struct program *program;
    struct effort before;
    double seconds;
    bool busy;
};

static bool is_rest_over(void *argument)
{
    struct rest *rest = argument;
    struct effort now = effort_now();
    rest->busy = !rest->program->ended &&
                 (is_busy_between(&rest->before, &now) || idle_spins(rest->program));
    return rest->busy || rest->program->ended || free_seconds(&rest->before, &now) > rest->seconds;
}

bool keeps_busy(const struct program *program, int milliseconds)
{
    struct rest rest = {program, effort_now(), milliseconds / 1e3, false};
    stage_wait(NULL, is_rest_over, &rest);
    if (rest.busy)
        stage.last = SPUN;
    return !program->ended && stage.last == SPUN;
}
