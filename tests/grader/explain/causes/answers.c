/* Datagrams: what the server answers, and to whom. */
#include "grader/explain/causes/causes.h"

#include <errno.h>

/* What its thread received last before SENT. */
static const struct step *received_before(const struct evidence *e, const struct step *sent)
{
    return LAST(e, sent, .group = GROUP_RECEIVING, .tid = IS(sent->event.tid),
                .how = ON_SOCKET | WENT_WELL);
}

/* The last answer of which both ports are known. */
static bool answer_to_other(const struct evidence *e, struct finding *f)
{
    const struct step *sent = NULL;
    while ((sent = LAST(e, sent, .group = GROUP_SENDING, .how = ON_SOCKET | WENT_WELL)) != NULL) {
        f->step[1] = received_before(e, sent);
        f->step[2] = sent;
        if (f->step[1] != NULL && f->step[1]->event.port != 0 && sent->event.port != 0)
            return f->step[1]->event.port != sent->event.port;
    }
    return false;
}

/* Was a datagram of the test, the last one, longer than the buffer it was received into? */
static bool datagram_cut(const struct evidence *e, struct finding *f)
{
    const struct step *step = f->step[1] = last_moved(e, GROUP_RECEIVING);
    f->n = (long long)e->data.length;
    return step != NULL && e->has_data && step->event.result == step->event.size &&
           step->event.size < f->n;
}

/* The last datagram has left in another place than it came in. */
static bool answer_from_other(const struct evidence *e, struct finding *f)
{
    f->step[1] = last_moved(e, GROUP_RECEIVING);
    f->step[2] = last_moved(e, GROUP_SENDING);
    return f->step[1] != NULL && f->step[2] != NULL && f->step[2] > f->step[1] &&
           f->step[2]->event.fd != f->step[1]->event.fd &&
           LAST(e, NULL, .call = IS(CALL_DUP)) == NULL &&
           LAST(e, NULL, .call = IS(CALL_DUP2)) == NULL;
}

/* What was received last, $n bytes, has gone back in $m pieces. */
static bool answer_in_pieces(const struct evidence *e, struct finding *f)
{
    const struct step *received = last_moved(e, GROUP_RECEIVING);
    const struct step *step = received;
    if (received == NULL)
        return false;
    while ((step = FIRST(e, step, .group = GROUP_SENDING, .tid = IS(received->event.tid),
                         .how = ON_SOCKET | WENT_WELL)) != NULL) {
        f->step[1] = f->m == 0 ? step : f->step[1];
        f->n += step->event.result;
        f->m++;
    }
    return f->m >= 2 && f->n == received->event.result;
}

/* What the thread of STEP moved last before it; NULL: nothing. */
static const struct step *moved_before(const struct evidence *e, const struct step *step)
{
    const struct step *before = step;
    while ((before = LAST(e, before, .tid = IS(step->event.tid), .how = WENT_WELL)) != NULL)
        if (is_transfer(before))
            return before;
    return NULL;
}

/* The last answer, step 2, with another length than the datagram, step 1. Only where it takes one
   and answers it: who takes several first may answer any of them. */
static bool answer_length(const struct evidence *e, struct finding *f)
{
    const struct step *sent = NULL;
    while ((sent = LAST(e, sent, .group = GROUP_SENDING, .how = ON_SOCKET | WENT_WELL)) != NULL) {
        const struct step *received = moved_before(e, sent);
        if (received == NULL || !has_moved(received, GROUP_RECEIVING))
            continue;
        const struct step *earlier = moved_before(e, received);
        f->step[1] = received;
        f->step[2] = sent;
        if ((earlier == NULL || has_moved(earlier, GROUP_SENDING)) &&
            sent->event.size != received->event.result)
            return true;
    }
    return false;
}

static bool answer_cut_at_zero(const struct evidence *e, struct finding *f)
{
    int64_t zero = length_to_zero(e);
    return answer_length(e, f) && zero != -1 && f->step[2]->event.size < f->step[1]->event.result &&
           f->step[2]->event.size == zero;
}

static bool answer_whole_buffer(const struct evidence *e, struct finding *f)
{
    return answer_length(e, f) && f->step[2]->event.size > f->step[1]->event.result;
}

/* The function that was called alone got a limit: what is longer is not answered. */
static bool is_too_long(const struct evidence *e, const struct step *received)
{
    const struct step *serves = FIRST(e, NULL, .call = IS(CALL_UDP_SERVE));
    return serves != NULL && serves->event.argument > 0 &&
           received->event.result > serves->event.argument;
}

static bool never_answers(const struct evidence *e, struct finding *f)
{
    const struct step *sent = last_moved(e, GROUP_SENDING);
    f->step[1] = last_moved(e, GROUP_RECEIVING);
    return f->step[1] != NULL && !is_too_long(e, f->step[1]) && !e->program.ended &&
           e->last != DONE && (sent == NULL || sent < f->step[1]);
}

/* In step 2 the last send, which failed. */
static bool answer_fails(const struct evidence *e, struct finding *f)
{
    if (!never_answers(e, f))
        return false;
    const struct step *step = f->step[1];
    while ((step = FIRST(e, step, .group = GROUP_SENDING, .how = ON_SOCKET)) != NULL)
        f->step[2] = step->event.error != 0 ? step : f->step[2];
    return f->step[2] != NULL;
}

static bool answer_interrupted(const struct evidence *e, struct finding *f)
{
    return answer_fails(e, f) && f->step[2]->event.error == EINTR;
}

/* ---- the table ---- */

#define LENGTHS "$r1 bytes were received and $a2 sent"

const struct cause causes_of_answers[] = {
    {.id = "answer-to-other",
     .scope = SERVER,
     .explains = answer_to_other,
     .sentence = "The datagram came from port $o1$1, and its answer went to port $o2$2.",
     .hint = "Send the answer to the address that recvfrom has just filled in.",
     .section = "Everybody at one socket"},
    {.id = "datagram-cut",
     .explains = datagram_cut,
     .sentence = "$c1 had room for $a1 bytes$1. The datagram has $n: what does not fit into the "
                 "buffer is thrown away, and nobody is told.",
     .hint = "Make the buffer large enough for the largest datagram that may come.",
     .section = "The largest datagram"},
    {.id = "answer-from-other-socket",
     .scope = SERVER,
     .explains = answer_from_other,
     .sentence = "The datagram came to descriptor $d1$1, and its answer was sent on descriptor "
                 "$d2$2. That is another socket, with a port of its own: one socket does both.",
     .hint = "Send the answer with the descriptor that you have given to recvfrom.",
     .section = "Everybody at one socket"},
    {.id = "answer-in-pieces",
     .scope = SERVER,
     .explains = answer_in_pieces,
     .sentence = "One datagram of $n bytes was received, and it went back as $m$1. Each call that "
                 "sends makes a datagram of its own: send all of it with one.",
     .hint = "Make one call of sendto for each datagram.",
     .section = "A datagram is a message"},
    {.id = "answer-cut-at-zero",
     .scope = SERVER,
     .explains = answer_cut_at_zero,
     .sentence = "The datagram was treated as a string: " LENGTHS ", up to the first byte that is "
                 "0$2.",
     .hint = "Pass to sendto the number that recvfrom returned. strlen stops at the first 0.",
     .section = "A datagram is a message"},
    {.id = "answer-whole-buffer",
     .scope = SERVER,
     .explains = answer_whole_buffer,
     .sentence = LENGTHS ": send the bytes that arrived, and no others$2.",
     .hint = "Pass to sendto the number that recvfrom returned, not sizeof the buffer, and not "
             "strlen of what is in it.",
     .section = "A datagram is a message"},
    {.id = "answer-too-short",
     .scope = SERVER,
     .explains = answer_length,
     .sentence = LENGTHS ": send all the bytes that arrived, whatever they are$2.",
     .hint = "Pass to sendto the number that recvfrom returned.",
     .section = "A datagram is a message"},
    {.id = "answer-interrupted",
     .scope = SERVER,
     .explains = answer_interrupted,
     .sentence = "$c2 failed with $E2$2, and nothing was sent: a signal had come in between, so "
                 "make the call again.",
     .hint = "Call sendto again as long as it fails with EINTR.",
     .section = "Everybody at one socket"},
    {.id = "answer-fails",
     .scope = SERVER,
     .explains = answer_fails,
     .sentence = "$c2 failed with $E2$2.",
     .hint = "Compare the arguments of sendto with sendto(2): the address and its length are those "
             "that recvfrom filled in.",
     .section = "Everybody at one socket"},
    {.id = "never-answers",
     .scope = SERVER,
     .explains = never_answers,
     .sentence = "A datagram of $r1 bytes was received$1, and nothing was sent after it.",
     .hint = "Send each datagram back as soon as it has come.",
     .section = "Everybody at one socket"},
    {.id = NULL},
};
