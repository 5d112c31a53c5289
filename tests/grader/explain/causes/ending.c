/* How a server ends that should go on, and how a connection does. */
#include "grader/explain/causes/causes.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* ---- a server that ends by itself ---- */

/* The given main closes the listener as soon as serve() has returned. */
static bool is_of_main(const struct step *step)
{
    return is_in(step, "server.c");
}

/* After these, a server is right to end. */
static bool is_of_the_listener(const struct step *failed)
{
    int error = failed->event.error;
    return group_of(failed) == GROUP_ACCEPTING &&
           (error == EBADF || error == EINVAL || error == ENOTSOCK || error == EOPNOTSUPP);
}

/* The last call of the first process before it left serve() is step 2, and step 1 the last one that
   failed, if nothing has gone well after it. Part a: it has left; part b: or just ended. */
static bool server_ends(const struct evidence *e, struct finding *f)
{
    bool left = false;
    EACH(e, step, .how = IN_FIRST | OUTSIDE_CONSOLE | RETURNED)
    {
        enum probe_group group = group_of(step);
        if (is_of_main(step)) {
            left = left || step->event.call == CALL_CLOSE;
            continue;
        }
        f->step[2] = step;
        if (group == GROUP_ACCEPTING || group == GROUP_RECEIVING || group == GROUP_SENDING ||
            group == GROUP_FORKING || group == GROUP_THREADING)
            f->step[1] = step->event.error != 0 ? step : NULL;
    }
    f->parts = left ? PART('a') : PART('b');
    return f->step[2] != NULL && !e->program.terminated && (e->program.ended || left) &&
           LAST(e, NULL, .group = GROUP_ACCEPTING) != NULL &&
           (f->step[1] == NULL || !is_of_the_listener(f->step[1]));
}

/* It was in the middle of a send when it ended: a handler of a signal has ended it. */
static bool handler_ends(const struct evidence *e, struct finding *f)
{
    if (!server_ends(e, f) || f->parts != PART('b'))
        return false;
    f->step[1] = LAST(e, NULL, .how = IN_FIRST | OUTSIDE_CONSOLE);
    return e->program.ended && LIKE(e, f->step[1], .group = GROUP_SENDING, .how = PENDING);
}

static bool failure_ends(const struct evidence *e, struct finding *f)
{
    return server_ends(e, f) && f->step[1] != NULL;
}

static bool failure_of_group_ends(const struct evidence *e, struct finding *f,
                                  enum probe_group group)
{
    return failure_ends(e, f) && group_of(f->step[1]) == group;
}

static bool session_failure_ends(const struct evidence *e, struct finding *f)
{
    return failure_ends(e, f) &&
           (group_of(f->step[1]) == GROUP_RECEIVING || group_of(f->step[1]) == GROUP_SENDING);
}

static bool fork_failure_ends(const struct evidence *e, struct finding *f)
{
    return failure_of_group_ends(e, f, GROUP_FORKING);
}

static bool thread_failure_ends(const struct evidence *e, struct finding *f)
{
    return failure_of_group_ends(e, f, GROUP_THREADING);
}

static bool accept_failure_ends(const struct evidence *e, struct finding *f, int error)
{
    return failure_of_group_ends(e, f, GROUP_ACCEPTING) && f->step[1]->event.error == error;
}

static bool interruption_ends(const struct evidence *e, struct finding *f)
{
    return accept_failure_ends(e, f, EINTR);
}

static bool aborted_connection_ends(const struct evidence *e, struct finding *f)
{
    return accept_failure_ends(e, f, ECONNABORTED);
}

static bool shortage_ends(const struct evidence *e, struct finding *f)
{
    static const int errors[] = {EMFILE, ENFILE, ENOBUFS, ENOMEM};
    if (!failure_of_group_ends(e, f, GROUP_ACCEPTING))
        return false;
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
        if (f->step[1]->event.error == errors[i])
            return true;
    return false;
}

/* Part c: the last call is a receive. */
static bool ends_without_failure(const struct evidence *e, struct finding *f)
{
    if (!server_ends(e, f))
        return false;
    f->parts |= group_of(f->step[2]) == GROUP_RECEIVING ? PART('c') : 0;
    return true;
}

static bool exit_ends(const struct evidence *e, struct finding *f)
{
    return ends_without_failure(e, f) && f->step[2]->event.call == CALL_EXIT;
}

static bool child_ends(const struct evidence *e, struct finding *f)
{
    return ends_without_failure(e, f) && group_of(f->step[2]) == GROUP_REAPING;
}

/* The last call has found no child. */
static bool no_child_ends(const struct evidence *e, struct finding *f)
{
    return child_ends(e, f) && f->step[2]->event.error == ECHILD;
}

static bool serve_returns(const struct evidence *e, struct finding *f)
{
    return ends_without_failure(e, f) && (f->parts & PART('a')) != 0;
}

/* ---- a connection that ends ---- */

static bool shut_down_before(const struct evidence *e, struct finding *f)
{
    const struct step *shut = NULL;
    while ((shut = LAST(e, shut, .call = IS(CALL_SHUTDOWN), .error = IS(0))) != NULL) {
        const struct step *step = shut;
        bool reads = shut->event.how != SHUT_WR;
        bool writes = shut->event.how != SHUT_RD;
        f->step[2] = shut;
        while ((step = query_next(e, step)) != NULL && step->event.call != CALL_CLOSE) {
            bool sends = writes && step->event.error == EPIPE && !step->event.faulted;
            bool ends = reads && group_of(step) == GROUP_RECEIVING && !is_pending(step) &&
                        step->event.result == 0;
            f->step[1] = step;
            if (step->event.fd == shut->event.fd && (sends || ends))
                return true;
        }
    }
    return false;
}

/* SO_LINGER with a time of 0 turns every close into a reset. */
static bool linger_resets(const struct evidence *e, struct finding *f)
{
    const struct evidence_peer *client = peer_of(e);
    const struct step *step = NULL;
    while ((step = LAST(e, step, .call = IS(CALL_SETSOCKOPT), .given = IS(SO_LINGER),
                        .result = IS(0))) != NULL) {
        f->step[1] = step;
        if (step->event.address != 0)
            return client != NULL && client->reset;
    }
    return false;
}

/* The last step on the same descriptor and in the same process before CLOSING: the accept that made
   it, or a receive, or a send that failed. NULL if there is none. */
static const struct step *before_closing(const struct evidence *e, const struct step *closing)
{
    const struct step *step = closing;
    while ((step = LAST(e, step, .pid = IS(closing->event.pid))) != NULL) {
        enum probe_group group = group_of(step);
        if (group == GROUP_ACCEPTING && step->event.result == closing->event.fd)
            return step;
        if (step->event.fd == closing->event.fd &&
            (group == GROUP_RECEIVING ||
             LIKE(e, step, .group = GROUP_SENDING, .how = FAILED_WITH_ERRNO)))
            return step;
    }
    return NULL;
}

/* The session of a client that had not left was ended; nothing has failed. Step 2 came last before:
   the accept (part a), or a receive that brought something (part b). $n bytes were unread (part c).
   A server closes too early (part d); in a driver the function that step 3 is returns too early
   (part e). */
static bool session_cut_short(const struct evidence *e, struct finding *f)
{
    const struct evidence_peer *client = peer_of(e);
    const struct step *step = NULL;
    f->step[3] = is_server(e) ? NULL : LAST(e, NULL, .call = IS(CALL_ECHO_SESSION));
    if (!is_server(e) && f->step[3] == NULL)
        return false; /* a driver of something else */
    do
        step = LAST(e, step, .call = IS(CALL_CLOSE), .how = ON_SOCKET);
    while (step != NULL && is_of_main(step));
    if (client == NULL || !(client->finished || client->reset) || step == NULL)
        return false;
    f->step[1] = step;
    f->step[2] = before_closing(e, step);
    if (f->step[2] == NULL || f->step[2]->event.result <= 0 || has_gap(f->step[2], step) ||
        FIRST(e, f->step[2], .group = GROUP_THREADING, .how = IN_ERROR) != NULL)
        return false; /* without a thread there is no session to go on */
    f->n = step->event.unread;
    f->parts = (group_of(f->step[2]) == GROUP_ACCEPTING ? PART('a') : PART('b')) |
               (f->n > 0 ? PART('c') : 0) | (is_server(e) ? PART('d') : PART('e'));
    return true;
}

/* Where another process still has the connection, nothing happens to it. */
static bool closed_unread(const struct evidence *e, struct finding *f)
{
    const struct evidence_peer *client = peer_of(e);
    const struct step *step = NULL;
    if (has_forked(e) && (client == NULL || !client->reset))
        return false;
    while ((step = LAST(e, step, .call = IS(CALL_CLOSE))) != NULL) {
        f->step[1] = step;
        f->n = step->event.unread;
        if (f->n != 0 && !trace_has_forked(e->steps, e->count, step->event.pid))
            return true;
    }
    return false;
}

/* EINTR was taken for the end of the connection. */
static bool interruption_taken_for_end(const struct evidence *e, struct finding *f)
{
    const struct step *step = NULL;
    while ((step = LAST(e, step, .error = IS(EINTR), .how = ON_SOCKET)) != NULL) {
        const struct step *next = query_next(e, step);
        f->step[1] = step;
        f->step[2] = next;
        if (is_transfer(step) && next != NULL &&
            LIKE(e, next, .call = IS(CALL_CLOSE), .fd = IS(step->event.fd)))
            return true;
    }
    return false;
}

/* The last transfer was told not to wait, or not for ever, and what it said was taken for an end.
   In part a or b what was missing. */
static bool impatience_taken_for_end(const struct evidence *e, struct finding *f)
{
    const struct step *step = NULL;
    do
        step = LAST(e, step, .how = ON_SOCKET);
    while (step != NULL && !is_transfer(step));
    if (step == NULL || step->event.error != EAGAIN || step->event.faulted)
        return false;
    const struct step *next = query_next(e, step);
    f->step[1] = step;
    f->parts = group_of(step) == GROUP_SENDING ? PART('a') : PART('b');
    return e->program.ended ||
           (next != NULL && LIKE(e, next, .call = IS(CALL_CLOSE), .fd = IS(step->event.fd)));
}

static bool timeout_taken_for_end(const struct evidence *e, struct finding *f)
{
    return e->program.timed && impatience_taken_for_end(e, f);
}

/* ---- what is never closed, or twice ---- */

/* STEP was the end of its client: is its descriptor closed, or used again, afterwards? */
static bool is_closed_after(const struct evidence *e, const struct step *step)
{
    return FIRST(e, step, .call = IS(CALL_CLOSE), .fd = IS(step->event.fd)) != NULL ||
           FIRST(e, step, .group = GROUP_ACCEPTING, .result = IS(step->event.fd)) != NULL;
}

static bool is_open_socket(const struct evidence *e, int fd)
{
    for (size_t i = 0; i < e->socket_count; i++)
        if (e->sockets[i] == fd)
            return true;
    return false;
}

static bool left_open(const struct evidence *e, struct finding *f)
{
    /* Or else the last line is being answered. */
    if (!runs_serve(e) || e->program.ended || (e->dialogue.in_lines && e->program.reads_keyboard))
        return false;
    /* A thread that waits for a lock may still close it; under valgrind nobody sees that. */
    bool held_up = has_threads(e) && (e->program.under_valgrind || e->lock_count > 0);
    EACH(e, step, .group = GROUP_RECEIVING, .result = IS(0), .how = ON_SOCKET | RETURNED)
    {
        f->step[1] = step;
        if (step->event.size != 0 && !is_closed_after(e, step) &&
            !thread_is_held(e, step->event.tid) && !held_up && is_open_socket(e, step->event.fd))
            return true;
    }
    return false;
}

/* A copy of a connection, which nobody uses and nobody has closed. Where connections must have
   ended, the connection itself has been closed. */
static bool copy_left_open(const struct evidence *e, struct finding *f)
{
    EACH(e, step, .call = IS(CALL_DUP), .how = ON_SOCKET | MOVED)
    {
        int copy = (int)step->event.result;
        f->step[1] = step;
        f->n = copy;
        if (is_open_socket(e, copy) &&
            FIRST(e, step, .call = IS(CALL_CLOSE), .fd = IS(copy)) == NULL &&
            FIRST(e, step, .fd = IS(copy), .how = PENDING) == NULL &&
            (e->expected == EXPECT_RESOURCES || is_closed_after(e, step)))
            return true;
    }
    return false;
}

static bool closed_twice(const struct evidence *e, struct finding *f)
{
    EACH(e, step, .call = IS(CALL_CLOSE), .error = IS(EBADF))
    {
        f->step[1] = closed_before(e, step);
        f->step[2] = step;
        if (f->step[1] != NULL && !is_of_main(step))
            return true;
    }
    return false;
}

/* ---- the tables ---- */

#define ENDS "[a:serve() has returned, and so the server has ended][b:The server has ended]"
#define FAILURE_ENDS ENDS ", because $c1 failed with $E1 ($e1)$1."
#define LAST_CALL ENDS ". The last call before that was $c2$2[c:, which returned $r2]"

const struct cause causes_of_copies[] = {
    {.id = "copy-left-open",
     .scope = NO_FORKS,
     .of = EXPECT_CLOSE | EXPECT_RESOURCES | EXPECT_CONSOLE,
     .explains = copy_left_open,
     .sentence = "Descriptor $n is a copy that dup made of descriptor $d1$1, and no close(2) "
                 "followed. The connection stays open until its last descriptor is closed.",
     .hint = "Close each copy too. fclose does it for a stream that fdopen has opened.",
     .section = "Who closes what"},
    {.id = NULL},
};

const struct cause causes_of_impatience[] = {
    {.id = "timeout-taken-for-end",
     .explains = timeout_taken_for_end,
     .sentence = "$c1 failed with $E1 ($e1)$1: [a:there is no room now][b:nothing has come yet], "
                 "and a time-out that was set has passed. That is no end, and no fault of the "
                 "connection.",
     .hint = "Set no time-out on a connection: recv waits for as long as it takes."},
    {.id = "impatience-taken-for-end",
     .explains = impatience_taken_for_end,
     .sentence = "$c1 failed with $E1 ($e1)$1: [a:there is no room now][b:nothing has come yet], "
                 "and it was told not to wait (MSG_DONTWAIT, O_NONBLOCK). That is no end, and no "
                 "fault of the connection.",
     .hint =
         "Wait until the call can go on: leave O_NONBLOCK and MSG_DONTWAIT out, or use poll(2)."},
    {.id = NULL},
};

const struct cause causes_of_server_ends[] = {
    {.id = "sigpipe-handler-ends-server",
     .scope = SERVER,
     .explains = handler_ends,
     .sentence = "The server has ended in the middle of $c1$1. The client had gone, and that "
                 "raises SIGPIPE: it looks as if a handler for it ended the program.",
     .hint = "Send with MSG_NOSIGNAL, or ignore SIGPIPE. Then send fails with EPIPE."},
    {.id = "session-failure-ends-server",
     .scope = SERVER,
     .explains = session_failure_ends,
     .sentence = FAILURE_ENDS " That concerns one client: its session ends, and the server goes "
                              "on.",
     .hint = "Let the session return -1, and go on with tcp_accept."},
    {.id = "fork-failure-ends-server",
     .scope = SERVER,
     .explains = fork_failure_ends,
     .sentence = FAILURE_ENDS " Then there is no child: let this client go, and accept the next.",
     .hint = "Complain, close this connection, and go on with tcp_accept."},
    {.id = "thread-failure-ends-server",
     .scope = SERVER,
     .explains = thread_failure_ends,
     .sentence = FAILURE_ENDS " Then there is no thread: let this client go, and accept the next.",
     .hint = "Close this connection, and go on with tcp_accept.",
     .section = "When pthread_create fails"},
    {.id = "accept-interruption-ends-server",
     .scope = SERVER,
     .explains = interruption_ends,
     .sentence = FAILURE_ENDS " A signal had come; the listener is sound: accept again.",
     .hint = "After EINTR, call accept again."},
    {.id = "aborted-connection-ends-server",
     .scope = SERVER,
     .explains = aborted_connection_ends,
     .sentence = FAILURE_ENDS " One client has gone; the listener is sound: accept the next.",
     .hint = "After ECONNABORTED, call accept again."},
    {.id = "shortage-ends-server",
     .scope = SERVER,
     .explains = shortage_ends,
     .sentence = FAILURE_ENDS " That passes: wait a moment, and accept again.",
     .hint = "Pause for a moment, and call accept again."},
    {.id = "failure-ends-server",
     .scope = SERVER,
     .explains = failure_ends,
     .sentence = FAILURE_ENDS,
     .hint = "Look at what the program does when this call returns -1."},
    {.id = "no-child-ends-server",
     .scope = SERVER,
     .explains = no_child_ends,
     .sentence = ENDS ", after $c2 failed with ECHILD$2. ECHILD only means that there are no "
                      "children to reap. The server must go on.",
     .hint = "End the loop of waitpid when it returns 0 or -1, and go on with tcp_accept.",
     .section = "Signals merge"},
    {.id = "child-ends-server",
     .scope = SERVER,
     .explains = child_ends,
     .sentence = LAST_CALL ". The server must go on, however a child has ended.",
     .hint = "Do not end serve because of what waitpid says about a child.",
     .section = "A child must end"},
    {.id = "serve-returns",
     .scope = SERVER,
     .explains = serve_returns,
     .sentence = LAST_CALL ". After each client serve goes back to accept, whatever became of "
                           "it.",
     .hint = "Call tcp_accept in a loop without end. Return from serve only when it returns -1."},
    {.id = "session-ends-server",
     .scope = SERVER,
     .explains = exit_ends,
     .sentence = LAST_CALL ". A session returns when its client has left; it never calls exit().",
     .hint = "Return from the session instead of ending the program."},
    {.id = NULL},
};

const struct cause causes_of_resets[] = {
    {.id = "shutdown-then-used",
     .explains = shut_down_before,
     .sentence = "$c1 returned $r1$1, because the $role itself had ended that direction with "
                 "shutdown$2. SHUT_WR means: I send no more. SHUT_RD: I receive no more.",
     .hint = "Shut down only the direction that is finished, or none."},
    {.id = "linger-resets",
     .explains = linger_resets,
     .sentence = "SO_LINGER was set$1: with l_linger 0, close(2) resets the connection, and what "
                 "was on its way is lost.",
     .hint = "Leave SO_LINGER out. close(2) then sends what is left."},
    {.id = NULL},
};

const struct cause causes_of_interruption[] = {
    {.id = "interruption-taken-for-end",
     .explains = interruption_taken_for_end,
     .sentence = "$c1 failed with $E1 ($e1)$1, and the connection was closed$2. A signal had "
                 "come, and nothing else has happened: make the call again.",
     .hint = "After EINTR, make the same call again."},
    {.id = NULL},
};

/* In conversations of lines, and for a client that has its echo, that may be right. */
const struct cause causes_of_closing[] = {
    {.id = "session-cut-short",
     .scope = BYTES | NO_FORKS,
     .explains = session_cut_short,
     .sentence = "[d:The connection was closed too early$1][e:$c3 returned too early]: its client "
                 "had not left, and [a:nothing was received on it][b:$c2 had returned $r2$2]. A "
                 "session goes on until recv returns 0.[c: ($n ${n:byte|bytes} had arrived that "
                 "nobody had read: TCP tells the other side so with a reset.)]",
     .hint =
         "Call recv again after each answer, until it returns 0: then the client has left. Close "
         "the connection only then."},
    {.id = "session-cut-short",
     .scope = SERVER | BYTES,
     .explains = closed_unread,
     .sentence = "The connection was closed too early$1: $n ${n:byte|bytes} had arrived that "
                 "nobody had read. TCP tells the other side so with a reset.",
     .hint =
         "Call recv again after each answer, until it returns 0: then the client has left. Close "
         "the connection only then."},
    {.id = "connection-left-open",
     .scope = NO_FORKS,
     .of = EXPECT_CLOSE | EXPECT_RESOURCES | EXPECT_CONNECT,
     .explains = left_open,
     .sentence = "Descriptor $d1 is still open. $c1 returned 0 on it$1, and no close(2) followed.",
     .hint = "Close the connection when its session has returned.",
     .section = "Who closes what"},
    {.id = "closed-twice",
     .explains = closed_twice,
     .sentence = "Descriptor $d2 was closed twice$1, and then again$2. If somebody else has got "
                 "the number in between, it is theirs that is closed.",
     .hint = "Close each descriptor in one place only."},
    {.id = NULL},
};
