#include "grader/expect/dialogue.h"
#include "grader/explain/cause_rules.h"
#include "grader/play/peer.h"

#include <errno.h>
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
    return trace_group(&step->event) == GROUP_ACCEPTING && step->event.result >= 0;
}

static void add_step(struct flow *flow, const struct step *step, bool receiving)
{
    bool moved = !trace_is_pending(&step->event) && step->event.result > 0;
    if (!receiving && flow->receiving != NULL &&
        step->event.asked > flow->receiving->event.result && flow->excess == NULL)
        flow->excess = step;
    if (!receiving)
        flow->cut = moved && step->event.result < step->event.asked ? step : NULL;
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

static struct flow last_flow(const struct live *evidence)
{
    struct flow flow = {.fd = -1};
    bool fresh = false;
    for (size_t i = 0; i < evidence->count; i++) {
        const struct step *step = &evidence->steps[i];
        bool receiving = evidence_on_socket(step, GROUP_RECEIVING);
        fresh = fresh || begins(step);
        if (!receiving && !evidence_on_socket(step, GROUP_SENDING))
            continue;
        /* A connection on which nothing has moved yet does not hide the one before. */
        if (step->event.fd != flow.fd || step->event.pid != flow.pid || fresh)
            flow = (struct flow){.fd = step->event.fd, .pid = step->event.pid};
        fresh = false;
        add_step(&flow, step, receiving);
    }
    return flow;
}

static const char *bytes(int64_t count)
{
    return text_plural((size_t)count, "byte", "bytes");
}

static void add_places(const struct live *evidence, const struct step *step)
{
    if (step->line.number == 0)
        return;
    text_add(evidence->text, " (");
    trace_place(evidence->text, &step->line);
    text_add(evidence->text, ")");
}

/* ---- send takes less than it was given ---- */

static void add_cut(const struct live *evidence, const struct step *step)
{
    text_add(evidence->text, "%s was given %lld bytes and took %lld", trace_name(&step->event),
             (long long)step->event.asked, (long long)step->event.result);
    evidence_place(evidence->text, step);
}

/* Where threads send to many, the last conversation says nothing of the others: the last send that
   took less than it was given, and was the last to its descriptor. */
static const struct step *last_cut_of_many(const struct live *evidence)
{
    for (size_t i = evidence->count; i-- > 0;) {
        const struct step *cut = &evidence->steps[i];
        if (!evidence_on_socket(cut, GROUP_SENDING) || cut->event.result <= 0 ||
            cut->event.result >= cut->event.asked)
            continue;
        const struct step *later = cut + 1;
        const struct step *end = evidence->steps + evidence->count;
        while (later < end &&
               !(evidence_on_socket(later, GROUP_SENDING) && later->event.fd == cut->event.fd))
            later++;
        if (later == end)
            return cut;
    }
    return NULL;
}

static bool loses_a_rest(const struct live *evidence)
{
    struct flow flow = last_flow(evidence);
    const struct step *cut = evidence_has_threads(evidence) ? last_cut_of_many(evidence) : flow.cut;
    if (cut == NULL)
        return false;
    add_cut(evidence, cut);
    text_add(evidence->text, "; the rest was never sent. Fewer is no error: go on with what is "
                             "left.");
    return true;
}

/* Does GOT begin like WANTED, and then begin with the beginning of WANTED again? Where the two
   differ first may be a little later: the bytes in between are the same by chance. */
static bool begins_again(const char *wanted, const char *got, size_t length)
{
    enum { BY_CHANCE = 3 };
    size_t same = 0;
    while (same < length && wanted[same] == got[same])
        same++;
    if (same == length)
        return false;
    for (size_t from = same; from > 0 && same - from <= BY_CHANCE; from--) {
        size_t more = from < length - from ? from : length - from;
        if (from + more > same && more >= 2 && memcmp(got + from, wanted, more) == 0)
            return true;
    }
    return false;
}

static bool sends_the_beginning_again(const struct live *evidence)
{
    const struct step *cut = NULL;
    bool again =
        dialogue.in_lines
            ? dialogue.heard.length > 0 && dialogue.wanted.length >= dialogue.heard.length &&
                  begins_again(dialogue.wanted.start, dialogue.heard.start, dialogue.heard.length)
            : stage.back != NULL && begins_again(stage.data, stage.back, stage.back_length);
    for (size_t i = 0; i < evidence->count; i++) {
        const struct step *step = &evidence->steps[i];
        if (evidence_on_socket(step, GROUP_SENDING) && step->event.result > 0 &&
            step->event.result < step->event.asked && (cut == NULL || !cut->event.faulted))
            cut = step;
    }
    if (!again || cut == NULL)
        return false;
    text_add(evidence->text, "%s took %lld of %lld bytes", trace_name(&cut->event),
             (long long)cut->event.result, (long long)cut->event.asked);
    evidence_place(evidence->text, cut);
    text_add(evidence->text, ", and then the same bytes were sent once more. The rest begins "
                             "behind those that were taken: bytes + taken.");
    return true;
}

/* A line of which send took the beginning, and then its newline: the test has received both. */
static bool sends_only_the_newline(const struct live *evidence)
{
    const struct text *heard = &dialogue.heard;
    if (!dialogue.in_lines || heard->length < 2 || heard->start[heard->length - 1] != '\n' ||
        heard->length >= dialogue.wanted.length ||
        memcmp(heard->start, dialogue.wanted.start, heard->length - 1) != 0)
        return false;
    for (size_t i = evidence->count; i-- > 0;) {
        const struct step *step = &evidence->steps[i];
        if (!evidence_on_socket(step, GROUP_SENDING) || step->event.result <= 0 ||
            step->event.result >= step->event.asked)
            continue;
        add_cut(evidence, step);
        text_add(evidence->text, "; the rest was never sent, but its newline was. Send all of the "
                                 "line first.");
        return true;
    }
    return false;
}

bool cause_bytes_cut(const struct live *evidence)
{
    static evidence_rule *const rules[] = {loses_a_rest, sends_the_beginning_again,
                                           sends_only_the_newline};
    return evidence_try(rules, sizeof rules / sizeof rules[0], evidence);
}

/* ---- a client that asks for an echo ---- */

/* sizeof gives this for a char *, whatever it points to. */
static void add_pointer(const struct live *evidence, int64_t asked)
{
    if (asked == (int64_t)sizeof(char *))
        text_add(evidence->text,
                 " %lld is the size of a pointer: that is what sizeof gives for "
                 "one, not the length of what it points to.",
                 (long long)asked);
}

/* The test knows the message: did all of it, and nothing else, go? */
static bool sends_another_length(const struct live *evidence, const struct flow *flow)
{
    int64_t length = (int64_t)stage.data_length;
    if (stage.data == NULL || flow->sending == NULL || flow->sent == length ||
        (flow->ending != NULL && evidence_failed(flow->ending)))
        return false;
    text_add(evidence->text, "The message has %lld %s, and %lld %s sent", (long long)length,
             bytes(length), (long long)flow->sent, text_plural((size_t)flow->sent, "was", "were"));
    evidence_place(evidence->text, flow->sending);
    text_add(evidence->text, flow->sent == length + 1 && stage.extra == '\0'
                                 ? ": the zero that ends a string is no part of it."
                             : flow->sent == length + 1 && stage.extra == '\n'
                                 ? ": a newline was added, and is no part of it."
                                 : ".");
    if (flow->sends == 1)
        add_pointer(evidence, flow->sending->event.asked);
    return true;
}

static bool stops_receiving(const struct live *evidence, const struct flow *flow)
{
    if (flow->receiving == NULL || flow->ending != NULL || flow->received >= flow->sent ||
        !evidence->program->ended)
        return false;
    text_add(evidence->text, "%s has brought %lld of %lld %s", trace_name(&flow->receiving->event),
             (long long)flow->received, (long long)flow->sent, bytes(flow->sent));
    evidence_place(evidence->text, flow->receiving);
    text_add(evidence->text, ", and was not called again. It brings what has arrived, not "
                             "everything: go on until all is there.");
    if (flow->received == flow->receiving->event.asked)
        add_pointer(evidence, flow->received);
    return true;
}

static bool asks_for_too_much(const struct live *evidence, const struct flow *flow)
{
    const struct step *last = flow->ending;
    if (last == NULL || !trace_is_pending(&last->event) || flow->sent == 0 ||
        flow->received < flow->sent || evidence->program->ended ||
        trace_group(&last->event) != GROUP_RECEIVING)
        return false;
    text_add(evidence->text, "All %lld %s of the echo have come, and %s is asked for %lld more",
             (long long)flow->sent, bytes(flow->sent), trace_name(&last->event),
             (long long)last->event.asked);
    evidence_place(evidence->text, last);
    text_add(evidence->text, ": they will never come. Ask for what is missing, and stop when "
                             "nothing is.");
    return true;
}

/* Everything went well, and main, which is given, has ended with an error and without a word. */
static bool denies_its_success(const struct live *evidence, const struct flow *flow)
{
    const struct program *program = evidence->program;
    if (!program->ended || !WIFEXITED(program->status) || WEXITSTATUS(program->status) != 1 ||
        program->complained.length > 0 || program->said.length > 0 || flow->received == 0 ||
        flow->received != flow->sent || flow->received != (int64_t)stage.data_length)
        return false;
    text_add(evidence->text,
             "All %lld %s went and came back, and then main took it for a failure: "
             "echo_ask returns 0 when all has gone well, and nothing else.",
             (long long)flow->received, bytes(flow->received));
    return true;
}

bool cause_bytes_ask(const struct live *evidence)
{
    struct flow flow = last_flow(evidence);
    if (dialogue.in_lines || strcmp(evidence->program->role, "client") != 0)
        return false;
    return sends_another_length(evidence, &flow) || stops_receiving(evidence, &flow) ||
           asks_for_too_much(evidence, &flow) || denies_its_success(evidence, &flow);
}

/* ---- a server that echoes ---- */

/* Is SENT the length of RECEIVED's bytes up to their first zero? The test knows what it sent. */
static bool is_cut_at_nul(const struct flow *flow)
{
    if (stage.data == NULL || flow->receiving == NULL || flow->sending == NULL)
        return false;
    const char *nul = memchr(stage.data, '\0', stage.data_length);
    return nul != NULL && flow->sending->event.asked < flow->receiving->event.result &&
           (nul - stage.data == flow->sent || flow->sending->event.asked == nul - stage.data);
}

/* The client has got something that no traced call has sent. */
static bool was_sent_unseen(const struct flow *flow)
{
    const struct peer *client = evidence_peer();
    return client != NULL && (int64_t)client->received > flow->sent;
}

static void add_too_many(const struct live *evidence, const struct flow *flow)
{
    text_add(evidence->text, "%lld %s received and %lld sent", (long long)flow->received,
             text_plural((size_t)flow->received, "byte was", "bytes were"), (long long)flow->sent);
    if (flow->excess != NULL)
        text_add(evidence->text, ": send the bytes that arrived, not the buffer they are in");
    else if (flow->sends > 1)
        text_add(evidence->text,
                 ", in %zu calls of %s: what one of them has taken must not be "
                 "sent again, and nothing be added",
                 flow->sends, trace_name(&flow->sending->event));
    add_places(evidence, flow->excess != NULL ? flow->excess : flow->sending);
    text_add(evidence->text, ".");
}

static void add_too_few(const struct live *evidence, const struct flow *flow)
{
    const char *were = text_plural((size_t)flow->received, "byte was", "bytes were");
    long long received = (long long)flow->received;
    if (is_cut_at_nul(flow))
        text_add(evidence->text,
                 "The data was treated as a string: %lld %s received and %lld sent, up to "
                 "the first byte that is 0",
                 received, were, (long long)flow->sent);
    else if (flow->sending != NULL)
        text_add(evidence->text, "%lld %s received and only %lld sent back", received, were,
                 (long long)flow->sent);
    else
        text_add(evidence->text, "%lld %s received, and none was sent back", received, were);
    add_places(evidence, flow->sending != NULL ? flow->sending : flow->receiving);
    text_add(evidence->text, ".");
}

/* More than all clients together have sent: the same bytes again and again. */
static bool brings_too_much(const struct live *evidence, const struct flow *flow)
{
    int64_t sent = 0;
    for (size_t i = 0; i < stage.peer_count; i++)
        sent += (int64_t)stage.peers[i]->sent;
    if (flow->received <= sent)
        return false;
    text_add(evidence->text, "%s has brought more than was sent to it",
             trace_name(&flow->receiving->event));
    evidence_place(evidence->text, flow->receiving);
    text_add(evidence->text,
             ": the same bytes again and again. With MSG_PEEK it only looks at them, "
             "and leaves them there.");
    return true;
}

/* As many as had come, and not the same ones. */
static bool sends_other_bytes(const struct live *evidence, const struct flow *flow)
{
    if (stage.back == NULL || flow->sending == NULL)
        return false;
    text_add(evidence->text, "As many bytes went back as had come, but not the same ones");
    evidence_place(evidence->text, flow->sending);
    const char *zero = memchr(stage.data, '\0', stage.data_length);
    size_t same = 0;
    while (same < stage.back_length && stage.data[same] == stage.back[same])
        same++;
    text_add(
        evidence->text,
        zero != NULL && same > (size_t)(zero - stage.data) && stage.back[same] == '\0'
            ? ": behind the first zero they are zeros. strcpy(3) and strncpy(3) copy a string, "
              "which ends there; memcpy(3) copies bytes."
            : ". Is what send was given the buffer that recv has filled, unchanged?");
    return true;
}

bool cause_bytes_echo(const struct live *evidence)
{
    struct flow flow = last_flow(evidence);
    /* The calls of threads mix, and in a room what comes from one client goes to others. */
    if (evidence_has_threads(evidence))
        return false;
    if (strcmp(evidence->program->role, "server") != 0 || flow.receiving == NULL ||
        dialogue.in_lines || evidence_has_forked(evidence))
        return false;
    if (brings_too_much(evidence, &flow))
        return true;
    if (was_sent_unseen(&flow))
        return false;
    if (flow.sent == flow.received)
        return sends_other_bytes(evidence, &flow);
    if (flow.sent > flow.received)
        add_too_many(evidence, &flow);
    else
        add_too_few(evidence, &flow);
    return true;
}
