/* Calls that cannot go well, whatever the connection is like. */
#include "grader/explain/causes/causes.h"

#include <errno.h>
#include <string.h>

/* ---- what is not written yet ---- */

static bool not_written(const struct evidence *e, struct finding *f)
{
    if (e->unwritten[0] == '\0')
        return false;
    text_harmless(&f->quote, e->unwritten, strlen(e->unwritten), sizeof e->unwritten, false);
    f->word = e->unwritten_in.start;
    f->parts = f->word != NULL ? PART('a') : 0;
    return true;
}

/* ---- numbers of bytes ---- */

static bool is_size_wrong(const struct step *step)
{
    const struct probe_event *event = &step->event;
    if (event->size < 0)
        return true;
    return group_of(step) == GROUP_RECEIVING && event->size == 0 &&
           (is_pending(step) || event->result == 0);
}

/* The first transfer of a number of bytes that cannot be right. */
static bool find_size(const struct evidence *e, struct finding *f)
{
    EACH(e, step, .how = ON_SOCKET)
    {
        f->step[1] = step;
        if (is_transfer(step) && is_size_wrong(step))
            return true;
    }
    return false;
}

static bool length_negative(const struct evidence *e, struct finding *f)
{
    return find_size(e, f) && group_of(f->step[1]) == GROUP_SENDING;
}

static bool size_largest(const struct evidence *e, struct finding *f)
{
    return find_size(e, f) && f->step[1]->event.size == -1;
}

static bool size_negative(const struct evidence *e, struct finding *f)
{
    return find_size(e, f) && f->step[1]->event.size < 0;
}

static bool size_zero_waits(const struct evidence *e, struct finding *f)
{
    return find_size(e, f) && is_pending(f->step[1]);
}

/* ---- descriptors ---- */

/* The process that STEP was done in was started by the fork that is returned; it has what its
   parent had. NULL: by none that is known. */
static const struct step *fork_of(const struct evidence *e, const struct step *step)
{
    return LAST(e, step, .call = IS(CALL_FORK), .result = IS(step->event.pid));
}

const struct step *closed_before(const struct evidence *e, const struct step *step)
{
    const struct step *fork = fork_of(e, step);
    const struct step *closed = step;
    while ((closed = LAST(e, closed, .call = IS(CALL_CLOSE), .fd = IS(step->event.fd),
                          .result = IS(0))) != NULL)
        if (closed->event.pid == step->event.pid ||
            (fork != NULL && closed < fork && closed->event.pid == fork->event.pid))
            return closed;
    return NULL;
}

/* recv on a keyboard fails; a program that goes on with read on it knew that it might. */
static bool was_tried_otherwise(const struct evidence *e, const struct step *step)
{
    return step + 1 < e->steps + e->count && step[1].event.fd == step->event.fd &&
           step[1].event.error != ENOTSOCK;
}

/* close and shutdown too often do no harm by themselves. */
static bool is_harmless(const struct evidence *e, const struct step *step)
{
    enum probe_group group = group_of(step);
    int call = step->event.call;
    if (group == GROUP_CLOSING || call == CALL_SHUTDOWN || call == CALL_DUP || call == CALL_DUP2)
        return true;
    if (step->event.error == ENOTSOCK)
        return was_tried_otherwise(e, step);
    return step->event.error == ENOTCONN && group != GROUP_RECEIVING && group != GROUP_SENDING;
}

/* The client that the test waits for was the one on the descriptor that CLOSED closes, and its
   session had met its end or a failure by then: what is done with the descriptor later is no matter
   of this client. */
static bool was_over(const struct evidence *e, const struct step *closed)
{
    const struct evidence_peer *client = peer_of(e);
    const struct step *accepted =
        LAST(e, closed, .group = GROUP_ACCEPTING, .result = IS(closed->event.fd));
    if (client == NULL || accepted == NULL || accepted->event.port != client->port)
        return false;
    const struct step *last = closed;
    do
        last = LAST(e, last, .fd = IS(closed->event.fd), .how = ON_SOCKET);
    while (last != NULL && !is_transfer(last));
    return last != NULL && last > accepted && last->event.result <= 0;
}

/* The first call on a descriptor that is closed, no socket, or the listener. In step 2 where it was
   closed before. */
static bool wrong_descriptor(const struct evidence *e, struct finding *f)
{
    EACH(e, step, .how = UNTOUCHED)
    {
        int error = step->event.error;
        if (group_of(step) == GROUP_DRIVEN) /* it has another one's error, and descriptor */
            continue;
        if ((error != EBADF && error != ENOTSOCK && error != ENOTCONN) || is_harmless(e, step))
            continue;
        f->step[1] = step;
        f->step[2] = closed_before(e, step);
        return f->step[2] == NULL || !was_over(e, f->step[2]);
    }
    return false;
}

static bool bad_descriptor(const struct evidence *e, struct finding *f)
{
    return wrong_descriptor(e, f) && f->step[1]->event.error == EBADF;
}

static bool failed_call(const struct evidence *e, struct finding *f)
{
    return bad_descriptor(e, f) && f->step[1]->event.fd == -1;
}

static bool used_after_close(const struct evidence *e, struct finding *f)
{
    return bad_descriptor(e, f) && f->step[2] != NULL;
}

static bool never_set(const struct evidence *e, struct finding *f)
{
    enum { NO_DESCRIPTOR = 1 << 20 }; /* far above those that the programs under test may have */
    return bad_descriptor(e, f) &&
           (f->step[1]->event.fd < 0 || f->step[1]->event.fd > NO_DESCRIPTOR);
}

static bool console_closed(const struct evidence *e, struct finding *f)
{
    return bad_descriptor(e, f) && f->step[1]->event.fd <= 2;
}

static bool listener_used(const struct evidence *e, struct finding *f)
{
    return wrong_descriptor(e, f) && f->step[1]->event.error == ENOTCONN;
}

static bool terminal_used(const struct evidence *e, struct finding *f)
{
    return wrong_descriptor(e, f) && f->step[1]->event.error == ENOTSOCK &&
           f->step[1]->event.fd <= 2;
}

/* A driver's serve has run its session, step 1, on the console, and not on what accept returned. */
static bool session_on_terminal(const struct evidence *e, struct finding *f)
{
    const struct step *session = f->step[1] = LAST(e, NULL, .call = IS(CALL_SESSION));
    const struct step *accepted =
        session == NULL ? NULL : LAST(e, session, .group = GROUP_ACCEPTING, .how = WENT_WELL);
    return accepted != NULL && session->event.fd <= 2 && accepted->event.result > 2;
}

/* The keyboard, received from as if it were a socket: the connection itself has been used well. */
static bool keyboard_received(const struct evidence *e, struct finding *f)
{
    if (!terminal_used(e, f) || f->step[1]->event.fd != 0 ||
        group_of(f->step[1]) != GROUP_RECEIVING)
        return false;
    const struct step *driven = LAST(e, f->step[1], .group = GROUP_DRIVEN);
    if (driven != NULL) /* the driver gave it the connection, or the keyboard itself */
        return driven->event.fd > 2 || driven->event.call == CALL_LINE_READ;
    return is_client(e)
               ? LAST(e, f->step[1], .call = IS(CALL_CONNECT), .error = IS(0)) != NULL
               : LAST(e, f->step[1], .group = GROUP_RECEIVING, .how = ON_SOCKET | MOVED) != NULL;
}

/* ---- others ---- */

/* A call that the connection is not to blame for, the first of its kind on its descriptor. */
static bool impossible(const struct evidence *e, struct finding *f)
{
    EACH(e, step, .how = UNTOUCHED | ON_SOCKET)
    {
        int error = step->event.error;
        f->step[1] = step;
        if (is_transfer(step) && (error == EINVAL || error == EFAULT || error == EOPNOTSUPP) &&
            LAST(e, step, .call = IS(step->event.call), .fd = IS(step->event.fd)) == NULL)
            return true;
    }
    return false;
}

static bool memory_error(const struct evidence *e, struct finding *f)
{
    size_t length = strlen(e->memory_error);
    text_harmless(&f->quote, e->memory_error, length, sizeof e->memory_error, false);
    return length > 0;
}

/* ---- the tables ---- */

#define ON_DESCRIPTOR "$c1 failed on descriptor $d1 ($e1)$1"

const struct cause causes_of_starters[] = {
    {.id = "not-written",
     .explains = not_written,
     .sentence = "$q is still as it was handed out. Write it[a: in $w]: the comment above it in "
                 "its header says what it has to do, and the man pages it names say how."},
    {.id = NULL},
};

const struct cause causes_of_sizes[] = {
    {.id = "length-negative",
     .explains = length_negative,
     .sentence = "$c1 was given $A1 bytes: that is $a1, the result of a call that has failed, "
                 "taken for a length$(1).",
     .hint = "Look at the result of a call before you use it as a length."},
    {.id = "size-largest",
     .explains = size_largest,
     .sentence = "$c1 was asked for $A1 bytes, the largest number there is: that is what strlen() "
                 "of an empty buffer minus one becomes. Pass the size of the buffer$(1).",
     .hint = "Pass sizeof the buffer. strlen counts what is in it."},
    {.id = "size-negative",
     .explains = size_negative,
     .sentence = "$c1 was asked for $A1 bytes: that is $a1, a negative number taken for a size. "
                 "Pass the size of the buffer$(1).",
     .hint = "Calculate how much room is left, and do not call with less than 1."},
    {.id = "size-zero-waits",
     .explains = size_zero_waits,
     .sentence = "$c1 was asked for 0 bytes: it waits, and can bring nothing. Pass the size of "
                 "the buffer, and when nothing is missing, do not call it$(1).",
     .hint = "Leave the loop when nothing is missing, before you call again."},
    {.id = "size-zero",
     .explains = find_size,
     .sentence = "$c1 was asked for 0 bytes, so it returned 0: that is not the end of the stream. "
                 "Pass the size of the buffer$(1).",
     .hint = "Calculate how much room is left, and do not call with less than 1."},
    {.id = NULL},
};

const struct cause causes_of_descriptors[] = {
    {.id = "descriptor-of-failed-call",
     .explains = failed_call,
     .sentence = ON_DESCRIPTOR ": -1 is no descriptor. It is what the call returned that should "
                               "have made one, and failed.",
     .hint = "Look at the result of each call before you use it as a descriptor."},
    {.id = "descriptor-closed-before",
     .explains = used_after_close,
     .sentence = ON_DESCRIPTOR ": it had been closed before$2.",
     .hint = "Do not use a descriptor after close(2), or close it later."},
    {.id = "descriptor-never-set",
     .explains = never_set,
     .sentence = ON_DESCRIPTOR ": no call has returned such a number. What it was taken from is "
                               "not what it should be, or was never set.",
     .hint = "Check where this number comes from: was it ever set, or has its place been "
             "overwritten or freed?"},
    {.id = "console-closed",
     .explains = console_closed,
     .sentence = ON_DESCRIPTOR ": that is the keyboard or the console, and it has been closed in "
                               "this process.",
     .hint = "Close only sockets. Descriptors 0, 1 and 2 stay open."},
    {.id = "listener-as-connection",
     .explains = listener_used,
     .sentence = ON_DESCRIPTOR ": that is the listening socket. accept returns another "
                               "descriptor, and that one carries the conversation.",
     .hint = "Receive and send on what accept has returned."},
    {.id = "recv-on-keyboard",
     .scope = LINES,
     .explains = keyboard_received,
     .sentence = "$c1 failed on descriptor 0 ($e1)$1: that is the keyboard, and $c1 is for sockets "
                 "only.",
     .hint = "Use read for what is not a socket. It works for sockets as well.",
     .section = "Taking turns"},
    {.id = "terminal-as-connection",
     .scope = NO_THREADS,
     .explains = terminal_used,
     .sentence = ON_DESCRIPTOR ": that is the terminal, not the connection. It looks as if the "
                               "result of socket, accept or connect was compared before it was "
                               "stored.",
     .hint = "Store the result first, and then compare it: `(fd = accept(...)) == -1`, with these "
             "parentheses."},
    {.id = "terminal-as-connection",
     .scope = NO_THREADS,
     .explains = session_on_terminal,
     .sentence = "The session was called with descriptor $d1: that is the terminal, not the "
                 "connection. It looks as if the result of accept was compared before it was "
                 "stored.",
     .hint = "Store the result first, and then compare it: `(fd = accept(...)) == -1`, with these "
             "parentheses."},
    {.id = "descriptor-wrong",
     .explains = wrong_descriptor,
     .sentence = ON_DESCRIPTOR ".",
     .hint =
         "Check where this number comes from: was it ever set, or has its place been overwritten?"},
    {.id = NULL},
};

const struct cause causes_of_memory[] = {
    {.id = "memory-error",
     .explains = memory_error,
     .sentence = "Before that, valgrind had found an error in the use of memory: $q.",
     .hint = "Mend what valgrind has found first. The line is where the memory was used wrongly."},
    {.id = NULL},
};

const struct cause causes_of_arguments[] = {
    {.id = "arguments-impossible",
     .explains = impossible,
     .sentence = "$c1 failed with $E1 ($e1)$1: that is about its arguments, not about the "
                 "connection. They are the descriptor, the buffer, its size, and the flags, which "
                 "are 0 or names such as MSG_NOSIGNAL.",
     .hint = "Compare each argument with the man page of the call."},
    {.id = NULL},
};
