/* The room: members that leave or reset their connection while a line is being sent. */
#include "lab-4/room.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* While the server sends SPEAKER's line, the LEAVERS leave. The others must get all of it. */
static void speak_while_leaving(struct program *server, struct peer *speaker, int skip,
                                struct peer *const *leavers, size_t count, const char *did)
{
    struct word word = new_word();
    const char *lines[3] = {line_of(leavers[0], "left"), line_of(leavers[count - 1], "left"), NULL};
    lines[count] = line_of(speaker, word.letters);
    gate_arm(server, GROUP_SENDING, skip, false);
    say_line(speaker, word.letters);
    need_sending_gate(server, lines[count], speaker);
    for (size_t i = 0; i < count; i++) {
        leave(leavers[i], i == 0 ? CLOSE : RESET);
        forget(leavers[i]);
    }
    let_others_come(server, count);
    gate_open(server, GROUP_SENDING);
    for (size_t i = 0; i < member_count; i++)
        expect_in_any_order(members[i], lines, members[i] == speaker ? count : count + 1, did);
}

SCENARIO(leaving, 1, "room: survives members that leave while a line is sent",
         "A member must stay in the table, with its connection open, until no thread sends to it "
         "any more. Use the same lock for sending and for leaving.",
         "Who is in the room")
{
    struct program *server = start_server();
    struct peer *leavers[2];
    leavers[0] = enter(server, "The oldest member");
    struct peer *speaker = enter(server, "The first client");
    struct peer *staying = enter(server, "A member that stays");
    leavers[1] = enter(server, "The newest member");
    speak_while_leaving(server, speaker, 1, leavers, 2,
                        "The first client sent a line. When the server had sent it to one member, "
                        "two others left: one closed its connection, the other reset it (RST).");
    leavers[0] = enter(server, "The next client");
    enter(server, "The second new client");
    say_something(staying);
    fault_limit(server, GROUP_SENDING, 5);
    speak_while_leaving(server, speaker, 1, leavers, 1,
                        "The first client sent a line. send took only 5 bytes of it (the test "
                        "limits it). Before the server had sent the rest, a member left.");
    say_something(staying);
}

/* GONE closes and resets its connection. The test holds its thread, which does not know it yet. */
static void vanish(struct program *server, struct peer *gone)
{
    gate_arm(server, GROUP_RECEIVING, 0, true);
    forget(gone);
    peer_half_close(gone);
    need_gate(server, GROUP_RECEIVING);
    peer_reset(gone);
}

/* Lets its thread notice. */
static void let_notice(struct program *server, const struct peer *gone)
{
    gate_open(server, GROUP_RECEIVING);
    dialogue_did("%s closed and reset its connection (FIN, RST).", gone->name);
    expect_told(line_of(gone, "left"), NULL);
}

static void speak_to_vanished(struct program *server, struct peer *speaker, struct peer *gone)
{
    vanish(server, gone);
    struct word word = new_word();
    say_line(speaker, word.letters);
    dialogue_did("%s closed and reset its connection (FIN, RST). %s sent \"%s\" before that thread "
                 "had noticed.",
                 gone->name, speaker->name, word.letters);
    expect_told(line_of(speaker, word.letters), speaker);
    let_notice(server, gone);
}

static void announce_to_vanished(struct program *server, struct peer *gone)
{
    vanish(server, gone);
    struct word word = new_word();
    char line[40];
    snprintf(line, sizeof line, "server says: %s", word.letters);
    type_line(server, word.letters);
    dialogue_did("%s closed and reset its connection (FIN, RST). Before its thread had noticed, "
                 "the operator typed \"%s\".",
                 gone->name, word.letters);
    expect_told(line, NULL);
    let_notice(server, gone);
}

static struct peer *come_after_vanished(struct program *server, const char *name, struct peer *gone)
{
    vanish(server, gone);
    struct peer *newcomer = connect_next(server, name);
    dialogue_did(
        "%s closed and reset its connection (FIN, RST). %s connected before that thread had "
        "noticed: its number is %u.",
        gone->name, _(name), newcomer->port);
    expect_joined(newcomer);
    let_notice(server, gone);
    return newcomer;
}

SCENARIO(broken_member, 1, "room: sends to all the others when one send fails",
         "A failed send concerns only that member: go on with the next one. Use MSG_NOSIGNAL, or "
         "SIGPIPE kills the server.",
         "One member's error is not the others'")
{
    struct program *server = start_server();
    struct peer *oldest = enter(server, "The oldest member");
    struct peer *second = enter(server, "The second member");
    struct peer *third = enter(server, "The third member");
    struct peer *newest = enter(server, "The newest member");
    speak_to_vanished(server, second, oldest);
    speak_to_vanished(server, third, newest);
    struct peer *next = enter(server, "The next client");
    struct peer *last = enter(server, "The second new client");
    announce_to_vanished(server, second);
    announce_to_vanished(server, last);
    last = enter(server, "The seventh client");
    come_after_vanished(server, "The eighth client", third);
    struct peer *latest =
        come_after_vanished(server, "The ninth client", members[member_count - 1]);
    speak_to_vanished(server, next, last);
    say_something(latest);
}

struct round {
    struct program *server;
    struct peer *speaker;
    size_t length; /* of the line that SPEAKER's becomes */
};

/* Returns whether MEMBER has got the whole line. */
static bool has_heard(const struct round *round, const struct peer *member)
{
    char bytes[64];
    return recv(member->fd, bytes, round->length, MSG_PEEK) == (ssize_t)round->length;
}

/* Returns whether one send has failed, and all but one of the other members have got the line. */
static bool most_have_heard(void *argument)
{
    const struct round *round = argument;
    size_t heard = 0;
    for (size_t i = 0; i < member_count; i++)
        heard += members[i] != round->speaker && has_heard(round, members[i]);
    return heard + 2 >= member_count && fault_hits(round->server, GROUP_SENDING) > 0;
}

/* While the server sends SPEAKER's line WORDS, one send fails. Expects all but one of the others to
   get the line. Returns that one, or NULL if the server sent the line to it again. */
static struct peer *speak_while_send_fails(struct program *server, struct peer *speaker, int skip,
                                           const char *words)
{
    size_t missing = 0;
    struct peer *unlucky = NULL;
    struct round round = {server, speaker, strlen(line_of(speaker, words)) + 1};
    program_watch(server);
    fault_error(server, GROUP_SENDING, EPIPE, 1, skip);
    say_line(speaker, words);
    for (size_t i = 0; i < member_count; i++)
        members[i]->wants = members[i] == speaker ? 0 : POLLIN;
    stage_wait(NULL, most_have_heard, &round);
    for (size_t i = 0; i < member_count; i++)
        members[i]->wants = 0;
    trust_fault(server, GROUP_SENDING, "make fail");
    for (size_t i = 0; i < member_count; i++) {
        if (members[i] == speaker || has_heard(&round, members[i]))
            continue;
        unlucky = members[i];
        missing++;
    }
    dialogue_did(
        "%s sent \"%s\". While the server sent it to four others, one send failed (EPIPE).",
        speaker->name, words);
    if (missing > 1) {
        struct text text = {0};
        text_add(&text,
                 _("%s sent \"%s\". While the server sent it to four others, one send failed "
                   "(EPIPE). The other three should have got it. %zu of the four got it, "),
                 speaker->name, words, 4 - missing);
        add_ending(&text, NULL);
        fail_because(EXPECT_LINE, "%s.", text.start);
    }
    return unlucky;
}

/* The member that did not get SPEAKER's line leaves, unless the server has already ended its
   connection. */
static void fail_one_send(struct program *server, struct peer *speaker, int skip)
{
    struct word word = new_word();
    struct peer *unlucky = speak_while_send_fails(server, speaker, skip, word.letters);
    if (unlucky == NULL)
        unlucky = members[member_count - 1];
    forget(unlucky);
    peer_close(unlucky);
    /* If the server drops the member at once, `left` may arrive before the line. */
    const char *lines[] = {line_of(unlucky, "left"), line_of(speaker, word.letters)};
    for (size_t i = 0; i < member_count; i++)
        expect_in_any_order(members[i], lines, members[i] == speaker ? 1 : 2,
                            "A client sent a line. While the server sent it to all, one send "
                            "failed (EPIPE), and that member left.");
    struct peer *next = connect_next(server, "The next client");
    dialogue_did(
        "While the server sent a line to all, one send failed (EPIPE). Then another client "
        "connected.");
    expect_joined(next);
    say_something(speaker);
}

SCENARIO(send_fails, 1, "room: releases its lock when a send fails",
         "After an error, unlock on the way out too. Do not call a function that takes the lock "
         "while you hold it.",
         "One member's error is not the others'")
{
    struct program *server = start_server();
    enter(server, "The oldest member");
    struct peer *speaker = enter(server, "The first client");
    enter(server, "The third member");
    enter(server, "The fourth member");
    enter(server, "The newest member");
    for (int skip = 0; skip < 4; skip++)
        fail_one_send(server, speaker, skip);
}

/* The test holds the sender before its first send. Meanwhile a member leaves. */
static void leave_while_held(struct program *server, struct peer *speaker, struct peer *leaver)
{
    struct word word = new_word();
    size_t extra;
    gate_arm(server, GROUP_SENDING, 0, false);
    say_line(speaker, word.letters);
    need_sending_gate(server, line_of(speaker, word.letters), speaker);
    forget(leaver);
    peer_half_close(leaver);
    peer_receive_end(leaver, &extra); /* or it waits for the thread that is held */
    /* The gate below is for the new client's thread, not for one that sends the line. */
    program_settle(server);
    /* accept chose its descriptor before the old one was free: the second new client gets it. */
    gate_arm(server, GROUP_STARTING, 0, false);
    struct peer *first = connect_next(server, "The next client");
    need_gate(server, GROUP_STARTING);
    gate_open(server, GROUP_STARTING);
    let_others_come(server, 2); /* the first and the leaver, if they wait for the one held */
    program_settle(server);
    gate_arm(server, GROUP_STARTING, 0, false);
    struct peer *second = connect_next(server, "The second new client");
    need_gate(server, GROUP_STARTING);
    gate_open(server, GROUP_SENDING);
    dialogue_did(
        "While the server sent a line, a member left, and two new clients connected. The second of "
        "them got the descriptor of the member who left.");
    for (size_t i = 0; i < member_count; i++) {
        const char *lines[] = {line_of(leaver, "left"), line_of(first, "joined"),
                               line_of(speaker, word.letters)};
        expect_in_any_order(members[i], lines, members[i] == speaker ? 2 : 3,
                            "While the server sent a line, a member left, and two new clients "
                            "connected.");
    }
    gate_open(server, GROUP_STARTING);
    expect_line(second, line_of(second, "joined"));
    for (size_t i = 0; i < member_count; i++)
        expect_line(members[i], line_of(second, "joined"));
    peer_close(first);
    for (size_t i = 0; i < member_count; i++)
        expect_line(members[i], line_of(first, "left"));
    expect_line(second, line_of(first, "left"));
    members[member_count++] = second;
    say_something(speaker);
    /* Their connections are closed too. */
    expect_on_console(server, leaver->port, "disconnected", "A member has left");
    expect_on_console(server, first->port, "disconnected", "A member has left");
}

/* Holds the thread that closes LEAVER's connection, after that close. It may close a duplicate of
   the descriptor before. */
static void hold_at_last_close(struct program *server, const struct peer *leaver)
{
    need_gate(server, GROUP_CLOSING);
    while (connection_inode(leaver) != 0) {
        gate_next(server, GROUP_CLOSING);
        need_gate(server, GROUP_CLOSING);
    }
}

/* A member leaves. The test holds its thread after it has closed the connection. */
static void close_while_held(struct program *server, struct peer *leaver)
{
    gate_arm(server, GROUP_CLOSING, 0, true);
    forget(leaver);
    leave(leaver, CLOSE);
    hold_at_last_close(server, leaver);
    static const char did[] = "A member left. Its thread closed the connection, and the test holds "
                              "the thread there. Two new clients connected, and the second of them "
                              "got the descriptor of the member who left.";
    dialogue_did(did);
    /* The member must already be out of the room: `left` was sent before the close. */
    expect_told(line_of(leaver, "left"), NULL);
    enter(server, "The next client");
    struct peer *second = enter(server, "The second new client");
    struct word word = new_word();
    say_line(members[0], word.letters);
    dialogue_did(did);
    expect_told(line_of(members[0], word.letters), members[0]);
    gate_open(server, GROUP_CLOSING);
    program_settle(server); /* whatever that thread still does has been done then */
    say_something(second);
    say_something(members[0]);
}

SCENARIO(number_reused, 1, "room: sends nothing to a descriptor that was closed and reused",
         "First remove the member from the table, then close its connection. After the close, the "
         "number may belong to the next client.",
         "Who is in the room")
{
    struct program *server = start_server();
    struct peer *oldest = enter(server, "The oldest member");
    struct peer *speaker = enter(server, "The first client");
    struct peer *third = enter(server, "The third member");
    enter(server, "The newest member");
    leave_while_held(server, speaker, third);
    close_while_held(server, oldest);
}
