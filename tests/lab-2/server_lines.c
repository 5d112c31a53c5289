/* The server: lines over a stream. */
#include "lab-2/common.h"

#include <errno.h>
#include <stdio.h>

SCENARIO(cut_anywhere, 5, "server: takes a line in two pieces, wherever it is cut",
         "A line is complete when its newline has come, not when recv returns. Receive behind "
         "what is there already.",
         "Lines over a stream")
{
    struct program *server = start_server();
    struct peer *client = come_and_talk(server, "The client");
    for (size_t cut = 1; cut <= WORD; cut++) {
        struct word line = new_word();
        struct word answer = new_word();
        say_in_two(server, client, line.letters, cut);
        expect_said(server, "client says: ", line.letters);
        type_line(server, answer.letters);
        expect_line(client, answer.letters);
    }
}

SCENARIO(glued_lines, 5, "server: answers five lines that come at once, one by one",
         "What follows the newline belongs to the next line. Look for a whole line in the "
         "buffer before receiving again.",
         "What is left over")
{
    enum { LINES = 5 };
    struct word lines[LINES];
    struct text text = {0};
    struct program *server = start_server();
    struct peer *client = come_and_talk(server, "The client");
    for (int i = 0; i < LINES; i++) {
        lines[i] = new_word();
        text_add(&text, "%s\n", lines[i].letters);
    }
    say_bytes(client, text.start, text.length);
    text_free(&text);
    for (int i = 0; i < LINES; i++) {
        struct word answer = new_word();
        expect_said(server, "client says: ", lines[i].letters);
        type_line(server, answer.letters);
        expect_line(client, answer.letters);
    }
}

SCENARIO(line_and_half, 3, "server: keeps half a line until the rest comes",
         "After a line is taken out, what is left moves to the front of the buffer, and the "
         "next bytes go behind it.",
         "What is left over")
{
    struct word words[2] = {new_word(), new_word()};
    struct text text = {0};
    struct program *server = start_server();
    struct peer *client = come_and_talk(server, "The client");
    text_add(&text, "%s\n%.3s", words[0].letters, words[1].letters);
    say_piece(server, client, text.start, text.length);
    text_free(&text);
    expect_said(server, "client says: ", words[0].letters);
    struct word answer = new_word();
    type_line(server, answer.letters);
    expect_line(client, answer.letters);
    say_line(client, words[1].letters + 3);
    dialogue_did("The client sent \"%s\\n%.3s\", and after its answer \"%s\\n\".", words[0].letters,
                 words[1].letters, words[1].letters + 3);
    expect_said(server, "client says: ", words[1].letters);
    type_line(server, answer.letters);
    expect_line(client, answer.letters);
}

SCENARIO(many_lines, 3, "server: loses none of 300 lines, nor of 300 answers",
         "The pieces that arrive end anywhere; keep what follows a line, each time. Source and "
         "target overlap when it is moved: memmove.",
         "What is left over")
{
    enum { MANY = 300 };
    struct text lines = {0};
    struct text answers = {0};
    char word[16];
    struct program *server = start_server();
    struct peer *client = come_and_talk(server, "The client");
    for (int i = 0; i < MANY; i++) {
        text_add(&lines, "line %d\n", i);
        text_add(&answers, "%d\n", i);
    }
    type_bytes(server, answers.start, answers.length);
    say_bytes(client, lines.start, lines.length);
    text_free(&answers);
    text_free(&lines);
    for (int i = 0; i < MANY; i++) {
        snprintf(word, sizeof word, "line %d", i);
        expect_said(server, "client says: ", word);
        expect_line(client, word + 5);
    }
}

SCENARIO(empty_lines, 3, "server: takes an empty line for a line, and sends one",
         "An empty line is its newline. Only recv or read returning 0 means the end.",
         "Lines over a stream")
{
    struct program *server = start_server();
    struct peer *client = come_and_talk(server, "The client");
    turn(server, client, "", "");
    turn(server, client, "", new_word().letters);
    turn(server, client, new_word().letters, "");
    turn(server, client, new_word().letters, new_word().letters);
}

SCENARIO(short_receives, 1, "server: takes what recv gives, however little",
         "recv may return fewer bytes than have been sent, at any time.",
         "A stream has no messages")
{
    struct program *server = start_server();
    struct peer *client = come_and_talk(server, "The client");
    fault_limit(server, GROUP_RECEIVING, 3);
    turn(server, client, "a line in pieces of three bytes", "one");
    turn(server, client, "another one", "two");
    trust_fault(server, GROUP_RECEIVING, "cut short");
}

SCENARIO(short_sends, 2, "server: finishes a send that took less than it was given",
         "send returns how many bytes it took. Call it again with the rest, until nothing is "
         "left; the newline is part of it.",
         "How much did send take?")
{
    struct program *server = start_server();
    struct peer *client = come_and_talk(server, "The client");
    fault_limit(server, GROUP_SENDING, 5);
    turn(server, client, "one", "a line that send takes in pieces of five bytes");
    turn(server, client, "two", "another one");
    trust_fault(server, GROUP_SENDING, "cut short");
}

SCENARIO(interrupted, 1, "server: goes on when a signal interrupts recv or send",
         "EINTR means that nothing has happened yet: make the call again.",
         "How much did send take?")
{
    struct program *server = start_server();
    struct peer *client = come_and_talk(server, "The client");
    /* Without a handler, or with SA_RESTART, no call of this program can be interrupted. */
    if (!trust_interruptible(server))
        return;
    fault_error(server, GROUP_RECEIVING, EINTR, 2, 0);
    fault_error(server, GROUP_SENDING, EINTR, 2, 0);
    turn(server, client, new_word().letters, new_word().letters);
    turn(server, client, new_word().letters, new_word().letters);
}
