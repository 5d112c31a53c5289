/* The server: lines over a stream. */
#include "grader/expect/depth.h"
#include "lab-2/common.h"

#include <errno.h>
#include <stdio.h>

SCENARIO(cut_anywhere, 2, "server: reads a line that arrives in two pieces",
         "A line is complete when its newline has arrived, not when recv returns. Put the next "
         "bytes after those you already have.",
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

SCENARIO(glued_lines, 2, "server: answers five lines that arrive at once, one by one",
         "The bytes after the newline belong to the next line. Look for a whole line in the "
         "buffer before you read again.",
         "What is left over")
{
    enum { LINES = 5 };
    struct word lines[LINES];
    struct text text = {0};
    struct program *server = start_server();
    struct peer *client = come(server, "The client");
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

SCENARIO(line_and_half, 1, "server: keeps half a line until the rest arrives",
         "After you have returned a line, move the remaining bytes to the front of the buffer. "
         "Put the next bytes after them.",
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

SCENARIO(many_lines, 1, "server: loses none of 300 lines, nor of 300 answers",
         "A read may end anywhere in a line: keep the bytes after each line. Move them with "
         "memmove, because source and target overlap.",
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
    /* A turn of two people may cost a little of the stack, but no line. */
    expect_loop(server, GROUP_SENDING, 512, "A client sent 300 lines, and got 300 answers");
}

SCENARIO(empty_lines, 1, "server: handles empty lines in both directions",
         "An empty line is just a newline. End of file is something else: recv or read returns 0.",
         "Lines over a stream")
{
    struct program *server = start_server();
    struct peer *client = come_and_talk(server, "The client");
    turn(server, client, "", "");
    turn(server, client, "", new_word().letters);
    turn(server, client, new_word().letters, "");
    turn(server, client, new_word().letters, new_word().letters);
}

SCENARIO(short_receives, 1, "server: handles short reads",
         "recv may return fewer bytes than the client has sent, at any time: call it again until a "
         "newline has come.",
         "A stream has no messages")
{
    struct program *server = start_server();
    struct peer *client = come_and_talk(server, "The client");
    fault_limit(server, GROUP_RECEIVING, 3);
    turn(server, client, "a line in pieces of three bytes", "one");
    turn(server, client, "another one", "two");
    trust_fault(server, GROUP_RECEIVING, "cut short");
}

SCENARIO(short_sends, 1, "server: handles short writes",
         "send returns how many bytes it took. Call it again with the rest until all bytes are "
         "sent, the newline too.",
         "How much did send take?")
{
    struct program *server = start_server();
    struct peer *client = come_and_talk(server, "The client");
    fault_limit(server, GROUP_SENDING, 5);
    turn(server, client, "one", "a line that send takes in pieces of five bytes");
    turn(server, client, "two", "another one");
    trust_fault(server, GROUP_SENDING, "cut short");
}

SCENARIO(
    interrupted, 1, "server: looks at errno only after a call has failed",
    "errno says something only when a call has returned -1: after any other result, 0 as well, "
    "it is what an earlier call has left. EINTR means that nothing has happened yet: call "
    "recv or send again.",
    "How much did send take?")
{
    static const int left[] = {EINTR, EAGAIN, ECONNRESET, EMSGSIZE};
    struct program *server = start_server();
    struct peer *client;
    for (size_t i = 0; i < sizeof left / sizeof left[0]; i++) {
        stale_errno(server, left[i]);
        client = come_and_talk(server, "A client, while errno keeps an old error,");
        turn(server, client, new_word().letters, new_word().letters);
        leave(client, HALF_CLOSE);
        expect_shown(server, "client left\n");
        expect_hang_up(client);
    }
    stale_errno(server, 0);
    client = come_and_talk(server, "The client");
    /* Without a signal handler, or with SA_RESTART, no signal can interrupt this program's calls.
     */
    if (!trust_interruptible(server))
        return;
    fault_error(server, GROUP_RECEIVING, EINTR, 2, 0);
    fault_error(server, GROUP_SENDING, EINTR, 2, 0);
    turn(server, client, new_word().letters, new_word().letters);
    turn(server, client, new_word().letters, new_word().letters);
}
