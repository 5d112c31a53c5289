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
    f->step[1] = killing_send(e);
    f->parts = f->step[1] != NULL ? PART('a') : 0;
    return was_killed_by(e, SIGPIPE);
}

static bool thread_exits(const struct evidence *e, struct finding *f)
{
    f->step[1] = LAST(e, NULL, .call = IS(CALL_EXIT));
    return runs_serve(e) && has_exited(e) && f->step[1] != NULL &&
           f->step[1]->event.tid != e->program.pid;
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

/* The thread of START was created for the connection ACCEPTED. Its first use of a connection, if
   that is another one. Sending does not count: what a thread says goes to others first. */
static const struct step *first_misuse(const struct evidence *e, const struct step *start,
                                       const struct step *accepted)
{
    const struct step *used = first_use(e, start);
    bool wrong = used != NULL && used->event.fd != accepted->event.result &&
                 (group_of(used) != GROUP_SENDING || has_failed(used));
    return wrong ? used : NULL;
}

/* FD is the connection of another thread than that which was CREATED, accepted later. */
static bool is_of_a_later_thread(const struct evidence *e, const struct step *created, int fd)
{
    for (const struct step *step = created;
         (step = FIRST(e, step, .call = IS(CALL_PTHREAD_CREATE))) != NULL;) {
        const struct step *accepted = accepted_for(e, step);
        if (accepted != NULL && accepted->event.result == fd)
            return true;
    }
    return false;
}

/* It began with its own, and now receives from another one, or closes that, before its own. */
static const struct step *later_misuse(const struct evidence *e, const struct step *start,
                                       const struct step *created, const struct step *accepted)
{
    bool ended = false; /* its client has left, and now it closes the connection */
    for (const struct step *step = start;
         (step = FIRST(e, step, .tid = IS(start->event.tid))) != NULL;) {
        if (step->event.call == CALL_THREAD_START ||
            (step->event.call == CALL_CLOSE && step->event.fd == accepted->event.result))
            return NULL;
        if (group_of(step) == GROUP_RECEIVING && step->event.is_socket &&
            step->event.fd != accepted->event.result &&
            is_of_a_later_thread(e, created, step->event.fd))
            return step;
        if (ended && step->event.call == CALL_CLOSE &&
            (step->event.is_socket || step->event.error == EBADF) &&
            is_of_a_later_thread(e, created, step->event.fd))
            return step;
        ended = ended || (group_of(step) == GROUP_RECEIVING && !is_pending(step) &&
                          step->event.fd == accepted->event.result && step->event.result == 0);
    }
    return NULL;
}

/* A driver, which is given, has created the thread: its argument is right. */
static bool is_of_a_driver(const struct evidence *e, const struct step *created)
{
    return strcmp(e->program.role, "driver") == 0 && created->line.number != 0 &&
           !is_own_file(e, created->line.file);
}

/* Only where a thread is created for each client: in talk, the one that reads the keyboard is for
   that, whomever the driver has accepted before. */
static bool argument(const struct evidence *e, struct finding *f)
{
    EACH(e, start, .call = IS(CALL_THREAD_START))
    {
        if (!runs_serve(e))
            return false;
        const struct step *created = creation_of(e, start);
        const struct step *accepted = created == NULL ? NULL : accepted_for(e, created);
        if (accepted == NULL || is_of_a_driver(e, created))
            continue;
        const struct step *used = first_misuse(e, start, accepted);
        if (used == NULL)
            used = later_misuse(e, start, created, accepted);
        if (used == NULL)
            continue;
        f->n = accepted->event.result;
        f->step[1] = created;
        f->step[2] = used;
        f->parts = used->event.fd == 0 && !used->event.is_socket ? PART('a') : 0;
        return true;
    }
    return false;
}

/* pthread_create has failed, and no fault of the test made it. */
static bool creation_fails(const struct evidence *e, struct finding *f)
{
    f->step[1] = FIRST(e, NULL, .call = IS(CALL_PTHREAD_CREATE), .how = IN_ERROR | UNTOUCHED);
    return f->step[1] != NULL;
}

/* What a child does after fork. The accept may have begun first, and come into the kernel after the
   close. */
static bool closes_listener(const struct evidence *e, struct finding *f)
{
    f->step[1] = NULL;
    f->step[2] = FIRST(e, NULL, .group = GROUP_ACCEPTING, .error = IS(EBADF), .how = UNTOUCHED);
    if (f->step[2] == NULL)
        return false;
    EACH(e, closed, .call = IS(CALL_CLOSE), .fd = IS(f->step[2]->event.fd), .error = IS(0),
         .not_tid = IS(f->step[2]->event.tid))
    if (closed->event.begun < f->step[2]->event.ended)
        f->step[1] = closed;
    return f->step[1] != NULL;
}

/* What a server with fork does: who has accepted the connection closes it, here under the hands of
   the thread that serves it, which is step 2. */
static bool creator_closes(const struct evidence *e, struct finding *f)
{
    EACH(e, closed, .call = IS(CALL_CLOSE), .error = IS(0))
    {
        int32_t closer = closed->event.tid;
        const struct step *accepted = LAST(e, closed, .group = GROUP_ACCEPTING, .tid = IS(closer));
        const struct step *created =
            LAST(e, closed, .call = IS(CALL_PTHREAD_CREATE), .tid = IS(closer), .error = IS(0));
        f->step[1] = closed;
        if (accepted == NULL || created == NULL || created < accepted ||
            accepted->event.result != closed->event.fd)
            continue;
        f->step[2] = FIRST(e, closed, .fd = IS(closed->event.fd), .error = IS(EBADF),
                           .not_tid = IS(closer), .how = UNTOUCHED);
        if (f->step[2] != NULL && f->step[2]->event.call != CALL_SHUTDOWN)
            return true;
    }
    return false;
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

const struct cause causes_of_threads[] = {
    {.id = "thread-sigpipe",
     .scope = THREADS,
     .explains = sigpipe,
     .sentence =
         "The $role was killed by SIGPIPE[a: in $c1$1]. The other side of that one connection had "
         "closed it. The signal ends the whole process, with all its threads.",
     .hint = "Send with MSG_NOSIGNAL. Then send fails with EPIPE, and only that session ends.",
     .section = "One member's error is not the others'"},
    {.id = "thread-argument",
     .scope = THREADS,
     .explains = argument,
     .sentence = "The thread created for descriptor $n$1, used descriptor $d2[a: (the "
                 "keyboard)]$2. Its argument was overwritten or released: the next accept may "
                 "return before the thread has read it.",
     .hint = "Allocate what each thread needs with malloc, pass the pointer, and let the thread "
             "free it.",
     .section = "Whose argument is it"},
    {.id = "thread-closes-listener",
     .scope = THREADS,
     .explains = closes_listener,
     .sentence = "A thread closed descriptor $d1, the listening socket$1. After that, $c2 failed$2 "
                 "($e2). Children of fork have their own descriptors. Threads share them.",
     .hint = "In the thread, close only its own connection.",
     .section = "A thread for each client"},
    {.id = "thread-connection-closed",
     .scope = THREADS,
     .explains = creator_closes,
     .sentence = "$T1 had created a thread for descriptor $d1, and then closed it$1. After that, "
                 "$c2 failed$2 ($e2). Children of fork have their own descriptors. Threads share "
                 "them.",
     .hint = "Leave this close out: the thread closes the connection, after its session.",
     .section = "A thread for each client"},
    {.id = "thread-closes-twice",
     .scope = THREADS,
     .explains = closes_twice,
     .sentence = "Descriptor $d2 was closed twice$1, and again$2. Between the two, the kernel may "
                 "give the number to a new client, and the second close disconnects that client.",
     .hint = "Close each connection in one place only.",
     .section = "A thread for each client"},
    {.id = "thread-creation-fails",
     .scope = THREADS,
     .of = EXPECT_CONNECT | EXPECT_BYTES | EXPECT_LINE | EXPECT_CONSOLE | EXPECT_CLOSE |
           EXPECT_TASKS | EXPECT_RUNNING,
     .explains = creation_fails,
     .sentence = "pthread_create failed with $E1 ($e1)$1, so there is no thread for the client.",
     .hint = "Pass NULL as the attribute, or initialize it with pthread_attr_init first.",
     .section = "A thread for each client"},
    {.id = "thread-failure-retried",
     .scope = THREADS,
     .explains = failure_retried,
     .sentence = "pthread_create failed$1 ($e1), and was called again for the same client. "
                 "Meanwhile the server accepts no other client.",
     .hint = "Close this connection, and go on with tcp_accept.",
     .section = "When pthread_create fails"},
    {.id = "thread-failure-served-here",
     .scope = THREADS,
     .explains = failure_served_here,
     .sentence = "pthread_create failed$1 ($e1). Then the thread that accepts served the client "
                 "itself$2. Meanwhile the server accepts no other client.",
     .hint = "Close this connection, and go on with tcp_accept.",
     .section = "When pthread_create fails"},
    {.id = "thread-failure-leaks",
     .scope = THREADS,
     .of = EXPECT_CLOSE | EXPECT_RESOURCES | EXPECT_MEMORY | EXPECT_COMPLAINT,
     .explains = failure_leaks,
     .sentence = "pthread_create failed$1 ($e1), and the connection of its client, descriptor $n, "
                 "was never closed.[a: The server printed no error.][b: pthread_create returns the "
                 "error number and does not set errno.]",
     .hint = "Close the connection when pthread_create has returned anything but 0.",
     .section = "When pthread_create fails"},
    {.id = "thread-failure-untold",
     .scope = THREADS,
     .of = EXPECT_COMPLAINT,
     .explains = failure_untold,
     .sentence = "pthread_create failed$1 ($e1). The $role printed no error.",
     .hint = "Compare the result with 0, and pass strerror(result) to complain_because.",
     .section = "When pthread_create fails"},
    {.id = "thread-failure-misnamed",
     .scope = THREADS,
     .of = EXPECT_COMPLAINT,
     .explains = failure_misnamed,
     .sentence =
         "pthread_create failed$1 ($e1). It returns the error number and does not set errno.",
     .hint = "Pass strerror() of the result to complain_because.",
     .section = "When pthread_create fails"},
    {.id = NULL},
};

const struct cause causes_of_thread_ends[] = {
    {.id = "thread-exits",
     .scope = THREADS,
     .explains = thread_exits,
     .sentence = "A thread called exit($a1)$1. That ends the whole process, with all its threads.",
     .hint = "Return from the thread's function instead.",
     .section = "A thread for each client"},
    {.id = "thread-failure-ends-server",
     .scope = THREADS | SERVER,
     .explains = failure_ends_server,
     .sentence = "The main thread [a:called exit$1][b:returned from main], after $c2 had failed$2 "
                 "($e2). That ends all threads, and disconnects their clients.",
     .hint = "Close this connection, and go on with tcp_accept.",
     .section = "When pthread_create fails"},
    {.id = "main-thread-ends",
     .scope = THREADS | SERVER,
     .explains = main_ends,
     .sentence = "The main thread [a:called exit$1][b:returned from main][c:, after $c2 had "
                 "failed$2 ($e2)]. That ends all threads, and disconnects their clients.",
     .hint = "Call tcp_accept in a loop without end. Return from serve only when it returns -1.",
     .section = "A thread for each client"},
    {.id = NULL},
};

const struct cause causes_of_forgotten_threads[] = {
    {.id = "threads-not-joined",
     .of = EXPECT_RESOURCES | EXPECT_TASKS,
     .explains = not_joined,
     .sentence =
         "At least $n ${n:thread has|threads have} ended that nobody has joined or detached$1. "
         "The stack of such a thread (8 MB of addresses) stays until somebody joins it. Of "
         "a detached thread nothing stays.",
     .hint = "Detach the threads that nobody joins: pthread_detach, or the attribute "
             "PTHREAD_CREATE_DETACHED.",
     .section = "Detached or joined"},
    {.id = NULL},
};
