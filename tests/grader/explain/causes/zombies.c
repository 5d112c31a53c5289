/* Children that have ended and that nobody has waited for. */
#include "grader/explain/causes/causes.h"

#include <errno.h>
#include <signal.h>

/* A child that is a zombie now had been started before STEP. */
static bool had_a_zombie(const struct evidence *e, const struct step *step)
{
    while ((step = LAST(e, step, .call = IS(CALL_FORK), .how = IN_FIRST | MOVED)) != NULL) {
        const struct evidence_process *process = process_of(e, (int32_t)step->event.result);
        if (process != NULL && process->zombie)
            return true;
    }
    return false;
}

/* $n children are zombies. The first signal or sigaction for SIGCHLD is step 1; the last call that
   reaps is step 2, of $m that have brought $k children. */
static bool leaves_zombies(const struct evidence *e, struct finding *f)
{
    if (e->zombies == 0 || !has_stalled(e) || thread_is_held(e, e->program.pid))
        return false;
    f->n = (long long)e->zombies;
    EACH(e, step, .given = IS(SIGCHLD), .result = IS(0), .how = IN_FIRST)
    if (f->step[1] == NULL &&
        (step->event.call == CALL_SIGNAL || step->event.call == CALL_SIGACTION))
        f->step[1] = step;
    f->step[2] = LAST(e, NULL, .group = GROUP_REAPING, .how = IN_FIRST);
    f->m = (long long)COUNT(e, .group = GROUP_REAPING, .how = IN_FIRST);
    EACH(e, step, .group = GROUP_REAPING, .how = IN_FIRST)
    f->k += step->event.result > 0;
    return true;
}

/* Where there is no handler, sigwait(3) or signalfd(2) may take what is blocked. */
static bool signal_blocked(const struct evidence *e, struct finding *f)
{
    return leaves_zombies(e, f) && e->program.child_blocked && e->program.child_caught && f->m == 0;
}

/* A call found no child, although one was there. */
static bool asks_for_others(const struct evidence *e)
{
    EACH(e, step, .group = GROUP_REAPING, .error = IS(ECHILD), .how = IN_FIRST)
    if (had_a_zombie(e, step))
        return true;
    return false;
}

/* Unless its one run has also asked for others than those that had ended. */
static bool handler_removed(const struct evidence *e, struct finding *f)
{
    return leaves_zombies(e, f) && f->step[1] != NULL && !e->program.child_caught &&
           !e->program.child_ignored && f->m > 0 && !asks_for_others(e);
}

static bool default_action(const struct evidence *e, struct finding *f)
{
    if (!leaves_zombies(e, f) || f->step[1] == NULL || asks_for_others(e))
        return false;
    f->parts = f->step[1]->event.call == CALL_SIGACTION ? PART('a') : 0;
    return !e->program.child_caught && !e->program.child_ignored;
}

static bool handler_late(const struct evidence *e, struct finding *f)
{
    const struct step *fork = FIRST(e, NULL, .call = IS(CALL_FORK), .how = IN_FIRST);
    return leaves_zombies(e, f) && f->step[1] != NULL && fork != NULL && f->step[1] > fork &&
           f->m == 0;
}

static bool handler_reaps_nothing(const struct evidence *e, struct finding *f)
{
    return leaves_zombies(e, f) && f->m == 0 && f->step[1] != NULL && e->program.child_caught;
}

static bool never_reaps(const struct evidence *e, struct finding *f)
{
    return leaves_zombies(e, f) && f->m == 0;
}

static bool reaps_others(const struct evidence *e, struct finding *f)
{
    return leaves_zombies(e, f) && asks_for_others(e);
}

static bool reaps_by_number(const struct evidence *e, struct finding *f)
{
    return leaves_zombies(e, f) && f->m > 0 && f->step[2]->event.process > 0;
}

static bool reaps_once_a_signal(const struct evidence *e, struct finding *f)
{
    return leaves_zombies(e, f) && f->step[1] != NULL;
}

/* ---- the table ---- */

/* A zombie loses no byte and keeps no connection open. */
#define PROCESSES_LEFT (EXPECT_TASKS | EXPECT_RESOURCES | EXPECT_RUNNING)
#define ZOMBIES                                                                                    \
    "$n ${n:child has|children have} ended, and the parent has not reaped ${n:it|them}: "
#define TAKE_ANY "Pass -1 to waitpid: it then waits for any child."
#define REAPED "it has called $c2 $m ${m:time|times}$2, which reaped $k ${k:child|children}. "

const struct cause causes_of_zombies[] = {
    {.id = "sigchld-blocked",
     .scope = FORKS,
     .of = PROCESSES_LEFT,
     .explains = signal_blocked,
     .sentence = ZOMBIES "SIGCHLD is blocked in the parent, so its handler never runs.",
     .hint = "Unblock SIGCHLD in the parent, also after fork has failed.",
     .section = "Zombies"},
    {.id = "sigchld-handler-removed",
     .scope = FORKS,
     .of = PROCESSES_LEFT,
     .explains = handler_removed,
     .sentence = ZOMBIES "its handler for SIGCHLD ran once, and was then removed$1. SA_RESETHAND "
                         "does that, and so does the signal() of System V.",
     .hint = "Install the handler with sigaction, without SA_RESETHAND.",
     .section = "When a signal interrupts accept"},
    {.id = "sigchld-default",
     .scope = FORKS,
     .of = PROCESSES_LEFT,
     .explains = default_action,
     .sentence = ZOMBIES "$c1 was called for SIGCHLD$1, but the signal is neither caught nor "
                         "ignored now. SIG_DFL, the default, leaves zombies.[a: The second "
                         "argument of sigaction is the new action, the third gets the old one.]",
     .hint = "Install a handler that calls waitpid, or SIG_IGN, before the first fork.",
     .section = "Zombies"},
    {.id = "sigchld-handler-late",
     .scope = FORKS,
     .of = PROCESSES_LEFT,
     .explains = handler_late,
     .sentence =
         ZOMBIES "$c1 was called for SIGCHLD only after fork$1, when the child had already ended.",
     .hint = "Install the handler before the first fork.",
     .section = "Zombies"},
    {.id = "sigchld-handler-reaps-nothing",
     .scope = FORKS,
     .of = PROCESSES_LEFT,
     .explains = handler_reaps_nothing,
     .sentence = ZOMBIES "it has a handler for SIGCHLD$1, but never calls wait or waitpid.",
     .hint = "Call waitpid(-1, NULL, WNOHANG) in the handler until it returns 0 or -1.",
     .section = "Zombies"},
    {.id = "children-never-reaped",
     .scope = FORKS,
     .of = PROCESSES_LEFT,
     .explains = never_reaps,
     .sentence = ZOMBIES "it has never called wait or waitpid.",
     .hint = "Install a handler for SIGCHLD that calls waitpid(-1, NULL, WNOHANG) until it returns "
             "0 or -1.",
     .section = "Zombies"},
    {.id = "other-children-reaped",
     .scope = FORKS,
     .of = PROCESSES_LEFT,
     .explains = reaps_others,
     .sentence =
         ZOMBIES REAPED "The call failed with ECHILD, although there are children: it asked for "
                        "others. With -1 as its first argument, waitpid takes any child.",
     .hint = TAKE_ANY,
     .section = "Zombies"},
    {.id = "one-child-reaped-by-number",
     .scope = FORKS,
     .of = PROCESSES_LEFT,
     .explains = reaps_by_number,
     .sentence =
         ZOMBIES REAPED "It asked for one child by its process ID, and that one had not ended yet. "
                        "With -1 as its first argument, waitpid takes any child.",
     .hint = TAKE_ANY,
     .section = "Zombies"},
    {.id = "one-child-reaped-a-signal",
     .scope = FORKS,
     .of = PROCESSES_LEFT,
     .explains = reaps_once_a_signal,
     .sentence = ZOMBIES REAPED "One SIGCHLD may stand for many children.",
     .hint = "Call waitpid(-1, NULL, WNOHANG) in a loop until it returns 0 or -1.",
     .section = "Signals merge"},
    {.id = "too-few-children-reaped",
     .scope = FORKS,
     .of = PROCESSES_LEFT,
     .explains = leaves_zombies,
     .sentence = ZOMBIES REAPED "Many children may end between two calls.",
     .hint = "Call waitpid(-1, NULL, WNOHANG) in a loop until it returns 0 or -1.",
     .section = "Zombies"},
    {.id = NULL},
};
