/* The room: a member that does not read. */
#include "grader/base/settings.h"
#include "lab-4/room.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static double seconds_since(uint64_t begun)
{
    return (double)(stage_now() - begun) / 1e9;
}

enum { BATCH = 5, BATCHES = 20 };

/* A client that does not read. Its buffers, on both sides, are full after a few lines. */
static struct peer *enter_stalled(struct program *server)
{
    atomic_store(&server->orders->buffers, SMALL_BUFFERS);
    peer_buffers(SMALL_BUFFERS);
    struct peer *client = enter(server, "A client that does not read");
    peer_buffers(0);
    atomic_store(&server->orders->buffers, 0);
    return client;
}

struct flood {
    struct listener listeners[2];
    size_t wanted;    /* how many lines the second must have got, */
    const char *left; /* not counting this one */
    uint64_t begun;
};

static size_t lines_heard(const struct flood *flood)
{
    const struct listener *listener = &flood->listeners[1];
    return listener->lines - has_words(&listener->heard, flood->left);
}

/* Also returns true after twice the allowed time. */
static bool has_heard_batch(void *argument)
{
    struct flood *flood = argument;
    if (flood->listeners[0].peer != NULL)
        listen_on(&flood->listeners[0]);
    listen_on(&flood->listeners[1]);
    return lines_heard(flood) >= flood->wanted || flood->listeners[1].peer->finished ||
           flood->listeners[1].peer->reset ||
           seconds_since(flood->begun) > 2 * ROOM_DELAY_MS / 1e3 * settings.patience;
}

/* Writes a long line: its number, filling, and a newline. */
static void write_line(char *line, size_t number)
{
    (void)memset(line, '.', LONG_LINE);
    line[sprintf(line, "%zu", number)] = ' ';
    line[LONG_LINE - 1] = '\n';
}

static const char one_stalled[] = "One member of three did not read what it was sent";

/* WHO has sent lines that OTHER should have got by now, and has not. */
static _Noreturn void fail_pour(const struct flood *flood, const char *who,
                                const struct peer *other, bool late)
{
    struct text text = {0};
    text_add(&text, _("%s. %s sent %zu lines of %d bytes. %s got %zu of them"), _(one_stalled),
             _(who), flood->wanted, LONG_LINE, other->name, lines_heard(flood));
    if (late) {
        text_add(&text,
                 _(". The next line should have arrived within %d ms, but had not after %.1f "
                   "seconds. The server waits for the member that does not read before it sends to "
                   "the others."),
                 ROOM_DELAY_MS, seconds_since(flood->begun));
    } else {
        text_add(&text, _(", and should have got all. It did not, "));
        add_ending(&text, other);
        text_add(&text, _("."));
    }
    fail_because(EXPECT_LINE, "%s", text.start);
}

/* SPEAKER, or the operator if it is NULL, sends 100 lines of 1000 bytes, a few at a time. OTHER
   must get each in time. FLOOD keeps all that the two receive. */
static void pour(struct program *server, struct flood *flood, struct peer *stalled,
                 struct peer *speaker, struct peer *other)
{
    static char lines[BATCH * LONG_LINE];
    const char *who = speaker == NULL ? "The operator" : speaker->name;
    memset(flood, 0, sizeof *flood);
    flood->listeners[0].peer = speaker;
    flood->listeners[1].peer = other;
    flood->left = line_of(stalled, "left\n");
    for (size_t batch = 0; batch < BATCHES; batch++) {
        for (size_t i = 0; i < BATCH; i++)
            write_line(lines + i * LONG_LINE, batch * BATCH + i + 1);
        flood->begun = stage_now();
        flood->wanted = (batch + 1) * BATCH;
        if (speaker == NULL)
            type_bytes(server, lines, sizeof lines);
        else
            peer_send(speaker, lines, sizeof lines);
        other->wants = POLLIN;
        if (speaker != NULL)
            speaker->wants = POLLIN;
        enum wait_result result = stage_wait(NULL, has_heard_batch, flood);
        other->wants = 0;
        if (speaker != NULL)
            speaker->wants = 0;
        if (lines_heard(flood) < flood->wanted)
            fail_pour(flood, who, other, result == DONE && !other->finished && !other->reset);
    }
}

/* The lines as the members should get them; *LENGTH bytes. */
static const char *poured(const struct peer *speaker, size_t *length)
{
    static char wanted[BATCH * BATCHES * (LONG_LINE + 16)];
    *length = 0;
    for (size_t i = 0; i < (size_t)BATCH * BATCHES; i++) {
        *length += speaker == NULL ? (size_t)sprintf(wanted + *length, "server says: ")
                                   : (size_t)sprintf(wanted + *length, "[%u] ", speaker->port);
        write_line(wanted + *length, i + 1);
        *length += LONG_LINE;
    }
    return wanted;
}

SCENARIO(stalled_member, 1, "room: a member that does not read does not block the others",
         "When the member's buffers are full, send blocks while it holds the lock. With "
         "MSG_DONTWAIT, send fails with EAGAIN instead.",
         "A member that does not read")
{
    static struct flood flood;
    struct program *server = start_server();
    struct peer *stalled = enter_stalled(server);
    struct peer *speaker = enter(server, "The first client");
    struct peer *other = enter(server, "The second client");
    pour(server, &flood, stalled, speaker, other);
    /* Everything except the line that says that it has left. */
    struct text *heard = &flood.listeners[1].heard;
    char *note = memmem(heard->start, heard->length, flood.left, strlen(flood.left));
    if (note != NULL) {
        char *end = note + strlen(flood.left);
        memmove(note, end, (size_t)(heard->start + heard->length - end));
        heard->length -= strlen(flood.left);
    }
    size_t length;
    const char *wanted = poured(speaker, &length);
    if (heard->length < length || memcmp(heard->start, wanted, length) != 0)
        fail_because(EXPECT_LINE,
                     "%s. %s sent %d lines of %d bytes. %s got as many lines, but some of them "
                     "were changed.",
                     _(one_stalled), speaker->name, BATCH * BATCHES, LONG_LINE, other->name);
}

static bool is_told_to_have_left(void *argument)
{
    struct flood *flood = argument;
    listen_on(&flood->listeners[1]);
    return has_words(&flood->listeners[1].heard, flood->left);
}

/* Two clients connect after CLIENT has left. The second gets CLIENT's old descriptor, and must keep
   its connection. */
static void expect_newcomers_stay(struct program *server, const struct peer *client)
{
    struct listener rest = {.peer = members[0]};
    listen_on(&rest);
    enter(server, "The next client");
    struct peer *second = enter(server, "The second new client");
    gate_open(server, GROUP_CLOSING);
    expect_on_console(server, client->port, "disconnected",
                      "The server ended the connection of a member that did not read");
    for (int i = 0; i < 2; i++) {
        struct word word = new_word();
        say_line(second, word.letters);
        dialogue_did(
            "The server ended the connection of a member that did not read. Two others connected, "
            "and the second of them got the same descriptor. It sent a line.");
        expect_told(line_of(second, word.letters), second);
    }
}

/* Returns whether LINE is one of the first member's lines, or a `left`; or, if CUT, the beginning
   of one. */
static bool is_said(const char *line, size_t length, const struct word words[2], bool cut)
{
    bool found = false;
    for (size_t i = 0; i < 1 + member_count && !found; i++) {
        const char *said =
            i < 2 ? line_of(members[0], words[i].letters) : line_of(members[i - 1], "left");
        found = (cut ? length <= strlen(said) : length == strlen(said)) &&
                memcmp(line, said, length) == 0;
    }
    return found;
}

/* Expects that MEMBER has got whole lines, and nothing after half a line. */
static void expect_whole_lines(struct peer *member, const struct word words[2], const char *did)
{
    char back[400];
    ssize_t got = recv(member->fd, back, sizeof back, 0);
    size_t received = got < 0 ? 0 : (size_t)got;
    for (size_t at = 0; at < received;) {
        const char *newline = memchr(back + at, '\n', received - at);
        size_t length = newline == NULL ? received - at : (size_t)(newline - back) - at;
        if (is_said(back + at, length, words, newline == NULL)) {
            at += length + 1;
            continue;
        }
        struct text text = {0};
        text_harmless(&text, back, received, 100, false);
        fail_because(EXPECT_NOTHING,
                     "%s The server must send nothing after half a line. %s got \"%s\".", _(did),
                     member->name, text.start);
    }
}

/* A member sends a line. For one member, send takes five bytes of it and then fails, as it does
   when the buffers are full. Nothing may follow half a line. */
static void expect_nothing_behind_half_a_line(struct program *server)
{
    static const char did[] = "A client sent a line. For one member, send took 5 bytes of it, and "
                              "failed with EAGAIN for the rest (the test makes it fail). Then the "
                              "client sent another line.";
    struct word words[2] = {new_word(), new_word()};
    struct peer *speaker = members[0];
    fault_limit(server, GROUP_SENDING, 5);
    gate_arm(server, GROUP_SENDING, 1, false);
    say_line(speaker, words[0].letters);
    if (gate_wait(server, GROUP_SENDING) != DONE) {
        gate_open(server, GROUP_SENDING);
        fault_off(server, GROUP_SENDING);
        return; /* it does not send with a call that the probe could cut short */
    }
    fault_error(server, GROUP_SENDING, EAGAIN, 1, 0);
    gate_open(server, GROUP_SENDING);
    program_settle(server);
    fault_off(server, GROUP_SENDING);
    say_line(speaker, words[1].letters);
    program_settle(server);
    for (size_t i = 1; i < member_count; i++)
        expect_whole_lines(members[i], words, did);
}

/* STALLED's buffers are full. Expects that OTHER gets `left`, and that STALLED gets the first
   lines, whole, and then the end of its connection. */
static void expect_let_out(struct flood *flood, struct peer *stalled, const struct peer *speaker,
                           struct peer *other)
{
    static char back[BATCH * BATCHES * (LONG_LINE + 16)];
    struct text text = {0};
    other->wants = POLLIN;
    if (stage_wait(NULL, is_told_to_have_left, flood) != DONE) {
        text_add(
            &text,
            _("%s: %d lines of %d bytes%s. That is more than fits into the buffers of its "
              "connection and the %d bytes that the room may keep. The server should have ended "
              "its connection. %s should have got \"%.*s\". It did not, "),
            _(one_stalled), BATCH * BATCHES, LONG_LINE,
            _(speaker == NULL ? ", which the operator typed" : ""), ROOM_KEPT, other->name,
            (int)strlen(flood->left) - 1, flood->left);
        add_ending(&text, other);
        fail_because(EXPECT_CLOSE, "%s.", text.start);
    }
    other->wants = 0;
    size_t length;
    const char *wanted = poured(speaker, &length);
    size_t received = peer_receive(stalled, back, length);
    if (memcmp(back, wanted, received) != 0)
        fail_because(EXPECT_LINE,
                     "%s, and the server ended its connection. Then it read the %zu bytes that had "
                     "arrived. They should be the first lines, unchanged. Nothing may follow half "
                     "a line.",
                     _(one_stalled), received);
    if (!stalled->finished && !stalled->reset) {
        text_add(&text,
                 _("%s. The others got the line that it had left. The server should have ended its "
                   "connection. It did not, "),
                 _(one_stalled));
        add_ending(&text, stalled);
        fail_because(EXPECT_CLOSE, "%s.", text.start);
    }
    forget(stalled);
}

SLOW(stalled_member_closed, 1, "room: disconnects a member that does not read",
     "If only part of a line could be sent, nothing may follow it. shutdown with SHUT_RDWR wakes "
     "the member's own thread, which then leaves.",
     "A member that does not read")
{
    static struct flood flood;
    struct program *server = start_server();
    struct peer *stalled = enter_stalled(server);
    struct peer *speaker = enter(server, "The first client");
    struct peer *other = enter(server, "The second client");
    /* Holds a second close of its connection until another client has got the descriptor. */
    gate_arm(server, GROUP_CLOSING, 1, false);
    pour(server, &flood, stalled, speaker, other);
    expect_let_out(&flood, stalled, speaker, other);
    expect_newcomers_stay(server, stalled);
    expect_nothing_behind_half_a_line(server);
}

SCENARIO(stalled_member_and_operator, 1,
         "room: a stalled member does not block the operator's lines",
         "Use one function that sends to all members, for a member's line, for the operator's, and "
         "for `joined` and `left`.",
         "A member that does not read")
{
    static struct flood flood;
    struct program *server = start_server();
    struct peer *stalled = enter_stalled(server);
    enter(server, "The first client");
    struct peer *other = enter(server, "The second client");
    pour(server, &flood, stalled, NULL, other);
    expect_let_out(&flood, stalled, NULL, other);
}
