#include "grader/explain/cause_rules.h"
#include "grader/observe/blocked.h"
#include "grader/observe/children.h"
#include "grader/observe/procfs.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

/* The last call of GROUP in the first process, or (FIRST false) in another one. */
static const struct step *last_in(const struct live *evidence, enum probe_group group, bool first)
{
    for (size_t i = evidence->count; i-- > 0;) {
        const struct step *step = &evidence->steps[i];
        if (trace_group(&step->event) == group && evidence_is_first(evidence, step) == first)
            return step;
    }
    return NULL;
}

static const struct step *end_of(const struct live *evidence)
{
    return evidence->steps + evidence->count;
}

/* The first fork of the first process that failed; NULL if none did. */
static const struct step *failed_fork(const struct live *evidence)
{
    for (const struct step *step = evidence->steps; step < end_of(evidence); step++)
        if (trace_group(&step->event) == GROUP_FORKING && evidence_is_first(evidence, step) &&
            evidence_failed(step))
            return step;
    return NULL;
}

/* ---- who does what ---- */

static bool stands_in_vfork(const struct live *evidence)
{
    if (evidence->program->ended || !blocked_in_vfork(evidence->program->pid))
        return false;
    text_add(evidence->text, "The server's first process stands still in vfork(2) until its child "
                             "has ended, and nobody accepts meanwhile. fork(2) does not wait for "
                             "the child, and gives it memory of its own.");
    return true;
}

/* The process that was started has ended without an accept of its own; another one accepts. */
static bool goes_on_in_the_background(const struct live *evidence)
{
    const struct step *step = last_in(evidence, GROUP_ACCEPTING, false);
    if (!evidence->program->ended || evidence->program->terminated ||
        !WIFEXITED(evidence->program->status) || step == NULL ||
        last_in(evidence, GROUP_ACCEPTING, true) != NULL)
        return false;
    text_add(evidence->text,
             "The process that was started has ended, with exit status %d; another one, a child of "
             "it, accepts the clients",
             WEXITSTATUS(evidence->program->status));
    evidence_place(evidence->text, step);
    text_add(evidence->text, ". serve() is for the process that calls it: it does not become a "
                             "daemon, and does not return.");
    return true;
}

/* -1 was taken for the child's 0. */
static bool takes_failure_for_child(const struct live *evidence)
{
    const struct step *failed = failed_fork(evidence);
    if (failed == NULL)
        return false;
    for (const struct step *step = failed; (step = evidence_next(evidence, step)) != NULL;) {
        bool talks = evidence_on_socket(step, GROUP_RECEIVING);
        if (trace_group(&step->event) == GROUP_ACCEPTING || step->event.call == CALL_FORK)
            return false;
        if (!talks)
            continue;
        evidence_failure(evidence->text, failed);
        text_add(evidence->text,
                 ", and the server's first process went on as if it were the "
                 "child: it talks to the client (%s",
                 trace_name(&step->event));
        evidence_place(evidence->text, step);
        text_add(evidence->text, "). fork returns 0 in the child, and only there; -1 means that "
                                 "there is none.");
        return true;
    }
    return false;
}

/* The descriptor of STEP is a connection that accept has returned in the first process, and not,
   say, one end of a socketpair(2). */
static bool is_of_client(const struct live *evidence, const struct step *step)
{
    for (const struct step *other = evidence->steps; other < step; other++)
        if (trace_group(&other->event) == GROUP_ACCEPTING && evidence_is_first(evidence, other) &&
            other->event.result == step->event.fd)
            return true;
    return false;
}

static bool first_process_talks(const struct live *evidence)
{
    const struct step *step = last_in(evidence, GROUP_RECEIVING, true);
    if (step == NULL || !trace_is_pending(&step->event) || !step->event.is_socket ||
        !is_of_client(evidence, step) || evidence->program->ended)
        return false;
    text_add(evidence->text,
             "The server's first process talks to a client itself: it is blocked "
             "in %s",
             trace_name(&step->event));
    evidence_place(evidence->text, step);
    text_add(evidence->text, ", and accepts nobody. The session is for the child, where fork "
                             "returns 0; the parent goes back to accept.");
    return true;
}

/* Did process PID talk to a client before step END? */
static bool had_a_session_before(const struct live *evidence, const struct step *end, pid_t pid)
{
    for (const struct step *step = evidence->steps; step < end; step++)
        if (step->event.pid == pid &&
            (evidence_on_socket(step, GROUP_RECEIVING) || evidence_on_socket(step, GROUP_SENDING)))
            return true;
    return false;
}

/* STEP is an accept in a child: did that process talk to a client before? */
static bool had_a_session(const struct live *evidence, const struct step *accepting)
{
    return had_a_session_before(evidence, accepting, accepting->event.pid);
}

/* Two children for the same client: fork was called again, to look at its result once more. */
static bool forks_twice(const struct live *evidence)
{
    const struct step *before = NULL; /* the fork since the last accept */
    bool has_accepted = false;
    for (const struct step *step = evidence->steps; step < end_of(evidence); step++) {
        enum probe_group group = trace_group(&step->event);
        if (!evidence_is_first(evidence, step) || step->event.result < 0)
            continue;
        if (group == GROUP_ACCEPTING) {
            has_accepted = true;
            before = NULL;
        } else if (group == GROUP_FORKING && has_accepted && before != NULL) {
            text_add(evidence->text, "fork was called twice for one client");
            evidence_place(evidence->text, before);
            text_add(evidence->text, ", and again");
            evidence_place(evidence->text, step);
            text_add(evidence->text,
                     ": each call starts a child, and the second one goes on as the "
                     "parent does. Call it once, and keep what it returned.");
            return true;
        } else if (group == GROUP_FORKING) {
            before = step;
        }
    }
    return false;
}

static bool child_accepts(const struct live *evidence)
{
    const struct step *step = last_in(evidence, GROUP_ACCEPTING, false);
    for (const struct step *other = evidence->steps; other < end_of(evidence); other++)
        if (trace_group(&other->event) == GROUP_ACCEPTING && !evidence_is_first(evidence, other) &&
            had_a_session(evidence, other))
            step = other;
    if (step == NULL)
        return false;
    if (!had_a_session(evidence, step) && forks_twice(evidence))
        return true;
    if (!had_a_session(evidence, step)) {
        text_add(evidence->text, "A child calls accept itself");
        evidence_place(evidence->text, step);
        text_add(evidence->text, ". The first process accepts, and starts a child for the client "
                                 "that has come: fork stands behind accept.");
        return true;
    }
    text_add(evidence->text, "A child went on into accept after its session");
    evidence_place(evidence->text, step);
    if (trace_is_pending(&step->event))
        text_add(evidence->text, ", and waits there for clients of its own");
    else if (step->event.error != 0)
        text_add(evidence->text, ", where it got: %s", strerror(step->event.error));
    text_add(evidence->text, ". It must end when its session is over: _exit(2).");
    return true;
}

/* The given main closes the listener when serve() has returned. */
/* A child that has received nothing, and waits for a lock or a semaphore in shared memory. */
static bool child_waits_for_a_lock(const struct live *evidence)
{
    if (stage.last != STALLED)
        return false;
    for (const struct step *step = evidence->steps; step < end_of(evidence); step++) {
        if (step->event.call != CALL_FORK || step->event.result <= 0 ||
            had_a_session_before(evidence, end_of(evidence), (pid_t)step->event.result) ||
            !blocked_in_lock((pid_t)step->event.result))
            continue;
        text_add(evidence->text,
                 "The child that should serve the last client waits for a lock or a "
                 "semaphore, and has received nothing yet. Whoever has it must not "
                 "keep it during a session.");
        return true;
    }
    return false;
}

static bool child_returns(const struct live *evidence)
{
    for (const struct step *step = evidence->steps; step < end_of(evidence); step++) {
        if (evidence_is_first(evidence, step) || step->event.call != CALL_CLOSE ||
            strcmp(step->line.file, "server.c") != 0)
            continue;
        text_add(evidence->text, "A child has returned from serve() to main");
        evidence_place(evidence->text, step);
        text_add(evidence->text, ". It must end in serve, when its session is over: _exit(2).");
        return true;
    }
    return false;
}

static bool child_crashes(const struct live *evidence)
{
    const struct probe_trace *memory = evidence->program->trace;
    int number = (int)atomic_load(&memory->crash.signal);
    if (number == 0 || memory->crash.pid == evidence->program->pid)
        return false;
    struct line line = evidence_crash(evidence->program);
    text_add(evidence->text, "The process that serves the client has crashed: %s",
             strsignal(number));
    if (line.number > 0) {
        text_add(evidence->text, ", ");
        trace_place(evidence->text, &line);
        text_add(evidence->text, " (in %s)", line.function);
    }
    text_add(evidence->text, ".");
    return true;
}

/* The last receive of process PID has not returned: it was in the middle of its session. */
static bool is_in_session(const struct live *evidence, pid_t pid)
{
    for (const struct step *step = end_of(evidence); step-- > evidence->steps;)
        if (step->event.pid == pid && evidence_on_socket(step, GROUP_RECEIVING))
            return trace_is_pending(&step->event);
    return false;
}

/* The server itself has ended, by a signal, a process that was serving a client. */
static bool ends_a_session(const struct live *evidence)
{
    for (const struct step *step = evidence->steps; step < end_of(evidence); step++) {
        pid_t pid = step->event.process;
        int number = (int)step->event.asked;
        if (step->event.call != CALL_KILL || pid <= 0 || sigabbrev_np(number) == NULL ||
            pid == step->event.pid || pid == evidence->program->pid || number == 0 ||
            step->event.result != 0 || !process_has_ended(pid) || !is_in_session(evidence, pid))
            continue;
        text_add(evidence->text, "A process that was serving its client was sent SIG%s by %s",
                 sigabbrev_np(number),
                 evidence_is_first(evidence, step) ? "the server's first process" : "another one");
        evidence_place(evidence->text, step);
        text_add(evidence->text, ". A child ends by itself, when its session is over.");
        return true;
    }
    return false;
}

static bool first_process_shuts_down(const struct live *evidence)
{
    for (const struct step *step = evidence->steps; step < end_of(evidence); step++) {
        if (step->event.call != CALL_SHUTDOWN || step->event.result != 0 ||
            !evidence_is_first(evidence, step))
            continue;
        text_add(evidence->text, "The server's first process called shutdown");
        evidence_place(evidence->text, step);
        text_add(evidence->text, ". That ends the connection itself, for the child as well. close "
                                 "gives up one's own descriptor only.");
        return true;
    }
    return false;
}

/* ---- waiting and reaping ---- */

static bool ends_after_interruption(const struct live *evidence)
{
    const struct step *step = last_in(evidence, GROUP_ACCEPTING, true);
    const struct step *waiting = last_in(evidence, GROUP_WAITING, true);
    if (waiting != NULL && (step == NULL || waiting > step))
        step = waiting;
    if (!evidence->program->ended || step == NULL || step->event.error != EINTR)
        return false;
    text_add(evidence->text, "%s failed with EINTR, because a signal's handler had run",
             trace_name(&step->event));
    evidence_place(evidence->text, step);
    text_add(evidence->text,
             ", and the server ended. That is no error of the listener: try again%s.",
             step == waiting ? ". SA_RESTART has no effect on this call" : ", or set SA_RESTART");
    return true;
}

static bool waits_for_one_child(const struct live *evidence)
{
    const struct program *program = evidence->program;
    if (program->ended || !blocked_in_wait(program->pid))
        return false;
    const struct step *step = last_in(evidence, GROUP_REAPING, true);
    text_add(evidence->text, "The server's first process waits for a child to end");
    if (step != NULL) {
        text_add(evidence->text, ", in %s", trace_name(&step->event));
        evidence_place(evidence->text, step);
    }
    const struct step *accepted = last_in(evidence, GROUP_ACCEPTING, true);
    text_add(evidence->text,
             ". Until that child has ended, %s. WNOHANG takes only those that have "
             "ended already.",
             accepted != NULL && evidence_failed(accepted) ? "serve does not return"
                                                           : "nobody accepts the next client");
    return true;
}

/* What the parent has done about its children. */
struct reaping {
    size_t calls;
    size_t reaped;
    const struct step *last;    /* of the calls */
    const struct step *nobody;  /* a call that found no child, although one was there */
    const struct step *handler; /* the first signal or sigaction for SIGCHLD */
    const struct step *fork;    /* the first one */
};

/* A child that is a zombie now had been started before STEP. */
static bool had_a_zombie(const struct live *evidence, const struct step *step)
{
    while (step-- > evidence->steps)
        if (step->event.call == CALL_FORK && step->event.result > 0 &&
            evidence_is_first(evidence, step) && process_is_zombie((pid_t)step->event.result))
            return true;
    return false;
}

static struct reaping look_at_reaping(const struct live *evidence)
{
    struct reaping reaping = {0};
    for (const struct step *step = evidence->steps; step < end_of(evidence); step++) {
        const struct probe_event *event = &step->event;
        if (!evidence_is_first(evidence, step))
            continue;
        if ((event->call == CALL_SIGNAL || event->call == CALL_SIGACTION) &&
            event->asked == SIGCHLD && event->result == 0 && reaping.handler == NULL)
            reaping.handler = step;
        if (event->call == CALL_FORK && reaping.fork == NULL)
            reaping.fork = step;
        if (trace_group(event) != GROUP_REAPING)
            continue;
        reaping.calls++;
        reaping.reaped += event->result > 0;
        reaping.last = step;
        if (event->error == ECHILD && had_a_zombie(evidence, step))
            reaping.nobody = step;
    }
    return reaping;
}

/* Why its handler, if there is one, has not run. */
static bool add_idle_handler(const struct live *evidence, const struct reaping *reaping)
{
    pid_t pid = evidence->program->pid;
    const struct step *handler = reaping->handler;
    bool caught = process_has_signal(pid, "SigCgt", SIGCHLD);
    bool ignored = process_has_signal(pid, "SigIgn", SIGCHLD);
    /* Where there is no handler, sigwait(3) or signalfd(2) may take what is blocked. */
    if (process_has_signal(pid, "SigBlk", SIGCHLD) && caught && reaping->calls == 0) {
        text_add(evidence->text, "SIGCHLD is blocked in the parent, so it never arrives: whoever "
                                 "blocks it has to unblock it, in the parent as well.");
    } else if (handler != NULL && !caught && !ignored && reaping->calls > 0) {
        text_add(evidence->text, "its handler for SIGCHLD was removed when it had run once");
        evidence_place(evidence->text, handler);
        text_add(evidence->text, ". So it is with SA_RESETHAND, and with the signal() of System V. "
                                 "sigaction(2) without that flag keeps it.");
    } else if (handler != NULL && !caught && !ignored) {
        text_add(evidence->text, "%s was called for SIGCHLD", trace_name(&handler->event));
        evidence_place(evidence->text, handler);
        text_add(evidence->text,
                 ", but the signal is neither caught nor ignored now. SIG_DFL, the "
                 "default, leaves zombies%s.",
                 handler->event.call == CALL_SIGACTION
                     ? "; and of sigaction's arguments the second is the new action, the third the "
                       "old"
                     : "");
    } else if (handler != NULL && reaping->fork != NULL && handler > reaping->fork &&
               reaping->calls == 0) {
        text_add(evidence->text, "%s was called for SIGCHLD only after fork",
                 trace_name(&handler->event));
        evidence_place(evidence->text, handler);
        text_add(evidence->text, ", and that child had ended already.");
    } else {
        return false;
    }
    return true;
}

static void add_calls(const struct live *evidence, const struct reaping *reaping)
{
    text_add(evidence->text, "it has called %s %zu %s", trace_name(&reaping->last->event),
             reaping->calls, text_plural(reaping->calls, "time", "times"));
    evidence_place(evidence->text, reaping->last);
    text_add(evidence->text, ", and got %zu %s. ", reaping->reaped,
             text_plural(reaping->reaped, "child", "children"));
    if (reaping->nobody == NULL && reaping->last->event.process > 0)
        text_add(evidence->text, "It asked for one child by its number, and that one had not ended "
                                 "yet: with -1 as its first argument, waitpid takes any.");
    else if (reaping->nobody != NULL)
        text_add(evidence->text, "It was told that there is no such child (ECHILD), so it has "
                                 "asked for others: with -1 as its first argument, waitpid takes "
                                 "any.");
    else if (reaping->handler != NULL)
        text_add(evidence->text, "One SIGCHLD may stand for many children: reap in a loop, until "
                                 "waitpid with WNOHANG finds no more.");
    else
        text_add(evidence->text, "Many may have ended between two calls: reap in a loop, until "
                                 "waitpid with WNOHANG finds no more.");
}

static bool leaves_zombies(const struct live *evidence)
{
    size_t zombies = children_zombies();
    if (zombies == 0 || stage.last != STALLED || evidence_is_held(evidence, evidence->program->pid))
        return false;
    struct reaping reaping = look_at_reaping(evidence);
    text_add(
        evidence->text, "%zu %s ended, and the parent has not asked for %s exit status: ", zombies,
        text_plural(zombies, "child has", "children have"), text_plural(zombies, "its", "their"));
    if (add_idle_handler(evidence, &reaping))
        return true;
    if (reaping.last == NULL && reaping.handler != NULL &&
        process_has_signal(evidence->program->pid, "SigCgt", SIGCHLD)) {
        text_add(evidence->text, "it has a handler for SIGCHLD");
        evidence_place(evidence->text, reaping.handler);
        text_add(evidence->text, ", and has not called wait or waitpid since.");
    } else if (reaping.last == NULL)
        text_add(evidence->text, "it has never called wait or waitpid.");
    else
        add_calls(evidence, &reaping);
    return true;
}

/* ---- who holds what ---- */

enum { HOLDERS = 8 };

/* The first client whose connection is open in the first process, or in more than one. */
static const struct peer *held_too_long(const struct live *evidence, bool *first, int *count)
{
    const struct program *program = evidence->program;
    for (size_t i = 0; i < stage.peer_count; i++) {
        const struct peer *client = stage.peers[i];
        pid_t pids[HOLDERS];
        if (client->fd == -1 || client->port == 0 || client->other != program->port ||
            client->finished || client->reset)
            continue;
        *count = children_holding(program, client, pids, HOLDERS);
        *first = false;
        for (int k = 0; k < *count; k++)
            *first = *first || pids[k] == program->pid;
        if (*first || *count > 1)
            return client;
    }
    return NULL;
}

static void add_accept_of(const struct live *evidence, const struct peer *client)
{
    for (const struct step *step = evidence->steps; step < end_of(evidence); step++)
        if (trace_group(&step->event) == GROUP_ACCEPTING && step->event.port == client->port) {
            text_add(evidence->text, " (from %s", trace_name(&step->event));
            evidence_place(evidence->text, step);
            text_add(evidence->text, ")");
            return;
        }
}

/* close was given a number that is no descriptor, and so has closed nothing. */
static void add_failed_close(const struct live *evidence)
{
    for (const struct step *step = evidence->steps; step < end_of(evidence); step++) {
        if (step->event.call != CALL_CLOSE || step->event.error != EBADF ||
            !evidence_is_first(evidence, step))
            continue;
        text_add(evidence->text, " close was called with %d", step->event.fd);
        evidence_place(evidence->text, step);
        text_add(evidence->text, ", and failed (EBADF): that is no descriptor.");
        return;
    }
}

static bool is_held_too_long(const struct live *evidence)
{
    bool first = false;
    int count = 0;
    if (evidence->program->ended || stage.last != STALLED)
        return false;
    const struct peer *client = held_too_long(evidence, &first, &count);
    const struct step *failed = failed_fork(evidence);
    if (client == NULL)
        return false;
    if (!first)
        text_add(evidence->text,
                 "%d children have the connection to port %u open: the one that serves it, and "
                 "others that were started later. They have what the first process had open when "
                 "it called fork, so it must close the connection",
                 count, client->port);
    else
        text_add(evidence->text,
                 "The server's first process still has the connection to port %u open%s",
                 client->port,
                 count > 1 ? ", as its child has"
                           : ", although no child has any "
                             "more");
    add_accept_of(evidence, client);
    if (!first)
        text_add(evidence->text, " as soon as it has forked.");
    else if (count == 1 && failed != NULL) {
        text_add(evidence->text, ". ");
        evidence_failure(evidence->text, failed);
        text_add(evidence->text, ": then the connection has to be closed as well.");
    } else
        text_add(evidence->text, ". The client sees the end only when the last copy is closed.");
    if (first)
        add_failed_close(evidence);
    return true;
}

bool cause_fork(const struct live *evidence)
{
    static evidence_rule *const rules[] = {
        ends_a_session, child_crashes,    takes_failure_for_child,  first_process_talks,
        child_accepts,  child_returns,    ends_after_interruption,  waits_for_one_child,
        leaves_zombies, is_held_too_long, first_process_shuts_down, child_waits_for_a_lock,
    };
    if (stands_in_vfork(evidence) || goes_on_in_the_background(evidence))
        return true;
    if (!evidence_has_forked(evidence) && failed_fork(evidence) == NULL)
        return false;
    return evidence_try(rules, sizeof rules / sizeof rules[0], evidence);
}
