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

/* The given main of lab 4 has created the operator's thread: its clients share a room. */
static bool forks_in_room(const struct evidence *e, struct finding *f)
{
    const struct step *created = FIRST(e, NULL, .call = IS(CALL_PTHREAD_CREATE));
    f->step[1] = FIRST(e, NULL, .call = IS(CALL_FORK), .how = IN_FIRST | MOVED);
    return f->step[1] != NULL && created != NULL && is_in(created, "server.c");
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

/* The given main closes the listener when serve() has returned. A child that is a zombie has ended
   all the same. */
static bool child_returns(const struct evidence *e, struct finding *f)
{
    if (e->expected == EXPECT_TASKS && e->zombies > 0)
        return false;
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
    for (size_t i = 0; has_stalled(e) && i < e->process_count; i++) {
        int32_t pid = e->processes[i].pid;
        f->step[1] = LAST(e, NULL, .pid = IS(pid), .how = PENDING);
        f->parts = f->step[1] != NULL ? PART('a') : 0;
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

/* A client that is not accepted has no line on the console; those that are may miss theirs for
   other reasons. */
static bool all_are_accepted(const struct evidence *e)
{
    for (size_t i = 0; i < e->peer_count; i++)
        if (FIRST(e, NULL, .group = GROUP_ACCEPTING, .port = IS(e->peers[i].port)) == NULL)
            return false;
    return true;
}

static bool parent_waits(const struct evidence *e, struct finding *f)
{
    const struct step *accepted = LAST(e, NULL, .group = GROUP_ACCEPTING, .how = IN_FIRST);
    bool serves = accepted == NULL || !LIKE(e, accepted, .how = FAILED_WITH_ERRNO);
    f->step[1] = LAST(e, NULL, .group = GROUP_REAPING, .how = IN_FIRST);
    f->parts = (f->step[1] != NULL ? PART('a') : 0) | (serves ? PART('c') : PART('b'));
    return !e->program.ended && e->program.waits_for_child &&
           (e->expected != EXPECT_CONSOLE || !all_are_accepted(e));
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

#define FAILED_CLOSE                                                                               \
    "[d: close was called with $d3$3, and failed (EBADF): that is not a descriptor.]"

const struct cause causes_of_processes_at_all[] = {
    {.id = "server-in-vfork",
     .explains = in_vfork,
     .sentence =
         "The parent is blocked in vfork(2) until its child has ended. Meanwhile the server "
         "accepts no client. fork(2) does not wait for the child, and gives it memory of its own.",
     .hint = "Use fork(2)."},
    {.id = "room-in-processes",
     .scope = SERVER | FORKS | THREADS,
     .of = EXPECT_LINE | EXPECT_CONSOLE | EXPECT_CLOSE | EXPECT_TASKS,
     .explains = forks_in_room,
     .sentence = "The server forks a process for each client$1. Each process has its own copy of "
                 "the room, so no client gets what another one sends.",
     .hint = "Create a thread for each client, with pthread_create.",
     .section = "A thread for each client"},
    {.id = "server-in-background",
     .explains = in_background,
     .sentence = "The process that the test started has ended, with exit status $n. A child of it "
                 "accepts the clients$1. serve() must run in the process that calls it. It does "
                 "not become a daemon.",
     .hint = "Call no daemon(3), and do not end the process that was started."},
    {.id = NULL},
};

const struct cause causes_of_processes[] = {
    {.id = "child-killed-in-session",
     .scope = FORKS,
     .explains = child_killed,
     .sentence = "A process that was serving its client was sent SIG$w by [a:the parent][b:another "
                 "process]$1. A child ends by itself, when its session is over.",
     .hint = "Send no signal to a child that serves a client.",
     .section = "A child must end"},
    {.id = "child-crashes",
     .scope = FORKS,
     .explains = child_crashes,
     .sentence = "The process that serves the client has crashed: $w[a:$1 (in $f1)].",
     .hint = "Run the server in gdb with `set follow-fork-mode child`, or run it under valgrind.",
     .section = "A child must end"},
    {.id = "fork-failure-taken-for-child",
     .scope = FORKS,
     .explains = failure_taken_for_child,
     .sentence =
         "$c1 failed with $E1 ($e1)$1, and the parent went on as if it were the child: it talks to "
         "the client ($c2$2). fork returns 0 only in the child. -1 means that there is no child.",
     .hint = "Handle -1 first: complain, close the connection, and go on.",
     .section = "When fork fails"},
    {.id = "parent-talks",
     .scope = FORKS,
     .explains = parent_talks,
     .sentence = "The parent talks to a client itself: it is blocked in $c1$1, and accepts no "
                 "other client. The session belongs in the child, where fork returns 0. The parent "
                 "goes back to accept.",
     .hint = "Run the session only where fork returned 0.",
     .section = "One prototype, three bodies"},
    {.id = "child-accepts-again",
     .scope = FORKS,
     .explains = child_accepts_again,
     .sentence =
         "A child called accept after its session$1[a:, and waits there for another client][b:, "
         "which failed: $e1]. A child must end when its session is over: _exit(2).",
     .hint = "Call _exit(0) in the child when its session is over.",
     .section = "A child must end"},
    {.id = "fork-called-twice",
     .scope = FORKS,
     .explains = forks_twice,
     .sentence = "fork was called twice for one client$1, and again$2. Each call starts a child. "
                 "Call fork once, and keep what it returned.",
     .hint = "Call fork once: `pid_t pid = fork();`. Then compare pid.",
     .section = "What fork copies"},
    {.id = "child-accepts",
     .scope = FORKS,
     .explains = child_accepts,
     .sentence = "A child calls accept itself$1. The parent must accept a client first, and then "
                 "fork a child for it.",
     .hint = "Call tcp_accept in the parent, and fork after it returns.",
     .section = "One prototype, three bodies"},
    {.id = "child-returns",
     .scope = FORKS,
     .of = ~EXPECT_COMPLAINT, /* what the parent prints is another matter */
     .explains = child_returns,
     .sentence = "A child returned from serve() to main$1. It must end in serve, when its session "
                 "is over: _exit(2).",
     .hint = "Call _exit(0) in the child when its session is over.",
     .section = "A child must end"},
    {.id = "interruption-ends-server",
     .scope = FORKS,
     .explains = interruption_ends,
     .sentence = "$c1 failed with EINTR, because a signal handler had run$1, and the server ended. "
                 "The listening socket is fine: try again[a:. SA_RESTART has no effect on this "
                 "call][b:, or set SA_RESTART].",
     .hint = "After EINTR, make the same call again.",
     .section = "When a signal interrupts accept"},
    {.id = "parent-waits-for-child",
     .scope = FORKS,
     .explains = parent_waits,
     .sentence =
         "The parent waits for a child to end[a:, in $c1$1]. Until that child ends, [b:serve does "
         "not return][c:the server accepts no client]. With WNOHANG, waitpid does not wait.",
     .hint = "Pass WNOHANG to waitpid, and call it in a handler for SIGCHLD.",
     .section = "Zombies"},
    {.id = "children-keep-connection",
     .scope = FORKS,
     .of = EXPECT_CLOSE | EXPECT_TASKS | EXPECT_RESOURCES,
     .explains = kept_by_children,
     .sentence =
         "$n children have the connection to port $m open: the one that serves it, and others that "
         "were forked later. They inherited it, because the parent had not closed it[a: (it is "
         "from $c1$1)]. The client gets end of file only when the last copy is closed.",
     .hint = "Close the connection in the parent right after fork.",
     .section = "Who closes what"},
    {.id = "fork-failure-keeps-connection",
     .scope = FORKS,
     .of = EXPECT_CLOSE | EXPECT_TASKS | EXPECT_RESOURCES,
     .explains = kept_after_failure,
     .sentence = "The parent still has the connection to port $m open, and no child has[a: (it is "
                 "from $c1$1)]. $c2 failed with $E2 ($e2)$2: then the parent must close the "
                 "connection too." FAILED_CLOSE,
     .hint = "Close the connection in the parent also when fork has failed.",
     .section = "When fork fails"},
    {.id = "parent-keeps-connection",
     .scope = FORKS,
     .of = EXPECT_CLOSE | EXPECT_TASKS | EXPECT_RESOURCES,
     .explains = kept_by_parent,
     .sentence = "The parent still has the connection to port $m open[b:, like its child][c:, and "
                 "no child has][a: (it is from $c1$1)]. The client gets end of file only when the "
                 "last copy is closed." FAILED_CLOSE,
     .hint = "Close the connection in the parent right after fork.",
     .section = "Who closes what"},
    {.id = "parent-shuts-down",
     .scope = FORKS,
     .explains = parent_shuts_down,
     .sentence = "The parent called shutdown$1. That ends the connection itself, for the child "
                 "too. close only closes the parent's own copy.",
     .hint = "Call close in the parent, not shutdown.",
     .section = "Who closes what"},
    {.id = "child-waits-for-lock",
     .scope = FORKS,
     .explains = child_waits_for_lock,
     .sentence =
         "The child that should serve the last client waits for a lock or a semaphore[a:, in "
         "$c1$1], and has received nothing yet. No process may hold it during a session.",
     .hint = "Unlock before the session begins.",
     .section = "One prototype, three bodies"},
    {.id = NULL},
};
