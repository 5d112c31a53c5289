#include "grader/explain/cause_rules.h"

#include "grader/expect/count.h"
#include "grader/observe/procfs.h"
#include "grader/play/places.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

/* Adds `, serve.c:24`, if that is known. */
static void add_place(struct text *text, const struct line *line)
{
    if (line->number == 0)
        return;
    text_add(text, ", ");
    trace_place(text, line);
}

static bool lives(const struct evidence *evidence, int32_t tid)
{
    return !evidence->program->ended && procfs_has_thread(evidence->program->pid, tid);
}

static bool moves_bytes(const struct step *step)
{
    enum probe_group group = trace_group(&step->event);
    return group == GROUP_RECEIVING || group == GROUP_SENDING;
}

/* The last step of GROUP before step number BEFORE of the array, by thread TID (0: any). */
static const struct step *last_before(const struct evidence *evidence, size_t before,
                                      enum probe_group group, int32_t tid)
{
    for (size_t i = before; i-- > 0;) {
        const struct step *step = &evidence->steps[i];
        if (trace_group(&step->event) == group && (tid == 0 || step->event.tid == tid))
            return step;
    }
    return NULL;
}

/* The connection that a thread was created for, at step CREATED: what its creator accepted last,
   unless another thread was created since. NULL if that cannot be known. */
static const struct step *accepted_for(const struct evidence *evidence, size_t created)
{
    int32_t creator = evidence->steps[created].event.tid;
    const struct step *accepted = last_before(evidence, created, GROUP_ACCEPTING, creator);
    const struct step *former = last_before(evidence, created, GROUP_THREADING, creator);
    if (accepted == NULL || accepted->event.result < 0 || (former != NULL && former > accepted))
        return NULL;
    return accepted;
}

/* ---- all of them end ---- */

static bool is_ended_by_a_signal(const struct evidence *evidence)
{
    const struct program *program = evidence->program;
    if (!program->ended || program->terminated || !WIFSIGNALED(program->status) ||
        WTERMSIG(program->status) != SIGPIPE)
        return false;
    const struct step *sending = last_before(evidence, evidence->count, GROUP_SENDING, 0);
    text_add(evidence->text, "The %s was killed by SIGPIPE", program->role);
    if (sending != NULL) {
        text_add(evidence->text, " in %s", trace_name(&sending->event));
        add_place(evidence->text, &sending->line);
    }
    text_add(evidence->text,
             ". The other side of that one connection had left; the signal's default "
             "action ends the whole process, with all its threads.");
    return true;
}

/* What the first thread tried last: to accept a client, or to create a thread for it. */
static const struct step *last_try(const struct evidence *evidence)
{
    int32_t first = evidence->program->pid;
    const struct step *accepting = last_before(evidence, evidence->count, GROUP_ACCEPTING, first);
    const struct step *creating = last_before(evidence, evidence->count, GROUP_THREADING, first);
    if (accepting == NULL || (creating != NULL && creating > accepting))
        return creating;
    return accepting;
}

static bool is_ended_by_one_thread(const struct evidence *evidence)
{
    const struct program *program = evidence->program;
    if (!program->ended || !WIFEXITED(program->status) || strcmp(program->role, "server") != 0)
        return false;
    const struct step *exiting = NULL;
    for (size_t i = 0; i < evidence->count; i++)
        if (evidence->steps[i].event.call == CALL_EXIT)
            exiting = &evidence->steps[i];
    if (exiting != NULL && exiting->event.tid != program->pid) {
        text_add(evidence->text, "A thread called exit(%lld)", (long long)exiting->event.asked);
        add_place(evidence->text, &exiting->line);
        text_add(evidence->text,
                 ": that ends the whole process, with all its threads. A thread ends "
                 "by returning from its function.");
        return true;
    }
    const struct step *failed = last_try(evidence);
    text_add(evidence->text, exiting != NULL ? "The first thread called exit"
                                             : "The first thread returned from main");
    if (exiting != NULL)
        add_place(evidence->text, &exiting->line);
    if (failed != NULL && failed->event.error != 0) {
        text_add(evidence->text, ", after %s had failed", trace_name(&failed->event));
        add_place(evidence->text, &failed->line);
        text_add(evidence->text, " (%s)", strerror(failed->event.error));
    }
    text_add(evidence->text, ". That ends all the other threads, and cuts off their clients.");
    if (failed != NULL && failed->event.error != 0 && failed->event.call == CALL_PTHREAD_CREATE)
        text_add(evidence->text, " Let the one client go, and accept the next.");
    return true;
}

/* ---- a thread that cannot be created ---- */

static bool is_closed_after(const struct evidence *evidence, size_t from, int64_t fd)
{
    for (size_t i = from; i < evidence->count; i++)
        if (evidence->steps[i].event.call == CALL_CLOSE && evidence->steps[i].event.fd == fd)
            return true;
    return false;
}

/* What the creator of step AT, which has failed, did next about the client it had accepted: it
   tried again, or received from it, as only its thread should. NULL: neither. */
static const struct step *went_on_after(const struct evidence *evidence, size_t at, int64_t fd)
{
    for (size_t i = at + 1; i < evidence->count; i++) {
        const struct step *step = &evidence->steps[i];
        if (step->event.tid != evidence->steps[at].event.tid)
            continue;
        if (step->event.call == CALL_PTHREAD_CREATE ||
            (trace_group(&step->event) == GROUP_RECEIVING && step->event.fd == fd))
            return step;
        if (trace_group(&step->event) == GROUP_ACCEPTING)
            return NULL;
    }
    return NULL;
}

/* Step AT failed, and its client was not let go. */
static bool does_not_let_go(const struct evidence *evidence, size_t at)
{
    const struct step *created = &evidence->steps[at];
    const struct step *accepted = accepted_for(evidence, at);
    const struct step *next =
        accepted == NULL ? NULL : went_on_after(evidence, at, accepted->event.result);
    if (next == NULL)
        return false;
    text_add(evidence->text, "pthread_create failed");
    add_place(evidence->text, &created->line);
    text_add(evidence->text, " (%s)", strerror(created->event.error));
    if (next->event.call == CALL_PTHREAD_CREATE) {
        text_add(evidence->text, ", and was called again for the same client");
    } else {
        text_add(evidence->text, ", and then the thread that accepts served the client itself");
        add_place(evidence->text, &next->line);
    }
    text_add(evidence->text,
             ". Meanwhile nobody is accepted: let this client go, and accept the next.");
    return true;
}

/* The first creation that failed. */
static bool fails_to_let_go(const struct evidence *evidence)
{
    for (size_t i = 0; i < evidence->count && !evidence->program->ended; i++)
        if (evidence->steps[i].event.call == CALL_PTHREAD_CREATE &&
            evidence->steps[i].event.error != 0)
            return does_not_let_go(evidence, i);
    return false;
}

static bool fails_to_create(const struct evidence *evidence)
{
    size_t at = evidence->count;
    for (size_t i = 0; i < evidence->count; i++)
        if (evidence->steps[i].event.call == CALL_PTHREAD_CREATE &&
            evidence->steps[i].event.error != 0)
            at = i;
    if (at == evidence->count || evidence->program->ended) /* the end has closed everything */
        return false;
    const struct step *created = &evidence->steps[at];
    const struct step *accepted = accepted_for(evidence, at);
    const char *said = evidence->program->complained.start;
    const char *complaint = said == NULL ? NULL : strstr(said, "pthread_create");
    bool leaks = accepted != NULL && !is_closed_after(evidence, at, accepted->event.result);
    bool misnames = complaint != NULL && strstr(complaint, strerror(created->event.error)) == NULL;
    if (!leaks && complaint != NULL && !misnames)
        return false;
    text_add(evidence->text, "pthread_create failed");
    add_place(evidence->text, &created->line);
    text_add(evidence->text, " (%s)", strerror(created->event.error));
    if (leaks)
        text_add(evidence->text,
                 ", and the connection of the client whose thread it should have "
                 "been, descriptor %lld, was never closed",
                 (long long)accepted->event.result);
    text_add(evidence->text, ".");
    if (complaint == NULL)
        text_add(evidence->text, " Nothing was said about it.");
    if (misnames)
        text_add(evidence->text,
                 " It returns its error and leaves errno alone: strerror() of what it "
                 "returned says why.");
    return true;
}

/* ---- descriptors ---- */

/* STEP uses a connection, or something that its thread takes for one: a descriptor that is closed,
   no socket, or the keyboard, which is that of the thread for the operator alone. */
static bool uses_a_connection(const struct step *step)
{
    const struct probe_event *event = &step->event;
    if (!moves_bytes(step) || event->fd == 1 || event->fd == 2)
        return false;
    return event->is_socket || event->error == EBADF || event->error == ENOTSOCK ||
           (event->fd == 0 && trace_group(event) == GROUP_RECEIVING);
}

/* The first such step of the thread that begins at step START. */
static const struct step *first_use(const struct evidence *evidence, size_t start)
{
    int32_t tid = evidence->steps[start].event.tid;
    for (size_t i = start + 1; i < evidence->count; i++) {
        const struct step *step = &evidence->steps[i];
        if (step->event.tid != tid)
            continue;
        if (step->event.call == CALL_THREAD_START)
            return NULL;
        if (uses_a_connection(step))
            return step;
    }
    return NULL;
}

/* Which step created the thread that begins at step START; `count` if it is not known. */
static size_t creation_of(const struct evidence *evidence, size_t start)
{
    for (size_t i = start; i-- > 0;)
        if (evidence->steps[i].event.call == CALL_PTHREAD_CREATE &&
            evidence->steps[i].event.number == (uint32_t)evidence->steps[start].event.asked)
            return i;
    return evidence->count;
}

/* Its first use is another connection than the one that was accepted for it. Sending does not
   count: what a thread says goes to others first. */
static bool gets_another_connection(const struct evidence *evidence)
{
    for (size_t i = 0; i < evidence->count; i++) {
        if (evidence->steps[i].event.call != CALL_THREAD_START)
            continue;
        size_t created = creation_of(evidence, i);
        const struct step *accepted =
            created < evidence->count ? accepted_for(evidence, created) : NULL;
        const struct step *used = first_use(evidence, i);
        if (accepted == NULL || used == NULL || used->event.fd == accepted->event.result ||
            (trace_group(&used->event) == GROUP_SENDING && used->event.error == 0))
            continue;
        text_add(evidence->text, "The thread created for descriptor %lld",
                 (long long)accepted->event.result);
        add_place(evidence->text, &evidence->steps[created].line);
        text_add(evidence->text, ", used descriptor %d%s", used->event.fd,
                 used->event.fd == 0 && !used->event.is_socket ? " (the keyboard)" : "");
        add_place(evidence->text, &used->line);
        text_add(evidence->text, ". Its argument was overwritten or released before it began: the "
                                 "next accept may come first. Give each thread memory of its own, "
                                 "which only the thread releases.");
        return true;
    }
    return false;
}

/* The close of FD before step AT, if no other has been given that number since. */
static const struct step *closed_already(const struct evidence *evidence, size_t at)
{
    const struct probe_event *closing = &evidence->steps[at].event;
    for (size_t i = at; i-- > 0;) {
        const struct probe_event *event = &evidence->steps[i].event;
        bool same_thread = event->tid == closing->tid;
        if (same_thread && event->call == CALL_THREAD_START)
            return NULL;
        /* A thread that serves one client gets no new descriptor: if it closes a number twice, the
           second time is somebody else's. One that serves many has received from the new client. */
        if (same_thread && closing->error != EBADF && event->fd == closing->fd &&
            trace_group(event) == GROUP_RECEIVING)
            return NULL;
        if (event->call == CALL_CLOSE && event->fd == closing->fd && event->error == 0 &&
            (closing->error == EBADF || same_thread))
            return &evidence->steps[i];
        if (event->result == closing->fd && (closing->error == EBADF || same_thread) &&
            (trace_group(event) == GROUP_ACCEPTING || event->call == CALL_SOCKET ||
             event->call == CALL_DUP))
            return NULL;
    }
    return NULL;
}

/* A thread has closed the descriptor on which another accepts: what a child does after fork. */
static bool closes_the_listener(const struct evidence *evidence)
{
    size_t at = 0;
    while (at < evidence->count &&
           (trace_group(&evidence->steps[at].event) != GROUP_ACCEPTING ||
            evidence->steps[at].event.error != EBADF || evidence->steps[at].event.faulted))
        at++;
    for (size_t i = at < evidence->count ? at : 0; i-- > 0;) {
        const struct step *failed = &evidence->steps[at];
        const struct step *step = &evidence->steps[i];
        if (step->event.call != CALL_CLOSE || step->event.fd != failed->event.fd ||
            step->event.error != 0 || step->event.tid == failed->event.tid)
            continue;
        text_add(evidence->text, "A thread closed descriptor %d, the listener", step->event.fd);
        add_place(evidence->text, &step->line);
        text_add(evidence->text, ": after that %s failed", trace_name(&failed->event));
        add_place(evidence->text, &failed->line);
        text_add(evidence->text,
                 " (%s). A child of fork has descriptors of its own; all threads of a process use "
                 "the same ones.",
                 strerror(EBADF));
        return true;
    }
    return false;
}

static bool closes_twice(const struct evidence *evidence)
{
    for (size_t i = 0; i < evidence->count; i++) {
        const struct step *step = &evidence->steps[i];
        if (step->event.call != CALL_CLOSE || step->event.faulted ||
            (step->event.error != EBADF && !step->event.is_socket))
            continue;
        const struct step *before = closed_already(evidence, i);
        if (before == NULL)
            continue;
        text_add(evidence->text, "Descriptor %d was closed twice", step->event.fd);
        add_place(evidence->text, &before->line);
        text_add(evidence->text, " and then");
        add_place(evidence->text, &step->line);
        text_add(evidence->text,
                 ". Between the two, the number may have become that of a new client, "
                 "who is cut off then. One owner closes.");
        return true;
    }
    return false;
}

/* ---- waiting for each other ---- */

/* What thread TID is blocked in, or NULL. */
static const struct step *blocked_in(const struct evidence *evidence, int32_t tid)
{
    for (size_t i = evidence->count; i-- > 0;)
        if (evidence->steps[i].event.tid == tid)
            return trace_is_pending(&evidence->steps[i].event) ? &evidence->steps[i] : NULL;
    return NULL;
}

static bool waits_for_a_lock(const struct evidence *evidence, const struct step *step)
{
    return step->event.call == CALL_PTHREAD_MUTEX_LOCK && trace_is_pending(&step->event) &&
           lives(evidence, step->event.tid) && !evidence_is_held(evidence, step->event.tid);
}

/* Who took the lock that WAITING wants, and where; false if that is not known. */
static bool find_holder(const struct evidence *evidence, const struct step *waiting, int32_t *tid,
                        struct line *line)
{
    for (size_t i = 0; i < PROBE_LOCKS; i++) {
        const struct probe_lock *lock = &evidence->program->trace->locks[i];
        uint64_t caller = atomic_load(&lock->caller);
        if (atomic_load(&lock->mutex) != (uint64_t)waiting->event.asked)
            continue;
        *tid = atomic_load(&lock->tid);
        places_find(evidence->program->path, &caller, 1, line);
        return true;
    }
    return false;
}

static void add_holder(const struct evidence *evidence, const struct step *waiting)
{
    int32_t tid;
    struct line line;
    if (!find_holder(evidence, waiting, &tid, &line)) {
        text_add(evidence->text, ".");
        return;
    }
    const struct step *blocked = blocked_in(evidence, tid);
    if (tid == waiting->event.tid) {
        text_add(evidence->text, " that it has itself");
        add_place(evidence->text, &line);
        text_add(evidence->text, ": it waits for itself.");
        return;
    }
    text_add(evidence->text, ". A thread took it");
    add_place(evidence->text, &line);
    if (!lives(evidence, tid)) {
        text_add(evidence->text, ", and has ended without giving it back.");
    } else if (blocked != NULL && trace_group(&blocked->event) == GROUP_SENDING) {
        text_add(evidence->text, ", and holds it while it is blocked in %s on descriptor %d",
                 trace_name(&blocked->event), blocked->event.fd);
        add_place(evidence->text, &blocked->line);
        text_add(evidence->text, ": that client does not read. One slow client stops all of them.");
    } else if (blocked != NULL) {
        text_add(evidence->text, ", and now waits in %s", trace_name(&blocked->event));
        add_place(evidence->text, &blocked->line);
        text_add(evidence->text, ", without having given it back.");
    } else {
        text_add(evidence->text, ", and has not given it back.");
    }
}

static bool waits_for_ever(const struct evidence *evidence)
{
    const struct step *waiting = NULL;
    size_t waiters = 0;
    if (stage.last != STALLED && stage.last != LATE)
        return false;
    for (size_t i = 0; i < evidence->count; i++)
        if (waits_for_a_lock(evidence, &evidence->steps[i])) {
            waiting = waiting == NULL ? &evidence->steps[i] : waiting;
            waiters++;
        }
    if (waiting == NULL)
        return false;
    if (waiters == 1)
        text_add(evidence->text, "A thread waits for a lock");
    else
        text_add(evidence->text, "%zu threads wait for a lock", waiters);
    add_place(evidence->text, &waiting->line);
    add_holder(evidence, waiting);
    return true;
}

static bool is_held_up_by_a_client(const struct evidence *evidence)
{
    if ((stage.last != STALLED && stage.last != LATE) ||
        strcmp(evidence->program->role, "server") != 0)
        return false;
    for (size_t i = 0; i < evidence->count; i++) {
        const struct step *step = &evidence->steps[i];
        if (!trace_is_pending(&step->event) || trace_group(&step->event) != GROUP_SENDING ||
            !step->event.is_socket || !lives(evidence, step->event.tid) ||
            evidence_is_held(evidence, step->event.tid))
            continue;
        text_add(evidence->text, "A thread is blocked in %s on descriptor %d",
                 trace_name(&step->event), step->event.fd);
        add_place(evidence->text, &step->line);
        text_add(evidence->text,
                 ": that client does not read, and its connection is full. Whatever "
                 "that thread has to do for others waits as well.");
        return true;
    }
    return false;
}

/* ---- all rules ---- */

/* ---- in all ---- */

bool cause_thread(const struct evidence *evidence)
{
    /* From the surest to the vaguest. */
    static evidence_rule *const rules[] = {
        is_ended_by_a_signal, gets_another_connection, closes_the_listener,
        closes_twice,         fails_to_let_go,         fails_to_create,
        waits_for_ever,       is_held_up_by_a_client,  is_ended_by_one_thread,
    };
    return evidence_has_threads(evidence) &&
           evidence_try(rules, sizeof rules / sizeof rules[0], evidence);
}

bool cause_forgotten_threads(const struct evidence *evidence)
{
    size_t created = 0;
    size_t released = 0;
    struct line line = {.number = 0};
    for (size_t i = 0; i < evidence->count; i++) {
        const struct probe_event *event = &evidence->steps[i].event;
        if (trace_is_pending(event) || event->error != 0)
            continue;
        if (event->call == CALL_PTHREAD_CREATE) {
            created++;
            released += event->asked != 0; /* it was created detached */
            line = evidence->steps[i].line;
        }
        released += event->call == CALL_PTHREAD_JOIN || event->call == CALL_PTHREAD_DETACH;
    }
    size_t living = threads_of(evidence->program);
    if (evidence->program->ended || created <= released + living)
        return false;
    text_add(evidence->text, "At least %zu threads have ended that nobody has joined or detached",
             created - released - living);
    add_place(evidence->text, &line);
    text_add(evidence->text,
             ". What such a thread leaves behind, its stack above all (8 MB of addresses), stays "
             "until somebody joins it; of a detached one nothing stays.");
    return true;
}
