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

/* Its buffers, on both sides, are full after a few lines. */
static struct peer *enter_stalled(struct program *server)
{
    atomic_store(&server->orders->buffers, SMALL_BUFFERS);
    peer_buffers(SMALL_BUFFERS);
    struct peer *client = enter(server, "A client that will not read");
    peer_buffers(0);
    atomic_store(&server->orders->buffers, 0);
    return client;
}

struct flood {
    struct listener listeners[2];
    size_t wanted;    /* how many lines the second must have, */
    const char *left; /* this one not counted */
    uint64_t begun;
};

static size_t lines_heard(const struct flood *flood)
{
    const struct listener *listener = &flood->listeners[1];
    return listener->lines - has_words(&listener->heard, flood->left);
}

/* Also true when it has taken twice as long as it may. */
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

/* A long line with its number in front, and a newline. */
static void write_line(char *line, size_t number)
{
    (void)memset(line, '.', LONG_LINE);
    line[sprintf(line, "%zu", number)] = ' ';
    line[LONG_LINE - 1] = '\n';
}

static const char one_stalled[] = "One member of three did not read what it was sent";

/* WHO has sent all that OTHER is to have got by now, and it has not. */
static _Noreturn void fail_pour(const struct flood *flood, const char *who,
                                const struct peer *other, bool late)
{
    struct text text = {0};
    text_add(&text, "%s. %s sent %zu lines of %d bytes. %s had %zu of them", one_stalled, who,
             flood->wanted, LONG_LINE, other->name, lines_heard(flood));
    if (late) {
        text_add(&text,
                 ", and still not the next after %.1f seconds: it should have come within %d "
                 "ms. The server waits for the one that does not read, before it sends to the "
                 "others.",
                 seconds_since(flood->begun), ROOM_DELAY_MS);
    } else {
        text_add(&text, ", and should have got the others as well; ");
        add_ending(&text, other);
        text_add(&text, ".");
    }
    fail_because("%s", text.start);
}

/* SPEAKER, or the operator if it is NULL, says 100 lines of 1000 bytes, a few at a time; OTHER must
   hear each in time. All that the two hear is in FLOOD. */
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

SCENARIO(deaf, 3, "room: is not held up by a member that does not read",
         "When its buffers are full, send waits, and the lock with it. MSG_DONTWAIT makes it "
         "fail with EAGAIN instead.",
         "A member that does not read")
{
    static struct flood flood;
    struct program *server = start_server();
    struct peer *stalled = enter_stalled(server);
    struct peer *speaker = enter(server, "The first client");
    struct peer *other = enter(server, "The second client");
    pour(server, &flood, stalled, speaker, other);
    /* Everything but the line that it has left, wherever that came. */
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
        fail_because("%s. %s sent %d lines of %d bytes. %s got as many, but not all of them as "
                     "they were sent.",
                     one_stalled, speaker->name, BATCH * BATCHES, LONG_LINE, other->name);
}

static bool is_told_to_have_left(void *argument)
{
    struct flood *flood = argument;
    listen_on(&flood->listeners[1]);
    return has_words(&flood->listeners[1].heard, flood->left);
}

/* Two come after CLIENT has left: the second gets the number of its descriptor, and keeps it. */
static void expect_newcomers_stay(struct program *server, const struct peer *client)
{
    struct listener rest = {.peer = members[0]};
    listen_on(&rest);
    enter(server, "The next client");
    struct peer *second = enter(server, "The next but one");
    gate_open(server, GROUP_CLOSING);
    expect_on_console(server, client->port, "disconnected",
                      "A member that did not read was let go");
    for (int i = 0; i < 2; i++) {
        struct word word = new_word();
        say_line(second, word.letters);
        dialogue_did(
            "A member that did not read was let go, and two others came: the second has got "
            "the number of its descriptor. It spoke.");
        expect_told(line_of(second, word.letters), second);
    }
}

/* LINE is one of what the first member has said, or tells of one who has left; or if CUT, it is the
   beginning of one. */
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

/* MEMBER has got whole lines, and behind half a line nothing. */
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
        fail_because("%s Behind half a line nothing should be sent. %s got \"%s\".", did,
                     member->name, text.start);
    }
}

/* Somebody speaks, and send takes five bytes of the line for one member, and then nothing, as it
   does when the buffers are full. Whoever has got half a line gets nothing behind it. */
static void expect_nothing_behind_half_a_line(struct program *server)
{
    static const char did[] = "A client spoke. send took 5 bytes of its line for one member, and "
                              "failed with EAGAIN when it was called with the rest (the autograder "
                              "let it). Then the client spoke again.";
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

/* STALLED's buffers are full; OTHER is told that it has left, and what it has got are the first
   lines, whole, and the end of its connection. */
static void expect_let_out(struct flood *flood, struct peer *stalled, const struct peer *speaker,
                           struct peer *other)
{
    static char back[BATCH * BATCHES * (LONG_LINE + 16)];
    struct text text = {0};
    other->wants = POLLIN;
    if (stage_wait(NULL, is_told_to_have_left, flood) != DONE) {
        text_add(&text,
                 "%s: %d lines of %d bytes%s, more than the buffers of its connection and the %d "
                 "bytes hold that the room may keep. It should have been let go, and %s should "
                 "have got \"%.*s\"; ",
                 one_stalled, BATCH * BATCHES, LONG_LINE,
                 speaker == NULL ? ", which the operator typed" : "", ROOM_KEPT, other->name,
                 (int)strlen(flood->left) - 1, flood->left);
        add_ending(&text, other);
        fail_because("%s.", text.start);
    }
    other->wants = 0;
    size_t length;
    const char *wanted = poured(speaker, &length);
    size_t received = peer_receive(stalled, back, length);
    if (memcmp(back, wanted, received) != 0)
        fail_because("%s, and was let go. When it read what was there, %zu bytes, it was not the "
                     "first lines that were said, each as it was said: after half a line, which "
                     "send may have taken, nothing may follow.",
                     one_stalled, received);
    if (!stalled->finished && !stalled->reset) {
        text_add(&text,
                 "%s. The others were told that it had left. It should have seen the end of its "
                 "connection; ",
                 one_stalled);
        add_ending(&text, stalled);
        fail_because("%s.", text.start);
    }
    forget(stalled);
}

SLOW(deaf_is_let_go, 2, "room: lets a member go in the end that does not read",
     "When not all of a line could be sent, nothing may follow it. shutdown with SHUT_RDWR "
     "wakes the member's own thread, which leaves.",
     "A member that does not read")
{
    static struct flood flood;
    struct program *server = start_server();
    struct peer *stalled = enter_stalled(server);
    struct peer *speaker = enter(server, "The first client");
    struct peer *other = enter(server, "The second client");
    /* Should its connection be closed a second time, then only when somebody else has got the
       number. */
    gate_arm(server, GROUP_CLOSING, 1, false);
    pour(server, &flood, stalled, speaker, other);
    expect_let_out(&flood, stalled, speaker, other);
    expect_newcomers_stay(server, stalled);
    expect_nothing_behind_half_a_line(server);
}

SCENARIO(deaf_to_the_operator, 1, "room: what the operator types is held up by nobody either",
         "One function that sends to all is enough, for a member's line, for the operator's, "
         "and for who comes and goes.",
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
