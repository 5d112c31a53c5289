/* The room: other lines arrive while a line is being sent, or while a client joins. */
#include "lab-4/room.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

struct saying {
    const struct program *server;
    size_t length; /* of the line that all members must get */
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

/* While the server sends one member's line, another member and the operator send lines too. */
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
    /* A thread that is held at the gate of a lock does not make others wait. */
    let_others_come(server, group == GROUP_SENDING ? 2 : SIZE_MAX);
    gate_open(server, group);
    expect_in_any_order(members[0], lines, 3, did);
    expect_in_any_order(members[3], lines, 3, did);
    expect_in_any_order(second, lines, 2, did);
    expect_in_any_order(first, lines + 1, 2, did);
}

SCENARIO(at_the_same_time, 2, "room: keeps lines whole when members send at the same time",
         "Build the whole line in a local buffer, not in a static one. Send all of it to a member "
         "before another thread may send to that member.",
         "Who is in the room")
{
    struct program *server = start_server();
    enter(server, "The oldest member");
    enter(server, "The first speaker");
    enter(server, "The second speaker");
    enter(server, "The newest member");
    speak_together(server, GROUP_SENDING,
                   "A client sent a line. When the server had begun to send it to the members, "
                   "another client and the operator sent lines too.");
    speak_together(server, GROUP_LOCKING,
                   "A client, another client and the operator sent lines at nearly the same time.");
    fault_limit(server, GROUP_SENDING, 5);
    speak_together(server, GROUP_SENDING,
                   "A client sent a line. send took only 5 bytes of it (the test limits it). "
                   "Before the server had sent the rest, another client and the operator sent "
                   "lines too.");
}

SCENARIO(short_sends, 1, "room: handles short writes",
         "send returns how many bytes it took. Call it again with the rest until all bytes are "
         "sent.",
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
    /* Without a signal handler, or with SA_RESTART, no signal can interrupt this program's calls.
     */
    if (!trust_interruptible(server))
        return;
    fault_error(server, GROUP_SENDING, EINTR, 2, 0);
    say_something(first);
    say_something(third);
}

/* The test holds a new client's thread at one point of room_join, and a member sends a line. If the
   new client has got `joined` by then, it must get that line. */
static void speak_while_joining(struct program *server, enum probe_group group, int skip)
{
    char byte;
    struct word words[2] = {new_word(), new_word()};
    struct peer *speaker = members[0];
    const char *spoken[3];
    gate_arm(server, group, skip, false);
    struct peer *newcomer = connect_next(server, "The new client");
    /* It may take the lock only once, or take a lock that the test cannot hold. */
    bool held = gate_wait(server, group) == DONE;
    if (!held && group == GROUP_SENDING)
        need_gate(server, group);
    bool is_in = peer_peek(newcomer, &byte) == 1;
    spoken[0] = line_of(newcomer, "joined");
    spoken[1] = line_of(speaker, words[0].letters);
    spoken[2] = line_of(speaker, words[1].letters);
    say_line(speaker, words[0].letters);
    /* A thread that is held at the gate of a lock seems to wait for this lock too. */
    let_others_come(server, held && group == GROUP_LOCKING ? 2 : 1);
    gate_open(server, group);
    dialogue_did("A new client connected. While it joined the room, the first client sent \"%s\".",
                 words[0].letters);
    expect_line(newcomer, spoken[0]);
    say_line(speaker, words[1].letters);
    for (size_t i = 1; i < member_count; i++)
        expect_in_any_order(members[i], spoken, 3,
                            "A new client connected. While it joined the room, the first client "
                            "sent two lines.");
    expect_line(speaker, spoken[0]);
    /* If it was added after that line was sent, it need not get it. */
    char back[2 * ROOM_LINE_LIMIT];
    size_t length = strlen(spoken[2]) + 1;
    size_t received = peer_receive(newcomer, back, length);
    bool heard = received == length && memcmp(back, spoken[1], length - 1) == 0;
    if (heard)
        received = peer_receive(newcomer, back, length);
    bool second = received == length && memcmp(back, spoken[2], length - 1) == 0;
    if ((is_in && !heard) || !second)
        fail_because(EXPECT_LINE,
                     "A new client got \"%s\". Then the first client sent two lines, \"%s\" and "
                     "\"%s\". The new client was in the room, and should have got both. It %s.",
                     spoken[0], words[0].letters, words[1].letters,
                     _(heard           ? "got only the first"
                       : second        ? "got only the second"
                       : received == 0 ? "got neither"
                                       : "got something else first"));
    members[member_count++] = newcomer;
}

SLOW(said_while_joining, 1, "room: a new client gets all lines after its own `joined`",
     "Add it to the table and send it `joined` without releasing the lock in between.",
     "Who is in the room")
{
    struct program *server = start_server();
    enter(server, "The first client");
    enter(server, "The second client");
    for (int skip = 0; skip < 3; skip++)
        speak_while_joining(server, GROUP_SENDING, skip);
    for (int skip = 0; skip < 2; skip++)
        speak_while_joining(server, GROUP_LOCKING, skip);
}
