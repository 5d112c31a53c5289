/* The room: others speak while a line is being sent, or while somebody joins. */
#include "lab-4/room.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

struct saying {
    const struct program *server;
    size_t length; /* of the line that everybody is to get */
};

/* The first line has reached the oldest and the newest member, or its sender is held. */
static bool is_said_or_held(void *argument)
{
    char bytes[64];
    const struct saying *saying = argument;
    if (gate_is_holding(saying->server, GROUP_LOCKING))
        return true;
    return recv(members[0]->fd, bytes, sizeof bytes, MSG_PEEK) == (ssize_t)saying->length &&
           recv(members[member_count - 1]->fd, bytes, sizeof bytes, MSG_PEEK) ==
               (ssize_t)saying->length;
}

/* While the line of one member is being sent, another one speaks, and so does the operator. */
static void speak_together(struct program *server, enum probe_group group, const char *did)
{
    char announced[64];
    struct word words[3] = {new_word(), new_word(), new_word()};
    struct peer *first = members[1];
    struct peer *second = members[2];
    const char *lines[3] = {line_of(first, words[0].letters), announced,
                            line_of(second, words[1].letters)};
    struct saying saying = {server, strlen(lines[0]) + 1};
    snprintf(announced, sizeof announced, "server says: %s", words[2].letters);
    gate_arm(server, group, 1, false);
    say_line(first, words[0].letters);
    if (group == GROUP_SENDING)
        need_sending_gate(server, lines[0], first);
    if (group == GROUP_LOCKING)
        stage_settle(NULL, is_said_or_held, &saying);
    say_line(second, words[1].letters);
    type_line(server, words[2].letters);
    /* At the gate of a lock, the one that is held waits for no other. */
    let_others_come(server, group == GROUP_SENDING ? 2 : SIZE_MAX);
    gate_open(server, group);
    expect_in_any_order(members[0], lines, 3, did);
    expect_in_any_order(members[3], lines, 3, did);
    expect_in_any_order(second, lines, 2, did);
    expect_in_any_order(first, lines + 1, 2, did);
}

SCENARIO(at_the_same_time, 3, "room: keeps a line whole when others speak at the same moment",
         "Compose the whole line in memory of your own (no static buffer), and send all of it "
         "to a member before anybody else may send to it.",
         "Who is in the room")
{
    struct program *server = start_server();
    enter(server, "The oldest member");
    enter(server, "The first speaker");
    enter(server, "The second speaker");
    enter(server, "The newest member");
    speak_together(server, GROUP_SENDING,
                   "A client spoke. When the server had begun to send its line to the members, "
                   "another client and the operator spoke.");
    speak_together(server, GROUP_LOCKING,
                   "A client spoke, and nearly at the same time another client and the operator.");
    fault_limit(server, GROUP_SENDING, 5);
    speak_together(server, GROUP_SENDING,
                   "A client spoke, and send took only 5 bytes of its line (the autograder let it "
                   "take no more). Before the rest had followed, another client and the operator "
                   "spoke.");
}

SCENARIO(short_sends, 1, "room: finishes a send that took less than it was given",
         "send returns how many bytes it took. Call it again with the rest, until nothing is "
         "left.",
         "Who is in the room")
{
    struct program *server = start_server();
    struct peer *first = enter(server, "The first client");
    enter(server, "The second client");
    fault_limit(server, GROUP_SENDING, 5);
    say(first, "a line that send takes in pieces of five bytes");
    announce(server, "and another one");
    struct peer *third = enter(server, "The third client");
    say_something(third);
    trust_fault(server, GROUP_SENDING, "cut short");
    fault_off(server, GROUP_SENDING);
    /* Without a handler, or with SA_RESTART, no call of this program can be interrupted. */
    if (!trust_interruptible(server))
        return;
    fault_error(server, GROUP_SENDING, EINTR, 2, 0);
    say_something(first);
    say_something(third);
}

/* A newcomer is held at one point of its joining, and somebody speaks. What it has been told then
   decides what it must hear. */
static void speak_while_joining(struct program *server, enum probe_group group, int skip)
{
    char byte;
    struct word words[2] = {new_word(), new_word()};
    struct peer *speaker = members[0];
    const char *spoken[3];
    gate_arm(server, group, skip, false);
    struct peer *newcomer = connect_next(server, "The newcomer");
    /* It may take the lock only once, or no lock that can be held. */
    bool held = gate_wait(server, group) == DONE;
    if (!held && group == GROUP_SENDING)
        need_gate(server, group);
    bool is_in = peer_peek(newcomer, &byte) == 1;
    spoken[0] = line_of(newcomer, "joined");
    spoken[1] = line_of(speaker, words[0].letters);
    spoken[2] = line_of(speaker, words[1].letters);
    say_line(speaker, words[0].letters);
    /* At the gate of a lock, the one that is held seems to wait for it as well. */
    let_others_come(server, held && group == GROUP_LOCKING ? 2 : 1);
    gate_open(server, group);
    dialogue_did("A newcomer came. While it was let in, the first client sent \"%s\".",
                 words[0].letters);
    expect_line(newcomer, spoken[0]);
    say_line(speaker, words[1].letters);
    for (size_t i = 1; i < member_count; i++)
        expect_in_any_order(members[i], spoken, 3,
                            "A newcomer came. While it was let in, the first client spoke, twice.");
    expect_line(speaker, spoken[0]);
    /* When it is put in after that line was said, it need not hear it. */
    char back[2 * ROOM_LINE_LIMIT];
    size_t length = strlen(spoken[2]) + 1;
    size_t received = peer_receive(newcomer, back, length);
    bool heard = received == length && memcmp(back, spoken[1], length - 1) == 0;
    if (heard)
        received = peer_receive(newcomer, back, length);
    bool second = received == length && memcmp(back, spoken[2], length - 1) == 0;
    if ((is_in && !heard) || !second)
        fail_because("A newcomer got \"%s\". Then the first client sent two lines, \"%s\" and "
                     "\"%s\". The newcomer was in the room, and should have got both; it %s.",
                     spoken[0], words[0].letters, words[1].letters,
                     heard           ? "got the first only"
                     : second        ? "got the second only"
                     : received == 0 ? "did not get them"
                                     : "got something else first");
    members[member_count++] = newcomer;
}

SLOW(said_while_joining, 2, "room: a newcomer hears what is said once it has joined",
     "Put it in the table and tell it `joined` under one and the same lock.", "Who is in the room")
{
    struct program *server = start_server();
    enter(server, "The first client");
    enter(server, "The second client");
    for (int skip = 0; skip < 3; skip++)
        speak_while_joining(server, GROUP_SENDING, skip);
    for (int skip = 0; skip < 2; skip++)
        speak_while_joining(server, GROUP_LOCKING, skip);
}
