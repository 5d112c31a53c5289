/* Datagrams: what a client asks, and how it waits and tries again. */
#include "grader/explain/causes/causes.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* ---- the question ---- */

/* It sends to the server's port with the two bytes the other way round. */
static bool port_swapped(const struct evidence *e, struct finding *f)
{
    const struct evidence_peer *server = peer_of(e);
    f->n = server == NULL ? 0 : server->port;
    EACH(e, step, .how = 0)
    {
        bool asks = step->event.call == CALL_CONNECT ||
                    LIKE(e, step, .group = GROUP_SENDING, .how = ON_SOCKET);
        f->step[1] = step;
        if (server != NULL && asks && step->event.port != 0 && step->event.port != server->port &&
            ntohs((uint16_t)step->event.port) == server->port)
            return true;
    }
    return false;
}

/* Its last try was more than fits. */
static bool too_long(const struct evidence *e, struct finding *f)
{
    f->step[1] = LAST(e, NULL, .group = GROUP_SENDING, .how = ON_SOCKET);
    return f->step[1] != NULL && f->step[1]->event.error == EMSGSIZE;
}

/* The question has come, and behind it the byte that ends a string. */
static bool terminator(const struct evidence *e, struct finding *f)
{
    size_t length = e->data.length;
    (void)f;
    return length > 0 && e->back.length == length + 1 &&
           memcmp(e->back.start, e->data.start, length) == 0 && e->back.start[length] == '\0';
}

/* What has come is the same words as should have, behind other digits than $m: none (part a), or $n
   (part b). */
static bool number_wrong(const struct evidence *e, struct finding *f)
{
    const char *space = e->data.length == 0 ? NULL : memchr(e->data.start, ' ', e->data.length);
    if (space == NULL || !e->has_back || e->back.length == 0)
        return false;
    size_t head = (size_t)(space - e->data.start) + 1;
    size_t words = e->data.length - head;
    size_t digits = 0;
    while (digits < e->back.length && isdigit((unsigned char)e->back.start[digits]))
        digits++;
    bool numbered = digits > 0 && digits < e->back.length && e->back.start[digits] == ' ';
    size_t before = numbered ? digits + 1 : 0;
    f->parts = numbered ? PART('b') : PART('a');
    f->m = strtoll(e->data.start, NULL, 10);
    f->n = numbered ? strtoll(e->back.start, NULL, 10) : 0;
    return (numbered ? f->n != f->m : words > 0) && e->back.length == before + words &&
           memcmp(e->back.start + before, space + 1, words) == 0;
}

static bool many_sockets(const struct evidence *e, struct finding *f)
{
    f->n = (long long)COUNT(e, .call = IS(CALL_SOCKET), .how = WENT_WELL);
    f->step[1] = LAST(e, NULL, .call = IS(CALL_SOCKET));
    return f->n >= 2;
}

static bool given_up_unasked(const struct evidence *e, struct finding *f)
{
    (void)f;
    return e->program.ended && has_words(&e->program.complained, "no answer") &&
           FIRST(e, NULL, .group = GROUP_SENDING, .how = ON_SOCKET) == NULL;
}

/* Its keyboard is open, and an alarm has taken it for closed. */
static bool alarm_left_on(const struct evidence *e, struct finding *f)
{
    bool alarm = FIRST(e, NULL, .call = IS(CALL_SIGACTION), .given = IS(SIGALRM)) != NULL ||
                 FIRST(e, NULL, .call = IS(CALL_SIGNAL), .given = IS(SIGALRM)) != NULL;
    f->step[1] = last_of_both(e);
    return alarm && has_exited(e) && WEXITSTATUS(e->program.status) == 0 &&
           e->program.keyboard_open && f->step[1] != NULL && has_moved(f->step[1], GROUP_RECEIVING);
}

/* ---- waiting for the answer ---- */

/* setsockopt(SO_RCVTIMEO) has failed, so there is no limit. */
static bool timeout_not_set(const struct evidence *e, struct finding *f)
{
    f->step[1] = FIRST(e, NULL, .call = IS(CALL_SETSOCKOPT), .given = IS(SO_RCVTIMEO),
                       .how = FAILED_WITH_ERRNO);
    if (f->step[1] == NULL)
        return false;
    f->parts = f->step[1]->event.error == EDOM ? PART('a') : 0;
    return true;
}

/* The server's datagram has been there for long, and select does not see it. */
static bool not_watched(const struct evidence *e, struct finding *f)
{
    enum { LONG = 100 * 1000 * 1000 /* ns */ };
    const struct evidence_peer *server = peer_of(e);
    const struct step *received = last_moved(e, GROUP_RECEIVING);
    const struct step *step = f->step[1] = LAST(e, NULL, .group = GROUP_WAITING);
    return server != NULL && server->datagram != 0 && e->now >= server->datagram + LONG &&
           step != NULL && is_pending(step) &&
           (step->event.call == CALL_SELECT || step->event.call == CALL_PSELECT) &&
           (received == NULL || received->event.ended <= server->datagram);
}

/* A wait that ended because its time was over. */
static bool has_timed_out(const struct step *step)
{
    enum { LONG_ENOUGH = 1000000 /* ns */ };
    const struct probe_event *event = &step->event;
    if (is_pending(step) || event->ended - event->begun <= LONG_ENOUGH)
        return false; /* it only looks whether something is there */
    if (group_of(step) == GROUP_WAITING)
        return event->result == 0;
    return event->is_socket && group_of(step) == GROUP_RECEIVING && event->error == EAGAIN;
}

static bool not_asked_again(const struct evidence *e, struct finding *f)
{
    const struct step *step = last_moved(e, GROUP_SENDING);
    while ((step = FIRST(e, step, .how = RETURNED)) != NULL)
        if (has_timed_out(step)) {
            f->step[1] = step;
            f->n++;
        }
    return f->n >= 2;
}

static bool no_limit(const struct evidence *e, struct finding *f)
{
    const struct step *step = NULL;
    if (e->program.ended || !has_stalled(e) || e->program.timed)
        return false;
    f->step[2] = LAST(e, NULL, .call = IS(CALL_SETSOCKOPT), .given = IS(SO_RCVTIMEO));
    while ((step = LAST(e, step, .how = PENDING)) != NULL) {
        f->step[1] = step;
        if (LIKE(e, step, .group = GROUP_RECEIVING, .how = ON_SOCKET) ||
            (group_of(step) == GROUP_WAITING && step->event.timeout < 0))
            return true;
    }
    return false;
}

/* SO_RCVTIMEO was set, and there is no limit all the same. */
static bool limit_of_zero(const struct evidence *e, struct finding *f)
{
    return no_limit(e, f) && f->step[2] != NULL;
}

/* ---- tries without a wait ---- */

/* The last step before END that sends a question, or tries to; NULL: none, or an answer came. */
static const struct step *try_before(const struct evidence *e, const struct step *end)
{
    const struct step *step = end;
    while ((step = LAST(e, step, .how = ON_SOCKET)) != NULL)
        if (has_moved(step, GROUP_RECEIVING))
            return NULL;
        else if (group_of(step) == GROUP_SENDING &&
                 (step->event.error == 0 || step->event.error == ECONNREFUSED))
            return step;
    return NULL;
}

/* What waited first, or should have, between two tries; NULL: nothing. */
static const struct step *wait_between(const struct step *before, const struct step *after)
{
    for (const struct step *step = before + 1; step < after; step++)
        if (group_of(step) == GROUP_WAITING ||
            (step->event.is_socket && group_of(step) == GROUP_RECEIVING))
            return step;
    return NULL;
}

/* The same question has left, or met a refusal, at both steps, without a wait between them. */
static bool is_hasty(const struct step *before, const struct step *again)
{
    enum {
        AT_ONCE = 1000 * 1000, /* ns: no test lets a client wait for less than two of these */
        SOON = 10 * AT_ONCE    /* on a busy machine, two calls without another in between */
    };
    const struct step *wait = wait_between(before, again);
    bool has_no_time = wait != NULL && wait->event.result == 0 && wait->event.timeout == 0 &&
                       (wait->event.call == CALL_POLL || wait->event.call == CALL_EPOLL_WAIT);
    return again->event.size == before->event.size &&
           (has_no_time ||
            again->event.begun - before->event.ended < (wait == NULL ? SOON : AT_ONCE));
}

/* Tries in a row without a wait between them; when the client has given up, two will do. Step 1 is
   the last try, and step 2 what should have waited before it; NULL: nothing. */
static bool hasty(const struct evidence *e, struct finding *f)
{
    enum { MANY = 3 };
    const struct step *step = f->step[1] = try_before(e, NULL);
    size_t times = 0;
    for (const struct step *before; step != NULL; step = before) {
        before = try_before(e, step);
        if (before == NULL || !is_hasty(before, step))
            break;
        f->step[2] = times++ == 0 ? wait_between(before, step) : f->step[2];
    }
    return times > 0 && (times >= MANY || e->program.ended);
}

static bool nothing_waits(const struct evidence *e, struct finding *f)
{
    return hasty(e, f) && f->step[2] == NULL;
}

static bool wait_fails(const struct evidence *e, struct finding *f)
{
    return hasty(e, f) && f->step[2] != NULL && f->step[2]->event.error != 0 &&
           f->step[2]->event.error != EAGAIN;
}

static bool select_not_set(const struct evidence *e, struct finding *f)
{
    return hasty(e, f) && f->step[2] != NULL && f->step[2]->event.call == CALL_SELECT;
}

static bool wait_of_zero(const struct evidence *e, struct finding *f)
{
    return hasty(e, f) && f->step[2] != NULL;
}

/* ---- the table ---- */

#define AT_ONCE_AGAIN "The question was sent again at once$1: "
#define NO_LIMIT                                                                                   \
    "The client waits in $c1$1, without a limit of time. If a datagram is lost, it waits there "   \
    "for ever."

const struct cause causes_of_tries[] = {
    {.id = "question-port-swapped",
     .scope = CLIENT,
     .explains = port_swapped,
     .sentence = "The server is at port $n, and the client asks at port $o1: the same two bytes "
                 "the other way round. htons() is missing, or is there twice$1.",
     .hint = "Convert the port exactly once. getaddrinfo has done it already.",
     .section = "No connection at all"},
    {.id = "question-too-long",
     .scope = CLIENT,
     .explains = too_long,
     .sentence = "$c1 failed with EMSGSIZE$1: more than 65,507 bytes do not fit into a datagram. "
                 "To wait and to try again does not help.",
     .hint = "After EMSGSIZE, complain, and return -1 at once.",
     .section = "When a datagram is too long"},
    {.id = "question-terminator",
     .scope = CLIENT,
     .explains = terminator,
     .sentence =
         "The terminator was sent: the zero that ends a string in C is no part of the question.",
     .hint = "Send the number, the space and the bytes of the question, and no more.",
     .section = "A datagram is a message"},
    {.id = "question-number-wrong",
     .scope = CLIENT,
     .explains = number_wrong,
     .sentence =
         "The question was sent [a:without its number][b:with the number $n]. Its number is "
         "$m, and comes before the question, with a space between them.",
     .hint = "Send digits, a space and the question as one datagram. The first question has number "
             "1, and each later one a number higher by 1. All tries of a question have the same.",
     .section = "Numbers against late answers"},
    {.id = "timeout-not-set",
     .scope = CLIENT,
     .explains = timeout_not_set,
     .sentence = "$c1 failed with $E1 ($e1)$1, so there is no limit to the wait. SO_RCVTIMEO "
                 "takes a struct timeval[a:, with less than 1,000,000 in tv_usec].",
     .hint = "Set tv_sec to the whole seconds, and tv_usec to the rest in microseconds.",
     .section = "How long to wait"},
    {.id = "socket-for-each-try",
     .scope = CLIENT,
     .explains = many_sockets,
     .sentence = "The client has opened $n sockets$1. Each has a port of its own, and an answer to "
                 "the first does not come to the second.",
     .hint = "Open one socket in udp_open, and use it for all tries and questions.",
     .section = "Numbers against late answers"},
    {.id = "question-given-up-unasked",
     .scope = CLIENT,
     .explains = given_up_unasked,
     .sentence = "udp_ask has given up without having sent anything. Has udp_open stored tries "
                 "and wait_ms in the client's struct?",
     .hint = "Store tries and wait_ms in udp_open, and begin with a try, whatever came before.",
     .section = "Giving up"},
    {.id = "alarm-left-on",
     .scope = CLIENT,
     .explains = alarm_left_on,
     .sentence = "The answer had come$1, and later SIGALRM interrupted reading from the keyboard.",
     .hint = "Switch the timer off when the answer has come: alarm(0).",
     .section = "How long to wait"},
    {.id = "answer-not-watched",
     .scope = CLIENT,
     .explains = not_watched,
     .sentence = "The client waits in $c1$1, although a datagram has come. Its first argument is "
                 "the highest descriptor plus one, and the set has to hold the socket at each "
                 "call.",
     .hint = "Set all arguments of select anew before each call.",
     .section = "How long to wait"},
    {.id = "tries-without-wait",
     .scope = CLIENT,
     .explains = nothing_waits,
     .sentence = AT_ONCE_AGAIN "nothing waits in between.",
     .hint = "After each try, compute a new deadline, and wait for an answer until then.",
     .section = "How long to wait"},
    {.id = "wait-fails",
     .scope = CLIENT,
     .explains = wait_fails,
     .sentence = AT_ONCE_AGAIN "$c2 had not waited$2, but failed with $E2.",
     .hint = "Compare the arguments of the call that waits with its man page.",
     .section = "How long to wait"},
    {.id = "select-not-set-anew",
     .scope = CLIENT,
     .explains = select_not_set,
     .sentence = AT_ONCE_AGAIN
     "$c2 had not waited$2. Was its time-out 0? select changes its timeval and its sets.",
     .hint = "Set the sets and the time-out of select anew before each call.",
     .section = "How long to wait"},
    {.id = "wait-of-zero",
     .scope = CLIENT,
     .explains = wait_of_zero,
     .sentence = AT_ONCE_AGAIN "$c2 had not waited$2. Was its time-out 0, or less?",
     .hint = "Check the unit of the time-out, and the type in which it is calculated.",
     .section = "How long to wait"},
    {.id = "question-not-sent-again",
     .scope = CLIENT,
     .explains = not_asked_again,
     .sentence = "$c1 ended $n times because its time was over$1, and nothing was sent in between. "
                 "Waiting longer does not bring a lost datagram back.",
     .hint = "Send the same datagram again each time the wait is over.",
     .section = "Nobody tells you about a loss"},
    {.id = "wait-limit-of-zero",
     .scope = CLIENT,
     .explains = limit_of_zero,
     .sentence = NO_LIMIT " SO_RCVTIMEO was set$2, to 0, and that means no limit.",
     .hint = "Set tv_sec to the whole seconds, and tv_usec to the rest in microseconds.",
     .section = "How long to wait"},
    {.id = "wait-without-limit",
     .scope = CLIENT,
     .explains = no_limit,
     .sentence = NO_LIMIT,
     .hint = "Limit the wait: poll or select with a time-out, or SO_RCVTIMEO.",
     .section = "How long to wait"},
    {.id = NULL},
};
