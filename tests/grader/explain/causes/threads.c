/* Programs with threads. */
#include "grader/explain/causes/causes.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

/* The connection that the thread of step CREATED is for: what its creator accepted last, unless
   another thread was created since. NULL if that cannot be known. */
static const struct step *accepted_for(const struct evidence *e, const struct step *created)
{
    int32_t creator = created->event.tid;
    const struct step *accepted = LAST(e, created, .group = GROUP_ACCEPTING, .tid = IS(creator));
    const struct step *former = LAST(e, created, .group = GROUP_THREADING, .tid = IS(creator));
    if (accepted == NULL || accepted->event.result < 0 || (former != NULL && former > accepted))
        return NULL;
    return accepted;
}

static bool has_failed(const struct step *step)
{
    return step != NULL && step->event.error != 0;
}

/* ---- all of them end ---- */

static bool sigpipe(const struct evidence *e, struct finding *f)
{
    f->step[1] = LAST(e, NULL, .group = GROUP_SENDING);
    f->parts = f->step[1] != NULL ? PART('a') : 0;
    return was_killed_by(e, SIGPIPE);
}

static bool thread_exits(const struct evidence *e, struct finding *f)
{
    f->step[1] = LAST(e, NULL, .call = IS(CALL_EXIT));
    return has_exited(e) && f->step[1] != NULL && f->step[1]->event.tid != e->program.pid;
}

/* The first thread has ended the process; in step 2 what it tried last: to accept a client, or to
   create a thread for it. */
static bool main_ends(const struct evidence *e, struct finding *f)
{
    int32_t first = e->program.pid;
    const struct step *accepting = LAST(e, NULL, .group = GROUP_ACCEPTING, .tid = IS(first));
    const struct step *creating = LAST(e, NULL, .group = GROUP_THREADING, .tid = IS(first));
    bool creates = accepting == NULL || (creating != NULL && creating > accepting);
    f->step[1] = LAST(e, NULL, .call = IS(CALL_EXIT));
    f->step[2] = creates ? creating : accepting;
    f->parts = f->step[1] != NULL ? PART('a') : PART('b');
    f->parts |= has_failed(f->step[2]) ? PART('c') : 0;
    return has_exited(e);
}

static bool failure_ends_server(const struct evidence *e, struct finding *f)
{
    return main_ends(e, f) && has_failed(f->step[2]) &&
           f->step[2]->event.call == CALL_PTHREAD_CREATE;
}

/* ---- a thread that cannot be created ---- */

/* The first creation that failed, and what its caller did next about the client that it had
   accepted: it tried again, or received from it, as only its thread should. */
static bool goes_on_after_failure(const struct evidence *e, struct finding *f)
{
    const struct step *created = NULL;
    do
        created = FIRST(e, created, .call = IS(CALL_PTHREAD_CREATE));
    while (created != NULL && !has_failed(created));
    const struct step *accepted = created == NULL ? NULL : accepted_for(e, created);
    const struct step *step = created;
    if (accepted == NULL || e->program.ended)
        return false;
    while ((step = FIRST(e, step, .tid = IS(created->event.tid))) != NULL) {
        f->step[1] = created;
        f->step[2] = step;
        if (step->event.call == CALL_PTHREAD_CREATE ||
            LIKE(e, step, .group = GROUP_RECEIVING, .fd = IS(accepted->event.result)))
            return true;
        if (group_of(step) == GROUP_ACCEPTING)
            return false;
    }
    return false;
}

static bool failure_retried(const struct evidence *e, struct finding *f)
{
    return goes_on_after_failure(e, f) && f->step[2]->event.call == CALL_PTHREAD_CREATE;
}

static bool failure_served_here(const struct evidence *e, struct finding *f)
{
    return goes_on_after_failure(e, f) && f->step[2]->event.call != CALL_PTHREAD_CREATE;
}

/* The last creation that failed; part a if nothing was said about it, part b if another reason. */
static bool could_not_create(const struct evidence *e, struct finding *f)
{
    EACH(e, step, .call = IS(CALL_PTHREAD_CREATE))
    f->step[1] = has_failed(step) ? step : f->step[1];
    if (f->step[1] == NULL || e->program.ended) /* the end has closed everything */
        return false;
    const char *said = e->program.complained.start;
    const char *complaint = said == NULL ? NULL : strstr(said, "pthread_create");
    if (complaint == NULL)
        f->parts |= PART('a');
    else if (strstr(complaint, strerror(f->step[1]->event.error)) == NULL)
        f->parts |= PART('b');
    return true;
}

static bool failure_leaks(const struct evidence *e, struct finding *f)
{
    const struct step *accepted = could_not_create(e, f) ? accepted_for(e, f->step[1]) : NULL;
    f->n = accepted == NULL ? -1 : accepted->event.result;
    return accepted != NULL && FIRST(e, f->step[1], .call = IS(CALL_CLOSE), .fd = IS(f->n)) == NULL;
}

static bool failure_untold(const struct evidence *e, struct finding *f)
{
    return could_not_create(e, f) && (f->parts & PART('a')) != 0;
}

static bool failure_misnamed(const struct evidence *e, struct finding *f)
{
    return could_not_create(e, f) && (f->parts & PART('b')) != 0;
}

/* ---- descriptors ---- */

/* STEP uses a connection, or something that its thread takes for one: a descriptor that is closed,
   no socket, or the keyboard, which is that of the thread for the operator alone. */
static bool uses_a_connection(const struct step *step)
{
    const struct probe_event *event = &step->event;
    enum probe_group group = group_of(step);
    if ((group != GROUP_RECEIVING && group != GROUP_SENDING) || event->fd == 1 || event->fd == 2)
        return false;
    return event->is_socket || event->error == EBADF || event->error == ENOTSOCK ||
           (event->fd == 0 && group == GROUP_RECEIVING);
}

/* The first such step of the thread that begins at step START. */
static const struct step *first_use(const struct evidence *e, const struct step *start)
{
    const struct step *step = start;
    while ((step = FIRST(e, step, .tid = IS(start->event.tid))) != NULL)
        if (step->event.call == CALL_THREAD_START)
            return NULL;
        else if (uses_a_connection(step))
            return step;
    return NULL;
}

/* The step that created the thread which begins at START; NULL if it is not known. */
static const struct step *creation_of(const struct evidence *e, const struct step *start)
{
    const struct step *created = start;
    while ((created = LAST(e, created, .call = IS(CALL_PTHREAD_CREATE))) != NULL)
        if (created->event.number == (uint32_t)start->event.creation)
            return created;
    return NULL;
}

/* A thread's first use is another connection than the one that was accepted for it. Sending does
   not count: what a thread says goes to others first. */
static bool argument(const struct evidence *e, struct finding *f)
{
    EACH(e, start, .call = IS(CALL_THREAD_START))
    {
        const struct step *created = creation_of(e, start);
        const struct step *accepted = created == NULL ? NULL : accepted_for(e, created);
        const struct step *used = first_use(e, start);
        if (accepted == NULL || used == NULL || used->event.fd == accepted->event.result ||
            (group_of(used) == GROUP_SENDING && !has_failed(used)))
            continue;
        f->n = accepted->event.result;
        f->step[1] = created;
        f->step[2] = used;
        f->parts = used->event.fd == 0 && !used->event.is_socket ? PART('a') : 0;
        return true;
    }
    return false;
}

/* What a child does after fork. */
static bool closes_listener(const struct evidence *e, struct finding *f)
{
    f->step[2] = FIRST(e, NULL, .group = GROUP_ACCEPTING, .error = IS(EBADF), .how = UNTOUCHED);
    if (f->step[2] == NULL)
        return false;
    f->step[1] = LAST(e, f->step[2], .call = IS(CALL_CLOSE), .fd = IS(f->step[2]->event.fd),
                      .error = IS(0), .not_tid = IS(f->step[2]->event.tid));
    return f->step[1] != NULL;
}

/* The close of the descriptor before CLOSING, if no other has been given its number since. */
static const struct step *closed_already(const struct evidence *e, const struct step *closing)
{
    const struct probe_event *close = &closing->event;
    for (const struct step *step = closing; step-- > e->steps;) {
        const struct probe_event *event = &step->event;
        bool counts = event->tid == close->tid || close->error == EBADF;
        if (event->tid == close->tid && event->call == CALL_THREAD_START)
            return NULL;
        /* A thread that serves one client gets no new descriptor: if it closes a number twice, the
           second time is somebody else's. One that serves many has received from the new client. */
        if (event->tid == close->tid && close->error != EBADF && event->fd == close->fd &&
            group_of(step) == GROUP_RECEIVING)
            return NULL;
        if (counts && event->call == CALL_CLOSE && event->fd == close->fd && event->error == 0)
            return step;
        if (counts && event->result == close->fd &&
            (group_of(step) == GROUP_ACCEPTING || event->call == CALL_SOCKET ||
             event->call == CALL_DUP))
            return NULL;
    }
    return NULL;
}

static bool closes_twice(const struct evidence *e, struct finding *f)
{
    EACH(e, step, .call = IS(CALL_CLOSE), .how = UNTOUCHED)
    {
        if (step->event.error != EBADF && !step->event.is_socket)
            continue;
        f->step[1] = closed_already(e, step);
        f->step[2] = step;
        if (f->step[1] != NULL)
            return true;
    }
    return false;
}

/* ---- waiting for each other ---- */

static bool is_stuck(const struct evidence *e, const struct step *step)
{
    return thread_lives(e, step->event.tid) && !thread_is_held(e, step->event.tid);
}

/* The first thread that waits for a lock is step 1, $n of them do. In step 2 who took the lock, and
   in step 3 what that thread is blocked in now; NULL if that is not known. */
static bool waits_for_lock(const struct evidence *e, struct finding *f)
{
    if (!waits_in_vain(e))
        return false;
    EACH(e, step, .call = IS(CALL_PTHREAD_MUTEX_LOCK), .how = PENDING)
    if (is_stuck(e, step))
        f->step[1] = f->n++ == 0 ? step : f->step[1];
    for (size_t i = 0; f->step[1] != NULL && i < e->lock_count && f->step[2] == NULL; i++)
        if (e->locks[i].event.mutex == f->step[1]->event.mutex)
            f->step[2] = &e->locks[i];
    if (f->step[2] != NULL)
        f->step[3] = LAST(e, NULL, .tid = IS(f->step[2]->event.tid));
    if (f->step[3] != NULL && !is_pending(f->step[3]))
        f->step[3] = NULL;
    return f->step[1] != NULL;
}

/* One of those that wait has the lock: whoever else waits does so because of it. */
static bool lock_relocked(const struct evidence *e, struct finding *f)
{
    if (!waits_for_lock(e, f) || f->step[2] == NULL)
        return false;
    f->step[1] =
        LAST(e, NULL, .call = IS(CALL_PTHREAD_MUTEX_LOCK), .tid = IS(f->step[2]->event.tid),
             .given = IS(f->step[2]->event.mutex), .how = PENDING);
    return f->step[1] != NULL && is_stuck(e, f->step[1]);
}

static bool lock_left_locked(const struct evidence *e, struct finding *f)
{
    return waits_for_lock(e, f) && f->step[2] != NULL && !thread_lives(e, f->step[2]->event.tid);
}

static bool lock_held_in_send(const struct evidence *e, struct finding *f)
{
    return waits_for_lock(e, f) && f->step[3] != NULL && group_of(f->step[3]) == GROUP_SENDING;
}

static bool lock_held_in_wait(const struct evidence *e, struct finding *f)
{
    return waits_for_lock(e, f) && f->step[3] != NULL;
}

static bool lock_kept(const struct evidence *e, struct finding *f)
{
    return waits_for_lock(e, f) && f->step[2] != NULL;
}

static bool blocked_in_send(const struct evidence *e, struct finding *f)
{
    if (!waits_in_vain(e))
        return false;
    EACH(e, step, .group = GROUP_SENDING, .how = PENDING | ON_SOCKET)
    {
        f->step[1] = step;
        if (is_stuck(e, step))
            return true;
    }
    return false;
}

/* ---- what they leave ---- */

static bool not_joined(const struct evidence *e, struct finding *f)
{
    long long left = -(long long)e->program.threads;
    EACH(e, step, .error = IS(0), .how = RETURNED)
    {
        if (step->event.call == CALL_PTHREAD_JOIN || step->event.call == CALL_PTHREAD_DETACH)
            left--;
        if (step->event.call != CALL_PTHREAD_CREATE)
            continue;
        left += step->event.detached == 0; /* or else it was created detached */
        f->step[1] = step;
    }
    f->n = left;
    return !e->program.ended && left > 0;
}

/* ---- the table ---- */

#define WAITING "${n:A thread waits|$n threads wait} for a lock$1"

const struct cause causes_of_threads[] = {
    {.id = "thread-sigpipe",
     .scope = THREADS,
     .explains = sigpipe,
     .sentence = "The $role was killed by SIGPIPE[a: in $c1$1]. The other side of that one "
                 "connection had left; the signal's default action ends the whole process, with "
                 "all its threads.",
     .hint = "Send with MSG_NOSIGNAL: then send fails with EPIPE, and only that session ends.",
     .section = "One member's error is not the others'"},
    {.id = "thread-argument",
     .scope = THREADS,
     .explains = argument,
     .sentence = "The thread created for descriptor $n$1, used descriptor $d2[a: (the keyboard)]"
                 "$2. Its argument was overwritten or released before it began: the next accept "
                 "may come first. Give each thread memory of its own, which only the thread "
                 "releases.",
     .hint = "Allocate what each thread needs, pass it the pointer, and let the thread free it.",
     .section = "Whose argument is it"},
    {.id = "thread-closes-listener",
     .scope = THREADS,
     .explains = closes_listener,
     .sentence = "A thread closed descriptor $d1, the listener$1: after that $c2 failed$2 ($e2). "
                 "A child of fork has descriptors of its own; all threads of a process use the "
                 "same ones.",
     .hint = "A thread closes its own connection, and nothing else.",
     .section = "A thread for each client"},
    {.id = "thread-closes-twice",
     .scope = THREADS,
     .explains = closes_twice,
     .sentence = "Descriptor $d2 was closed twice$1 and then$2. Between the two, the number may "
                 "have become that of a new client, who is cut off then. One owner closes."},
    {.id = "thread-failure-retried",
     .scope = THREADS,
     .explains = failure_retried,
     .sentence = "pthread_create failed$1 ($e1), and was called again for the same client. "
                 "Meanwhile nobody is accepted: let this client go, and accept the next."},
    {.id = "thread-failure-served-here",
     .scope = THREADS,
     .explains = failure_served_here,
     .sentence = "pthread_create failed$1 ($e1), and then the thread that accepts served the "
                 "client itself$2. Meanwhile nobody is accepted: let this client go, and accept "
                 "the next."},
    {.id = "thread-failure-leaks",
     .scope = THREADS,
     .explains = failure_leaks,
     .sentence = "pthread_create failed$1 ($e1), and the connection of the client whose thread it "
                 "should have been, descriptor $n, was never closed.[a: Nothing was said about "
                 "it.][b: It returns its error and leaves errno alone: strerror() of what it "
                 "returned says why.]"},
    {.id = "thread-failure-untold",
     .scope = THREADS,
     .explains = failure_untold,
     .sentence = "pthread_create failed$1 ($e1). Nothing was said about it."},
    {.id = "thread-failure-misnamed",
     .scope = THREADS,
     .explains = failure_misnamed,
     .sentence = "pthread_create failed$1 ($e1). It returns its error and leaves errno alone: "
                 "strerror() of what it returned says why."},
    {.id = "lock-relocked",
     .scope = THREADS,
     .explains = lock_relocked,
     .sentence = WAITING " that it has itself$2: it waits for itself."},
    {.id = "lock-left-locked",
     .scope = THREADS,
     .explains = lock_left_locked,
     .sentence = WAITING ". A thread took it$2, and has ended without giving it back.",
     .hint = "Unlock on every path out of the function, those after an error included.",
     .section = "One lock, for as long as the work takes"},
    {.id = "thread-blocked-in-send",
     .scope = THREADS,
     .explains = lock_held_in_send,
     .sentence = WAITING ". A thread took it$2, and holds it while it is blocked in $c3 on "
                         "descriptor $d3$3: that client does not read. One slow client stops all "
                         "of them.",
     .hint = "Send to each member with MSG_DONTWAIT: a send that waits holds up everybody.",
     .section = "A member that does not read"},
    {.id = "lock-held-in-wait",
     .scope = THREADS,
     .explains = lock_held_in_wait,
     .sentence = WAITING ". A thread took it$2, and now waits in $c3$3, without having given it "
                         "back."},
    {.id = "lock-held-in-wait",
     .scope = THREADS,
     .explains = lock_kept,
     .sentence = WAITING ". A thread took it$2, and has not given it back."},
    {.id = "lock-held-in-wait",
     .scope = THREADS,
     .explains = waits_for_lock,
     .sentence = WAITING "."},
    {.id = "thread-blocked-in-send",
     .scope = THREADS | SERVER,
     .explains = blocked_in_send,
     .sentence = "A thread is blocked in $c1 on descriptor $d1$1: that client does not read, and "
                 "its connection is full. Whatever that thread has to do for others waits as "
                 "well.",
     .hint = "Send to each member with MSG_DONTWAIT: a send that waits holds up everybody.",
     .section = "A member that does not read"},
    {.id = "thread-exits",
     .scope = THREADS | SERVER,
     .explains = thread_exits,
     .sentence = "A thread called exit($a1)$1: that ends the whole process, with all its threads. "
                 "A thread ends by returning from its function."},
    {.id = "thread-failure-ends-server",
     .scope = THREADS | SERVER,
     .explains = failure_ends_server,
     .sentence = "The first thread [a:called exit$1][b:returned from main], after $c2 had "
                 "failed$2 ($e2). That ends all the other threads, and cuts off their clients. "
                 "Let the one client go, and accept the next."},
    {.id = "main-thread-ends",
     .scope = THREADS | SERVER,
     .explains = main_ends,
     .sentence = "The first thread [a:called exit$1][b:returned from main][c:, after $c2 had "
                 "failed$2 ($e2)]. That ends all the other threads, and cuts off their clients."},
    {.id = NULL},
};

const struct cause causes_of_forgotten_threads[] = {
    {.id = "threads-not-joined",
     .explains = not_joined,
     .sentence = "At least $n threads have ended that nobody has joined or detached$1. What such "
                 "a thread leaves behind, its stack above all (8 MB of addresses), stays until "
                 "somebody joins it; of a detached one nothing stays.",
     .hint = "Detach the threads that nobody joins: pthread_detach, or the attribute "
             "PTHREAD_CREATE_DETACHED.",
     .section = "Detached or joined"},
    {.id = NULL},
};
