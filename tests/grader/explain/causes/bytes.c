/* Bytes that got lost, or are too many: where it is their number that matters. */
#include "grader/explain/causes/causes.h"

#include <string.h>
#include <sys/wait.h>

/* What went through the last connection on which bytes have moved. */
struct flow {
    int fd;
    int32_t pid;
    int64_t received;
    int64_t sent;
    size_t sends;                 /* calls that took something */
    const struct step *receiving; /* the last receive that brought bytes */
    const struct step *sending;   /* the last send that took bytes */
    const struct step *cut;       /* it took less than it was given, and no send followed */
    const struct step *excess;    /* a send that was given more than had just been received */
    const struct step *ending;    /* a call that brought or took nothing, the last one */
};

static bool begins(const struct step *step)
{
    if (step->event.call == CALL_CONNECT)
        return step->event.result == 0;
    return group_of(step) == GROUP_ACCEPTING && step->event.result >= 0;
}

static void add_step(struct flow *flow, const struct step *step, bool receiving)
{
    bool moved = !is_pending(step) && step->event.result > 0;
    if (!receiving && flow->receiving != NULL && step->event.size > flow->receiving->event.result &&
        flow->excess == NULL)
        flow->excess = step;
    if (!receiving)
        flow->cut = moved && step->event.result < step->event.size ? step : NULL;
    flow->ending = moved ? NULL : step;
    if (moved && receiving) {
        flow->received += step->event.result;
        flow->receiving = step;
    } else if (moved) {
        flow->sent += step->event.result;
        flow->sending = step;
        flow->sends++;
    }
}

static struct flow last_flow(const struct evidence *e)
{
    struct flow flow = {.fd = -1};
    bool fresh = false;
    EACH(e, step, .how = 0)
    {
        fresh = fresh || begins(step);
        if (!is_transfer(step))
            continue;
        /* A connection on which nothing has moved yet does not hide the one before. */
        if (step->event.fd != flow.fd || step->event.pid != flow.pid || fresh)
            flow = (struct flow){.fd = step->event.fd, .pid = step->event.pid};
        fresh = false;
        add_step(&flow, step, group_of(step) == GROUP_RECEIVING);
    }
    return flow;
}

/* ---- send takes less than it was given ---- */

/* The last send that took less than it was given, before BEFORE. */
static const struct step *last_cut(const struct evidence *e, const struct step *before)
{
    const struct step *step = before;
    while ((step = LAST(e, step, .group = GROUP_SENDING, .how = ON_SOCKET)) != NULL)
        if (step->event.result > 0 && step->event.result < step->event.size)
            return step;
    return NULL;
}

/* Where threads send to many, the last conversation says nothing of the others: the last one that
   was the last send to its descriptor as well. */
static const struct step *last_cut_of_many(const struct evidence *e)
{
    const struct step *cut = NULL;
    while ((cut = last_cut(e, cut)) != NULL)
        if (FIRST(e, cut, .group = GROUP_SENDING, .fd = IS(cut->event.fd), .how = ON_SOCKET) ==
            NULL)
            return cut;
    return NULL;
}

static bool rest_lost(const struct evidence *e, struct finding *f)
{
    f->step[1] = has_threads(e) ? last_cut_of_many(e) : last_flow(e).cut;
    return f->step[1] != NULL;
}

/* Does GOT begin like WANTED, and then begin with the beginning of WANTED again? Where the two
   differ first may be a little later: the bytes in between are the same by chance. */
static bool begins_again(const struct text *wanted, const struct text *got)
{
    enum { BY_CHANCE = 3 };
    size_t length = got->length;
    size_t same = 0;
    if (length == 0 || wanted->length < length)
        return false;
    while (same < length && wanted->start[same] == got->start[same])
        same++;
    if (same == length)
        return false;
    for (size_t from = same; from > 0 && same - from <= BY_CHANCE; from--) {
        size_t more = from < length - from ? from : length - from;
        if (from + more > same && more >= 2 && memcmp(got->start + from, wanted->start, more) == 0)
            return true;
    }
    return false;
}

/* Of the sends that took less, the first that a fault has cut, or else the last. */
static bool beginning_again(const struct evidence *e, struct finding *f)
{
    EACH(e, step, .group = GROUP_SENDING, .how = ON_SOCKET)
    {
        bool cut = step->event.result > 0 && step->event.result < step->event.size;
        if (cut && (f->step[1] == NULL || !f->step[1]->event.faulted))
            f->step[1] = step;
    }
    return f->step[1] != NULL &&
           (e->dialogue.in_lines ? begins_again(&e->dialogue.wanted, &e->dialogue.heard)
                                 : begins_again(&e->data, &e->back));
}

/* A line of which send took the beginning, and then its newline: the test has received both. */
static bool newline_alone(const struct evidence *e, struct finding *f)
{
    const struct text *heard = &e->dialogue.heard;
    const struct text *wanted = &e->dialogue.wanted;
    f->step[1] = last_cut(e, NULL);
    return f->step[1] != NULL && heard->length >= 2 && heard->start[heard->length - 1] == '\n' &&
           heard->length < wanted->length &&
           memcmp(heard->start, wanted->start, heard->length - 1) == 0;
}

/* ---- a client that asks for an echo ---- */

/* sizeof gives this for a char *, whatever it points to. */
static unsigned part_of_pointer(int64_t asked)
{
    return asked == (int64_t)sizeof(char *) ? PART('a') : 0;
}

/* The test knows the message: of its $n bytes $m were sent. */
static bool message_length(const struct evidence *e, struct finding *f)
{
    struct flow flow = last_flow(e);
    f->step[1] = flow.sending;
    f->n = (long long)e->data.length;
    f->m = flow.sent;
    if (flow.sends == 1)
        f->parts = part_of_pointer(flow.sending->event.size);
    return e->has_data && flow.sending != NULL && f->n != f->m &&
           (flow.ending == NULL || !LIKE(e, flow.ending, .how = FAILED_WITH_ERRNO));
}

static bool message_terminator(const struct evidence *e, struct finding *f)
{
    return message_length(e, f) && f->m == f->n + 1 && e->extra == '\0';
}

static bool message_newline(const struct evidence *e, struct finding *f)
{
    return message_length(e, f) && f->m == f->n + 1 && e->extra == '\n';
}

/* The client, or the function that a driver calls, is over. */
static bool asks_no_more(const struct evidence *e)
{
    return e->program.ended || FIRST(e, NULL, .call = IS(CALL_ECHO_ASK), .how = RETURNED) != NULL;
}

/* Of $m bytes $n have come back, and it has stopped. */
static bool echo_not_all_received(const struct evidence *e, struct finding *f)
{
    struct flow flow = last_flow(e);
    f->step[1] = flow.receiving;
    f->n = flow.received;
    f->m = flow.sent;
    if (flow.receiving != NULL && flow.received == flow.receiving->event.size)
        f->parts = part_of_pointer(flow.received);
    return flow.receiving != NULL && flow.ending == NULL && flow.received < flow.sent &&
           asks_no_more(e);
}

static bool echo_too_much_awaited(const struct evidence *e, struct finding *f)
{
    struct flow flow = last_flow(e);
    f->step[1] = flow.ending;
    f->n = flow.sent;
    return flow.ending != NULL && is_pending(flow.ending) && flow.sent > 0 &&
           flow.received >= flow.sent && !asks_no_more(e) &&
           group_of(flow.ending) == GROUP_RECEIVING;
}

/* Everything went well, and main, which is given, has ended with an error and without a word. */
static bool success_denied(const struct evidence *e, struct finding *f)
{
    struct flow flow = last_flow(e);
    f->n = flow.received;
    return e->program.ended && WIFEXITED(e->program.status) &&
           WEXITSTATUS(e->program.status) == 1 && e->program.complained.length == 0 &&
           e->program.said.length == 0 && flow.received != 0 && flow.received == flow.sent &&
           flow.received == (int64_t)e->data.length;
}

/* ---- a server that echoes ---- */

/* $n bytes were received and $m sent, in $k calls. */
static bool find_echo(const struct evidence *e, struct finding *f, struct flow *flow)
{
    *flow = last_flow(e);
    f->step[1] = flow->sending;
    f->step[2] = flow->receiving;
    f->step[3] = flow->excess;
    f->n = flow->received;
    f->m = flow->sent;
    f->k = (long long)flow->sends;
    return flow->receiving != NULL && !has_forked(e);
}

/* More than all clients together have sent: the same bytes again and again. */
static bool receives_again(const struct evidence *e, struct finding *f)
{
    struct flow flow;
    int64_t sent = 0;
    for (size_t i = 0; i < e->peer_count; i++)
        sent += e->peers[i].sent;
    return find_echo(e, f, &flow) && flow.received > sent;
}

/* The same, unless the client has got something that no traced call has sent. */
static bool find_seen_echo(const struct evidence *e, struct finding *f, struct flow *flow)
{
    const struct evidence_peer *client = peer_of(e);
    return find_echo(e, f, flow) && (client == NULL || client->received <= flow->sent);
}

/* As many as had come, and not the same ones. */
static bool other_bytes(const struct evidence *e, struct finding *f)
{
    struct flow flow;
    return find_seen_echo(e, f, &flow) && flow.sent == flow.received && e->has_back &&
           flow.sending != NULL;
}

/* And behind the first zero they are zeros. */
static bool copied_as_string(const struct evidence *e, struct finding *f)
{
    int64_t zero = length_to_zero(e);
    int64_t same = 0;
    if (!other_bytes(e, f) || zero == -1)
        return false;
    while (same < (int64_t)e->back.length && e->data.start[same] == e->back.start[same])
        same++;
    return same > zero && same < (int64_t)e->back.length && e->back.start[same] == '\0';
}

static bool too_many(const struct evidence *e, struct finding *f)
{
    struct flow flow;
    return find_seen_echo(e, f, &flow) && flow.sent > flow.received;
}

static bool whole_buffer(const struct evidence *e, struct finding *f)
{
    return too_many(e, f) && f->step[3] != NULL;
}

/* The same in one of several threads: its first send after a receive is that of step 3. */
static bool thread_sends_buffer(const struct evidence *e, struct finding *f)
{
    EACH(e, step, .group = GROUP_SENDING, .how = ON_SOCKET | MOVED)
    {
        const struct step *before =
            LAST(e, step, .tid = IS(step->event.tid), .fd = IS(step->event.fd), .how = ON_SOCKET);
        if (before == NULL || !LIKE(e, before, .group = GROUP_RECEIVING, .how = MOVED) ||
            step->event.result <= before->event.result || has_gap(before, step))
            continue;
        f->n = before->event.result;
        f->m = step->event.result;
        f->step[3] = step;
        return true;
    }
    return false;
}

static bool none_back(const struct evidence *e, struct finding *f)
{
    struct flow flow;
    return find_seen_echo(e, f, &flow) && flow.sent < flow.received && flow.sending == NULL;
}

/* And no send has failed: that is another matter. */
static bool too_few(const struct evidence *e, struct finding *f)
{
    struct flow flow;
    return find_seen_echo(e, f, &flow) && flow.sent < flow.received && flow.sending != NULL &&
           FIRST(e, flow.receiving, .group = GROUP_SENDING, .how = ON_SOCKET | FAILED_WITH_ERRNO) ==
               NULL;
}

/* The test knows what it sent. */
static bool cut_at_zero(const struct evidence *e, struct finding *f)
{
    int64_t zero = length_to_zero(e);
    return too_few(e, f) && zero != -1 && f->step[1]->event.size < f->step[2]->event.result &&
           (zero == f->m || f->step[1]->event.size == zero);
}

/* ---- the tables ---- */

#define OF_POINTER                                                                                 \
    "[a: 8 is the size of a pointer: that is what sizeof gives for one, not the length of what "   \
    "it points to.]"
#define MESSAGE "The message has $n ${n:byte|bytes}, and $m ${m:was|were} sent$1"
#define RECEIVED "$n ${n:byte was|bytes were} received"

const struct cause causes_of_cut_sends[] = {
    {.id = "send-rest-lost",
     .explains = rest_lost,
     .sentence = "$c1 was given $a1 bytes and took $r1$1; the rest was never sent. Fewer is no "
                 "error: go on with what is left.",
     .hint = "Send in a loop: each time what is left, until nothing is."},
    {.id = "send-begins-again",
     .explains = beginning_again,
     .sentence = "$c1 took $r1 of $a1 bytes$1, and then the same bytes were sent once more.",
     .hint = "Add what send returned to the pointer, and subtract it from the length."},
    {.id = "send-newline-alone",
     .scope = LINES,
     .explains = newline_alone,
     .sentence =
         "$c1 was given $a1 bytes and took $r1$1; the rest was never sent, but its newline was.",
     .hint = "Send in a loop until all of the line has been taken, and only then the newline."},
    {.id = NULL},
};

const struct cause causes_of_asking[] = {
    {.id = "message-terminator",
     .scope = ASKING | BYTES,
     .explains = message_terminator,
     .sentence = MESSAGE ": the zero that ends a string is no part of it." OF_POINTER,
     .hint = "Send exactly LENGTH bytes, the number that echo_ask was given."},
    {.id = "message-newline",
     .scope = ASKING | BYTES,
     .explains = message_newline,
     .sentence = MESSAGE ": a newline was added, and is no part of it." OF_POINTER,
     .hint = "Send exactly LENGTH bytes, the number that echo_ask was given."},
    {.id = "message-length",
     .scope = ASKING | BYTES,
     .explains = message_length,
     .sentence = MESSAGE "." OF_POINTER,
     .hint = "Send exactly LENGTH bytes, the number that echo_ask was given."},
    {.id = "echo-not-all-received",
     .scope = ASKING | BYTES,
     .explains = echo_not_all_received,
     .sentence = "$c1 has brought $n of $m ${m:byte|bytes}$1, and was not called again. It brings "
                 "what has arrived, not everything: go on until all is there." OF_POINTER,
     .hint = "Receive in a loop until as many bytes have come as were sent."},
    {.id = "echo-too-much-awaited",
     .scope = ASKING | BYTES,
     .explains = echo_too_much_awaited,
     .sentence = "All $n ${n:byte|bytes} of the echo have come, and $c1 is asked for $a1 more$1: "
                 "they will never come. Ask for what is missing, and stop when nothing is.",
     .hint = "Subtract what has come from what is awaited, and stop at 0."},
    {.id = "echo-success-denied",
     .scope = CLIENT | BYTES,
     .explains = success_denied,
     .sentence = "All $n ${n:byte|bytes} went and came back, and then main took it for a failure: "
                 "echo_ask returns 0 when all has gone well, and nothing else.",
     .hint = "Return 0 when the whole echo has come."},
    {.id = NULL},
};

/* The calls of threads mix, and in a room what comes from one client goes to others. */
const struct cause causes_of_echoing[] = {
    {.id = "received-again",
     .scope = ECHOING | BYTES | NO_THREADS,
     .explains = receives_again,
     .sentence = "$c2 has brought more than was sent to it$2: the same bytes again and again. "
                 "With MSG_PEEK it only looks at them, and leaves them there.",
     .hint = "Receive without MSG_PEEK."},
    {.id = "echo-copied-as-string",
     .scope = ECHOING | BYTES | NO_THREADS,
     .explains = copied_as_string,
     .sentence = "As many bytes went back as had come, but not the same ones$1: behind the first "
                 "zero they are zeros. strcpy(3) and strncpy(3) copy a string, which ends there; "
                 "memcpy(3) copies bytes.",
     .hint = "Send the buffer that recv has filled, or copy it with memcpy(3)."},
    {.id = "echo-other-bytes",
     .scope = ECHOING | BYTES | NO_THREADS,
     .explains = other_bytes,
     .sentence = "As many bytes went back as had come, but not the same ones$1. Is what send was "
                 "given the buffer that recv has filled, unchanged?",
     .hint = "Send what recv has filled, unchanged. After a short send, go on behind what it has "
             "taken."},
    {.id = "echo-whole-buffer",
     .scope = ECHOING | BYTES | NO_THREADS,
     .explains = whole_buffer,
     .sentence = RECEIVED " and $m sent: send the bytes that arrived, not the buffer they are "
                          "in$(3).",
     .hint = "Pass to send the number that recv returned, not sizeof the buffer."},
    {.id = "echo-whole-buffer",
     .scope = ECHOING | BYTES | THREADS,
     .explains = thread_sends_buffer,
     .sentence = RECEIVED " and $m sent: send the bytes that arrived, not the buffer they are "
                          "in$(3).",
     .hint = "Pass to send the number that recv returned, not sizeof the buffer."},
    {.id = "echo-sent-again",
     .scope = ECHOING | BYTES | NO_THREADS,
     .explains = too_many,
     .sentence =
         RECEIVED " and $m sent, in $k ${k:call|calls} of $c1: what one of them has taken must not "
                  "be sent again, and nothing be added$(1).",
     .hint =
         "After a send that took less, go on behind the bytes that it has taken, and add none."},
    {.id = "echo-cut-at-zero",
     .scope = ECHOING | BYTES | NO_THREADS,
     .explains = cut_at_zero,
     .sentence = "The data was treated as a string: " RECEIVED " and $m sent, up to the first "
                 "byte that is 0$(1).",
     .hint = "Pass to send the number that recv returned. strlen stops at the first 0."},
    {.id = "echo-too-few",
     .scope = ECHOING | BYTES | NO_THREADS,
     .explains = too_few,
     .sentence = RECEIVED " and only $m sent back$(1).",
     .hint = "Each time, send back as many bytes as recv returned, even if it is only one.",
     .section = "A stream has no messages"},
    {.id = "echo-none-back",
     .scope = ECHOING | BYTES | NO_THREADS,
     .explains = none_back,
     .sentence = RECEIVED ", and none was sent back$(2).",
     .hint = "Send back what recv has brought before you receive again."},
    {.id = NULL},
};
