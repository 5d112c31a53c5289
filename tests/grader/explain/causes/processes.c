/* Servers with a process for each client. */
#include "grader/explain/causes/causes.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

static const struct step *failed_fork(const struct evidence *e)
{
    return FIRST(e, NULL, .group = GROUP_FORKING, .how = IN_FIRST | FAILED_WITH_ERRNO);
}

/* Did process PID talk to a client before step END, or at all if that is NULL? */
static bool had_a_session(const struct evidence *e, const struct step *end, int32_t pid)
{
    return LAST(e, end, .group = GROUP_RECEIVING, .pid = IS(pid), .how = ON_SOCKET) != NULL ||
           LAST(e, end, .group = GROUP_SENDING, .pid = IS(pid), .how = ON_SOCKET) != NULL;
}

/* ---- who does what ---- */

static bool in_vfork(const struct evidence *e, struct finding *f)
{
    (void)f;
    return !e->program.ended && e->program.in_vfork;
}

/* The process that was started has ended without an accept of its own; another one accepts. */
static bool in_background(const struct evidence *e, struct finding *f)
{
    f->step[1] = LAST(e, NULL, .group = GROUP_ACCEPTING, .how = IN_CHILD);
    f->n = WEXITSTATUS(e->program.status);
    return has_exited(e) && f->step[1] != NULL &&
           LAST(e, NULL, .group = GROUP_ACCEPTING, .how = IN_FIRST) == NULL;
}

/* -1 was taken for the child's 0. */
static bool failure_taken_for_child(const struct evidence *e, struct finding *f)
{
    const struct step *step = f->step[1] = failed_fork(e);
    while (step != NULL && (step = query_next(e, step)) != NULL) {
        if (group_of(step) == GROUP_ACCEPTING || step->event.call == CALL_FORK)
            return false;
        f->step[2] = step;
        if (LIKE(e, step, .group = GROUP_RECEIVING, .how = ON_SOCKET))
            return true;
    }
    return false;
}

/* On a connection that it has accepted, and not, say, one end of a socketpair(2). */
static bool parent_talks(const struct evidence *e, struct finding *f)
{
    const struct step *step = f->step[1] = LAST(e, NULL, .group = GROUP_RECEIVING, .how = IN_FIRST);
    return step != NULL && LIKE(e, step, .how = PENDING | ON_SOCKET) && !e->program.ended &&
           LAST(e, step, .group = GROUP_ACCEPTING, .result = IS(step->event.fd), .how = IN_FIRST) !=
               NULL;
}

/* An accept in a child: the last one after a session, or else the last one. */
static const struct step *accept_of_child(const struct evidence *e, bool *after_session)
{
    const struct step *last = NULL;
    *after_session = false;
    EACH(e, step, .group = GROUP_ACCEPTING, .how = IN_CHILD)
    {
        bool after = had_a_session(e, step, step->event.pid);
        if (after || !*after_session)
            last = step;
        *after_session = *after_session || after;
    }
    return last;
}

static bool child_accepts_again(const struct evidence *e, struct finding *f)
{
    bool after_session;
    const struct step *step = f->step[1] = accept_of_child(e, &after_session);
    if (step == NULL || !after_session)
        return false;
    f->parts = is_pending(step) ? PART('a') : step->event.error != 0 ? PART('b') : 0;
    return true;
}

static bool child_accepts(const struct evidence *e, struct finding *f)
{
    bool after_session;
    f->step[1] = accept_of_child(e, &after_session);
    return f->step[1] != NULL;
}

/* Two children for the same client: fork was called again, to look at its result once more. */
static bool forks_twice(const struct evidence *e, struct finding *f)
{
    bool has_accepted = false;
    if (!child_accepts(e, f))
        return false;
    f->step[1] = NULL; /* the fork since the last accept */
    EACH(e, step, .how = IN_FIRST)
    {
        enum probe_group group = group_of(step);
        if (step->event.result < 0)
            continue;
        if (group == GROUP_ACCEPTING) {
            has_accepted = true;
            f->step[1] = NULL;
        } else if (group == GROUP_FORKING) {
            f->step[2] = step;
            if (has_accepted && f->step[1] != NULL)
                return true;
            f->step[1] = step;
        }
    }
    return false;
}

/* The given main closes the listener when serve() has returned. */
static bool child_returns(const struct evidence *e, struct finding *f)
{
    EACH(e, step, .call = IS(CALL_CLOSE), .how = IN_CHILD)
    {
        f->step[1] = step;
        if (is_in(step, "server.c"))
            return true;
    }
    return false;
}

/* A child that has received nothing waits for a lock or a semaphore in shared memory. */
static bool child_waits_for_lock(const struct evidence *e, struct finding *f)
{
    (void)f;
    for (size_t i = 0; has_stalled(e) && i < e->process_count; i++) {
        int32_t pid = e->processes[i].pid;
        if (e->processes[i].waits_for_lock && !had_a_session(e, NULL, pid) &&
            FIRST(e, NULL, .call = IS(CALL_FORK), .result = IS(pid)) != NULL)
            return true;
    }
    return false;
}

static bool child_crashes(const struct evidence *e, struct finding *f)
{
    f->step[1] = &e->crash;
    f->word = strsignal((int)e->crash.event.signal);
    f->parts = e->crash.line.number > 0 ? PART('a') : 0;
    return e->crash.event.signal != 0 && e->crash.event.pid != e->program.pid;
}

/* The last receive of process PID has not returned: it was in the middle of its session. */
static bool is_in_session(const struct evidence *e, int32_t pid)
{
    const struct step *last =
        LAST(e, NULL, .group = GROUP_RECEIVING, .pid = IS(pid), .how = ON_SOCKET);
    return last != NULL && is_pending(last);
}

/* The server itself has ended, by a signal, a process that was serving a client. */
static bool child_killed(const struct evidence *e, struct finding *f)
{
    EACH(e, step, .call = IS(CALL_KILL), .result = IS(0))
    {
        int32_t pid = step->event.process;
        const struct evidence_process *process = process_of(e, pid);
        f->step[1] = step;
        f->word = sigabbrev_np((int)step->event.signal);
        f->parts = LIKE(e, step, .how = IN_FIRST) ? PART('a') : PART('b');
        if (process != NULL && process->ended && f->word != NULL && step->event.signal != 0 &&
            pid != step->event.pid && pid != e->program.pid && is_in_session(e, pid))
            return true;
    }
    return false;
}

static bool parent_shuts_down(const struct evidence *e, struct finding *f)
{
    f->step[1] = FIRST(e, NULL, .call = IS(CALL_SHUTDOWN), .result = IS(0), .how = IN_FIRST);
    return f->step[1] != NULL;
}

/* ---- waiting ---- */

static bool interruption_ends(const struct evidence *e, struct finding *f)
{
    const struct step *accepting = LAST(e, NULL, .group = GROUP_ACCEPTING, .how = IN_FIRST);
    const struct step *waiting = LAST(e, NULL, .group = GROUP_WAITING, .how = IN_FIRST);
    bool in_accept = waiting == NULL || (accepting != NULL && accepting > waiting);
    f->step[1] = in_accept ? accepting : waiting;
    f->parts = in_accept ? PART('b') : PART('a');
    return e->program.ended && f->step[1] != NULL && f->step[1]->event.error == EINTR;
}

static bool parent_waits(const struct evidence *e, struct finding *f)
{
    const struct step *accepted = LAST(e, NULL, .group = GROUP_ACCEPTING, .how = IN_FIRST);
    bool serves = accepted == NULL || !LIKE(e, accepted, .how = FAILED_WITH_ERRNO);
    f->step[1] = LAST(e, NULL, .group = GROUP_REAPING, .how = IN_FIRST);
    f->parts = (f->step[1] != NULL ? PART('a') : 0) | (serves ? PART('c') : PART('b'));
    return !e->program.ended && e->program.waits_for_child;
}

/* ---- zombies ---- */

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

static bool handler_removed(const struct evidence *e, struct finding *f)
{
    return leaves_zombies(e, f) && f->step[1] != NULL && !e->program.child_caught &&
           !e->program.child_ignored && f->m > 0;
}

static bool default_action(const struct evidence *e, struct finding *f)
{
    if (!leaves_zombies(e, f) || f->step[1] == NULL)
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

/* A call found no child, although one was there. */
static bool reaps_others(const struct evidence *e, struct finding *f)
{
    if (!leaves_zombies(e, f))
        return false;
    EACH(e, step, .group = GROUP_REAPING, .error = IS(ECHILD), .how = IN_FIRST)
    if (had_a_zombie(e, step))
        return true;
    return false;
}

static bool reaps_by_number(const struct evidence *e, struct finding *f)
{
    return leaves_zombies(e, f) && f->m > 0 && f->step[2]->event.process > 0;
}

static bool reaps_once_a_signal(const struct evidence *e, struct finding *f)
{
    return leaves_zombies(e, f) && f->step[1] != NULL;
}

/* ---- who holds what ---- */

/* The connection to port $m is open in $n processes: too many, or the wrong one. Step 1 has
   accepted it. Step 3 should have closed it, but was given no descriptor. */
static bool is_kept(const struct evidence *e, struct finding *f)
{
    if (e->kept == -1)
        return false;
    f->n = e->keepers;
    f->m = e->peers[e->kept].port;
    f->step[1] = FIRST(e, NULL, .group = GROUP_ACCEPTING, .port = IS(f->m));
    f->step[2] = failed_fork(e);
    f->step[3] = FIRST(e, NULL, .call = IS(CALL_CLOSE), .error = IS(EBADF), .how = IN_FIRST);
    f->parts = (f->step[1] != NULL ? PART('a') : 0) | (f->step[3] != NULL ? PART('d') : 0) |
               (f->n > 1 ? PART('b') : PART('c'));
    return true;
}

static bool kept_by_children(const struct evidence *e, struct finding *f)
{
    return is_kept(e, f) && !e->first_keeps;
}

static bool kept_after_failure(const struct evidence *e, struct finding *f)
{
    return is_kept(e, f) && f->n == 1 && f->step[2] != NULL;
}

static bool kept_by_parent(const struct evidence *e, struct finding *f)
{
    return is_kept(e, f);
}

/* ---- the table ---- */

#define ZOMBIES                                                                                    \
    "$n ${n:child has|children have} ended, and the parent has not asked for ${n:its|their} exit " \
    "status: "
#define REAPED "it has called $c2 $m ${m:time|times}$2, and got $k ${k:child|children}. "
#define FAILED_CLOSE "[d: close was called with $d3$3, and failed (EBADF): that is no descriptor.]"

const struct cause causes_of_processes_at_all[] = {
    {.id = "server-in-vfork",
     .explains = in_vfork,
     .sentence = "The server's first process stands still in vfork(2) until its child has ended, "
                 "and nobody accepts meanwhile. fork(2) does not wait for the child, and gives it "
                 "memory of its own."},
    {.id = "server-in-background",
     .explains = in_background,
     .sentence = "The process that was started has ended, with exit status $n; another one, a "
                 "child of it, accepts the clients$1. serve() is for the process that calls it: "
                 "it does not become a daemon, and does not return."},
    {.id = NULL},
};

const struct cause causes_of_processes[] = {
    {.id = "child-killed-in-session",
     .scope = FORKS,
     .explains = child_killed,
     .sentence = "A process that was serving its client was sent SIG$w by [a:the server's first "
                 "process][b:another one]$1. A child ends by itself, when its session is over."},
    {.id = "child-crashes",
     .scope = FORKS,
     .explains = child_crashes,
     .sentence = "The process that serves the client has crashed: $w[a:$1 (in $f1)]."},
    {.id = "fork-failure-taken-for-child",
     .scope = FORKS,
     .explains = failure_taken_for_child,
     .sentence = "$c1 failed with $E1 ($e1)$1, and the server's first process went on as if it "
                 "were the child: it talks to the client ($c2$2). fork returns 0 in the child, "
                 "and only there; -1 means that there is none."},
    {.id = "parent-talks",
     .scope = FORKS,
     .explains = parent_talks,
     .sentence = "The server's first process talks to a client itself: it is blocked in $c1$1, "
                 "and accepts nobody. The session is for the child, where fork returns 0; the "
                 "parent goes back to accept."},
    {.id = "child-accepts-again",
     .scope = FORKS,
     .explains = child_accepts_again,
     .sentence = "A child went on into accept after its session$1[a:, and waits there for clients "
                 "of its own][b:, where it got: $e1]. It must end when its session is over: "
                 "_exit(2)."},
    {.id = "fork-called-twice",
     .scope = FORKS,
     .explains = forks_twice,
     .sentence = "fork was called twice for one client$1, and again$2: each call starts a child, "
                 "and the second one goes on as the parent does. Call it once, and keep what it "
                 "returned."},
    {.id = "child-accepts",
     .scope = FORKS,
     .explains = child_accepts,
     .sentence = "A child calls accept itself$1. The first process accepts, and starts a child "
                 "for the client that has come: fork stands behind accept."},
    {.id = "child-returns",
     .scope = FORKS,
     .explains = child_returns,
     .sentence = "A child has returned from serve() to main$1. It must end in serve, when its "
                 "session is over: _exit(2).",
     .hint = "End the child with _exit when its session is over.",
     .section = "A child must end"},
    {.id = "interruption-ends-server",
     .scope = FORKS,
     .explains = interruption_ends,
     .sentence = "$c1 failed with EINTR, because a signal's handler had run$1, and the server "
                 "ended. That is no error of the listener: try again[a:. SA_RESTART has no effect "
                 "on this call][b:, or set SA_RESTART]."},
    {.id = "parent-waits-for-child",
     .scope = FORKS,
     .explains = parent_waits,
     .sentence = "The server's first process waits for a child to end[a:, in $c1$1]. Until that "
                 "child has ended, [b:serve does not return][c:nobody accepts the next client]. "
                 "WNOHANG takes only those that have ended already."},
    {.id = "sigchld-blocked",
     .scope = FORKS,
     .explains = signal_blocked,
     .sentence = ZOMBIES "SIGCHLD is blocked in the parent, so it never arrives: whoever blocks "
                         "it has to unblock it, in the parent as well."},
    {.id = "sigchld-handler-removed",
     .scope = FORKS,
     .explains = handler_removed,
     .sentence = ZOMBIES "its handler for SIGCHLD was removed when it had run once$1. So it is "
                         "with SA_RESETHAND, and with the signal() of System V. sigaction(2) "
                         "without that flag keeps it."},
    {.id = "sigchld-default",
     .scope = FORKS,
     .explains = default_action,
     .sentence = ZOMBIES "$c1 was called for SIGCHLD$1, but the signal is neither caught nor "
                         "ignored now. SIG_DFL, the default, leaves zombies[a:; and of "
                         "sigaction's arguments the second is the new action, the third the old]."},
    {.id = "sigchld-handler-late",
     .scope = FORKS,
     .explains = handler_late,
     .sentence = ZOMBIES "$c1 was called for SIGCHLD only after fork$1, and that child had ended "
                         "already."},
    {.id = "sigchld-handler-reaps-nothing",
     .scope = FORKS,
     .explains = handler_reaps_nothing,
     .sentence = ZOMBIES "it has a handler for SIGCHLD$1, and has not called wait or waitpid "
                         "since."},
    {.id = "children-never-reaped",
     .scope = FORKS,
     .explains = never_reaps,
     .sentence = ZOMBIES "it has never called wait or waitpid.",
     .hint = "Catch SIGCHLD, and in the handler call waitpid(-1, NULL, WNOHANG) until it finds no "
             "more.",
     .section = "Zombies"},
    {.id = "other-children-reaped",
     .scope = FORKS,
     .explains = reaps_others,
     .sentence = ZOMBIES REAPED "It was told that there is no such child (ECHILD), so it has "
                                "asked for others: with -1 as its first argument, waitpid takes "
                                "any."},
    {.id = "one-child-reaped-by-number",
     .scope = FORKS,
     .explains = reaps_by_number,
     .sentence = ZOMBIES REAPED "It asked for one child by its number, and that one had not ended "
                                "yet: with -1 as its first argument, waitpid takes any."},
    {.id = "one-child-reaped-a-signal",
     .scope = FORKS,
     .explains = reaps_once_a_signal,
     .sentence = ZOMBIES REAPED "One SIGCHLD may stand for many children: reap in a loop, until "
                                "waitpid with WNOHANG finds no more.",
     .hint = "Signals of one kind merge: one may stand for many children.",
     .section = "Signals merge"},
    {.id = "too-few-children-reaped",
     .scope = FORKS,
     .explains = leaves_zombies,
     .sentence = ZOMBIES REAPED "Many may have ended between two calls: reap in a loop, until "
                                "waitpid with WNOHANG finds no more."},
    {.id = "children-keep-connection",
     .scope = FORKS,
     .explains = kept_by_children,
     .sentence = "$n children have the connection to port $m open: the one that serves it, and "
                 "others that were started later. They have what the first process had open when "
                 "it called fork, so it must close the connection[a: (from $c1$1)] as soon as it "
                 "has forked.",
     .hint = "After fork, the child closes the listener and the parent the connection.",
     .section = "Who closes what"},
    {.id = "fork-failure-keeps-connection",
     .scope = FORKS,
     .explains = kept_after_failure,
     .sentence = "The server's first process still has the connection to port $m open, although "
                 "no child has any more[a: (from $c1$1)]. $c2 failed with $E2 ($e2)$2: then the "
                 "connection has to be closed as well." FAILED_CLOSE},
    {.id = "parent-keeps-connection",
     .scope = FORKS,
     .explains = kept_by_parent,
     .sentence = "The server's first process still has the connection to port $m open[b:, as its "
                 "child has][c:, although no child has any more][a: (from $c1$1)]. The client "
                 "sees the end only when the last copy is closed." FAILED_CLOSE,
     .hint = "After fork, the child closes the listener and the parent the connection.",
     .section = "Who closes what"},
    {.id = "parent-shuts-down",
     .scope = FORKS,
     .explains = parent_shuts_down,
     .sentence = "The server's first process called shutdown$1. That ends the connection itself, "
                 "for the child as well. close gives up one's own descriptor only."},
    {.id = "child-waits-for-lock",
     .scope = FORKS,
     .explains = child_waits_for_lock,
     .sentence = "The child that should serve the last client waits for a lock or a semaphore, "
                 "and has received nothing yet. Whoever has it must not keep it during a "
                 "session."},
    {.id = NULL},
};
