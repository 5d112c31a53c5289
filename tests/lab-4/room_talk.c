/* The room: its members, and the lines that they get. */
#include "lab-4/room.h"

#include <stdio.h>
#include <string.h>

SCENARIO(conversation, 1, "room: two clients and the operator chat, as in the handout",
         "room_say sends to all except the sender, room_announce to all. room_join and room_leave "
         "tell all members.",
         "Who is in the room")
{
    struct screen screen = {.server = start_server()};
    struct peer *first = enter(screen.server, "The first client");
    expect_on_screen(&screen, first->port, "connected");
    struct peer *second = enter(screen.server, "The second client");
    expect_on_screen(&screen, second->port, "connected");
    say(first, "hello, anybody here?");
    expect_on_screen(&screen, first->port, "hello, anybody here?");
    say(second, "I am");
    expect_on_screen(&screen, second->port, "I am");
    announce(screen.server, "welcome, both of you");
    go(second, HALF_CLOSE);
    expect_on_screen(&screen, second->port, "disconnected");
    say(first, "and gone");
    expect_on_screen(&screen, first->port, "and gone");
    go(first, HALF_CLOSE);
    expect_on_screen(&screen, first->port, "disconnected");
    text_free(&screen.expected);
}

SCENARIO(not_to_speaker, 1, "room: sends a line to all members except the sender",
         "Loop over all members, and skip the one whose connection is CONN.", "Who is in the room")
{
    char back[100];
    struct program *server = start_server();
    struct peer *first = enter(server, "The first client");
    enter(server, "The second client");
    struct peer *third = enter(server, "The third client");
    for (int turn = 0; turn < 2; turn++) {
        const char *words = turn == 0 ? "is it me?" : "it is not";
        struct peer *speaker = turn == 0 ? first : third;
        struct peer *other = turn == 0 ? third : first;
        say(speaker, words);
        struct word answer = new_word();
        say_line(other, answer.letters);
        const char *wanted = line_of(other, answer.letters);
        size_t length = strlen(wanted) + 1;
        size_t received = peer_receive(speaker, back, length);
        if (received == length && memcmp(back, line_of(speaker, ""), 8) == 0) {
            text_add_bytes(&dialogue.heard, back, received);
            fail_because(EXPECT_NOTHING,
                         "%s sent \"%s\". The others got it, which is correct. But it also came "
                         "back to its sender: \"%.*s\".",
                         speaker->name, words, (int)strcspn(back, "\n"), back);
        }
        dialogue_did("%s sent \"%s\". %s answered \"%s\".", speaker->name, words, other->name,
                     answer.letters);
        if (received < length || memcmp(back, wanted, length - 1) != 0) {
            struct text text = {0};
            text_harmless(&text, back, received, 100, false);
            fail_because(EXPECT_LINE,
                         "%s sent \"%s\". %s answered \"%s\". %s should have got \"%s\" and "
                         "nothing else. It got \"%s\".",
                         speaker->name, words, other->name, answer.letters, speaker->name, wanted,
                         text.start != NULL ? text.start : "");
        }
        expect_line(members[1], wanted);
    }
}

/* Two members have the same number: a room that searches for the number finds the wrong one. */
SCENARIO(same_number, 1, "room: distinguishes two members with the same number",
         "The number is only for people to read. Find a member by its connection: compare CONN.",
         "Who is in the room")
{
    struct program *server = start_server();
    struct peer *first = enter(server, "The first client");
    struct peer *second = peer_connect_like("The second client, whose number is the same,", first);
    dialogue_did(
        "The second client connected from another address and, by chance, from the same port. Both "
        "have the number %u.",
        first->port);
    expect_joined(second);
    say_something(first);
    say_something(second);
    go(first, HALF_CLOSE);
    first = enter(server, "The third client");
    say_something(second);
    say_something(first);
    go(second, HALF_CLOSE);
    say_something(enter(server, "The fourth client"));
}

SCENARIO(joins_and_leaves, 1, "room: tells all members who joins and who leaves",
         "Add the new member, and tell all members, also the new one. Remove a member that leaves, "
         "and then tell the rest.",
         "Who is in the room")
{
    struct program *server = start_server();
    struct peer *first = enter(server, "The first client");
    struct peer *second = enter(server, "The second client");
    struct peer *third = enter(server, "The third client");
    struct peer *fourth = enter(server, "The fourth client");
    go(third, HALF_CLOSE); /* one in the middle, the newest, the oldest */
    say_something(first);
    go(fourth, RESET);
    fourth = enter(server, "The fifth client");
    go(first, CLOSE);
    say_something(second);
    go(second, HALF_CLOSE);
    enter(server, "The sixth client");
    say_something(fourth);
}

SCENARIO(operator, 1, "room: sends the operator's lines to all members",
         "room_announce sends \"server says: \", the line and a newline to all members.",
         "Who is in the room")
{
    struct program *server = start_server();
    struct peer *first = enter(server, "The first client");
    announce(server, "hello");
    enter(server, "The second client");
    struct peer *third = enter(server, "The third client");
    announce(server, "to all of you");
    announce(server, "");
    go(first, CLOSE);
    announce(server, "100 % of you");
    say_something(third);
    type_bytes(server, "last", 4);
    type_end(server);
    expect_told("server says: last", NULL);
    /* The server must go on without an operator. */
    enter(server, "The fourth client");
    say_something(third);
}

SCENARIO(empty_room, 1, "room: works after a line to an empty room",
         "Call pthread_mutex_unlock on every path out of a function, also when there is no member "
         "to send to.",
         "One lock, for as long as the work takes")
{
    struct program *server = start_server();
    type_line(server, "nobody hears me");
    program_settle(server);
    dialogue_did(
        "The operator typed a line while the room was empty. Then the first client connected.");
    struct peer *first = connect_next(server, "The first client");
    expect_joined(first);
    say_line(first, "am I alone?");
    program_settle(server);
    struct peer *second = connect_next(server, "The second client");
    dialogue_did("The first client sent a line while it was alone in the room. Then the second "
                 "client connected.");
    expect_joined(second);
    say_something(second);
    go(first, CLOSE);
    go(second, HALF_CLOSE);
    dialogue_did("All clients left the room. Then the third client connected.");
    struct peer *third = connect_next(server, "The third client");
    expect_joined(third);
    enter(server, "The fourth client");
    say_something(third);
    announce(server, "welcome");
}

SCENARIO(any_bytes, 1, "room: passes on bytes of every value, even 0",
         "strlen and %s stop at a zero byte. Use the length of the line instead.",
         "Who is in the room")
{
    static const char zeros[] = "\0a\0\0b\xff\0";
    const char *line = strange_line("");
    char wanted[32];
    struct program *server = start_server();
    struct peer *first = enter(server, "The first client");
    struct peer *second = enter(server, "The second client");
    say(first, line); /* it contains a CR, but not right before the newline */
    announce(server, line);
    say_bytes(first, "\0a\0\0b\xff\0\n", sizeof zeros);
    int front = snprintf(wanted, sizeof wanted, "[%u] ", first->port);
    memcpy(wanted + front, zeros, sizeof zeros - 1);
    expect_bytes(second, wanted, (size_t)front + sizeof zeros - 1);
    type_bytes(server, "x\0y\n", 4);
    expect_bytes(first, "server says: x\0y", 16);
    expect_bytes(second, "server says: x\0y", 16);
    say_something(second);
}

SCENARIO(longest_line, 1, "room: passes on an empty line, and one of 1000 bytes",
         "Your buffer also needs room for the number in front and the newline.",
         "Who is in the room")
{
    static char line[ROOM_LINE_LIMIT + 1];
    struct program *server = start_server();
    struct peer *first = enter(server, "The first client");
    struct peer *second = enter(server, "The second client");
    fill_letters(line, ROOM_LINE_LIMIT);
    say(first, line);
    say(second, "");
    say(second, line);
    announce(server, line);
    line[ROOM_LINE_LIMIT - 1] = '\0';
    say(first, line);
    say(first, "");
}

SLOW(hundreds_in_room, 1, "room: sends a line to 150 members",
     "Let the table grow, or keep a list: only memory limits the members. Count them in a size_t.",
     "Who is in the room")
{
    enum { MEMBERS = 150 };
    stage_needs(2 * MEMBERS + 16, 2 * MEMBERS + 16);
    struct program *server = start_server();
    for (int i = 0; i < MEMBERS; i++)
        enter(server, "One of 150 clients");
    struct peer *last = members[MEMBERS - 1];
    say_line(last, "can all of you hear me?");
    dialogue_did("150 clients joined the room, one after another, and the last one sent a line.");
    expect_told(line_of(last, "can all of you hear me?"), last);
}
