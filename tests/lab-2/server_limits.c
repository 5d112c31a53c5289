/* The server: which lines are allowed, and which are too long. */
#include "lab-2/common.h"

#include <string.h>

/* CLIENT sends the longest line and CR, and the newline when these have been read. */
static void expect_longest_with_cr(struct program *server, struct peer *client)
{
    struct text with_cr = {0};
    const char *line = letters(LIMIT);
    text_add(&with_cr, "%s\r", line);
    say_piece(server, client, with_cr.start, with_cr.length);
    text_free(&with_cr);
    say_bytes(client, "\n", 1);
    dialogue_did("The client sent %d bytes and CR, and a moment later a newline; the limit is %d.",
                 LIMIT, LIMIT);
    expect_said(server, "client says: ", line);
}

SCENARIO(at_limit, 1, "server: reads and sends lines of exactly 1024 bytes",
         "LINE_LIMIT does not count the newline. The terminating 0 of a string needs room too.",
         "A limit, and what is past it")
{
    struct program *server = start_server();
    struct peer *client = come_and_talk(server, "The client");
    turn(server, client, letters(LIMIT), "one");
    turn(server, client, letters(LIMIT - 1), "two");
    turn(server, client, "three", letters(LIMIT));
    turn(server, client, "four", "four");
    /* The line ending arrives later. */
    const char *line = letters(LIMIT);
    say_piece(server, client, line, LIMIT);
    say_bytes(client, "\r\n", 2);
    dialogue_did("The client sent %d bytes, and a moment later CR and newline; the limit is %d.",
                 LIMIT, LIMIT);
    expect_said(server, "client says: ", line);
    type_line(server, "five");
    expect_line(client, "five");
    /* Between two others. */
    struct text three = {0};
    line = letters(LIMIT);
    text_add(&three, "first\n%s\r\nlast\n", line);
    say_bytes(client, three.start, three.length);
    text_free(&three);
    type_bytes(server, "1\n2\n3\n", 6);
    dialogue_did("The client sent a short line, one of %d bytes, and another short one in one "
                 "piece; the limit is %d.",
                 LIMIT, LIMIT);
    expect_said(server, "client says: ", "first");
    expect_said(server, "client says: ", line);
    expect_said(server, "client says: ", "last");
    expect_line(client, "1");
    expect_line(client, "2");
    expect_line(client, "3");
    expect_longest_with_cr(server, client);
}

/* The client has sent a line that is too long. Expects the server to close its connection and to
   serve the next client, which it returns. */
static struct peer *expect_refusal(struct program *server, struct peer *client)
{
    struct word line = new_word();
    expect_hang_up(client);
    expect_complaint(server, "longer than 1024");
    expect_not_shown(server, "client says: ");
    expect_not_shown(server, "client left");
    client = come(server, "The next client");
    say_line(client, line.letters);
    dialogue_did("The server closed the connection of a client whose line was too long. Then the "
                 "next client connected and sent \"%s\\n\".",
                 line.letters);
    expect_said(server, "client says: ", line.letters);
    type_line(server, line.letters);
    expect_line(client, line.letters);
    return client;
}

SCENARIO(over_limit, 1, "server: disconnects a client whose line is too long",
         "One byte more than LINE_LIMIT is too long. Complain, and return -1 with EMSGSIZE: this "
         "ends the session, but not the server.",
         "A limit, and what is past it")
{
    struct program *server = start_server();
    struct peer *client = come_and_talk(server, "The client");
    say_line(client, letters(LIMIT + 1));
    dialogue_did("The client sent a line of %d bytes; the limit is %d.", LIMIT + 1, LIMIT);
    client = expect_refusal(server, client);
    say_bytes(client, letters(LIMIT + 1), LIMIT + 1);
    leave(client, HALF_CLOSE);
    dialogue_did(
        "The client sent %d bytes without a newline, and closed its sending side; the limit "
        "is %d.",
        LIMIT + 1, LIMIT);
    client = expect_refusal(server, client);
    /* Behind another line, and with a CR that does not count. The end of it comes when the answer
       has arrived: a reset takes with it what is still on its way. */
    enum { GLUED = 1000 };
    struct text two = {0};
    text_add(&two, "short\n%s\r\n", letters(LIMIT + 1));
    say_bytes(client, two.start, GLUED);
    expect_said(server, "client says: ", "short");
    type_line(server, "yes");
    expect_line(client, "yes");
    say_bytes(client, two.start + GLUED, two.length - GLUED);
    text_free(&two);
    dialogue_did("The client sent a short line and the beginning of one of %d bytes in one piece, "
                 "and after its answer the rest; the limit is %d.",
                 LIMIT + 1, LIMIT);
    expect_refusal(server, client);
}

SCENARIO(endless_line, 1, "server: refuses a line that never ends",
         "If the buffer is full and has no newline, the line is too long. Do not call recv with "
         "no room left: it returns 0, which looks like end of file.",
         "A limit, and what is past it")
{
    static char line[100000];
    enum { SOME = 1000 };
    struct program *server = start_server();
    struct peer *client = come_and_talk(server, "The client");
    fill_letters(line, sizeof line);
    say_piece(server, client, line, SOME);
    say_endless(client, line + SOME, sizeof line - SOME);
    dialogue_did(
        "The client sent %d bytes, a moment later %zu more, and no newline; the limit is %d.", SOME,
        sizeof line - SOME, LIMIT);
    client = expect_refusal(server, client);
    say_endless(client, line, LIMIT + 2);
    dialogue_did("The client sent %d bytes without a newline, and then waited; the limit is %d.",
                 LIMIT + 2, LIMIT);
    expect_refusal(server, client);
}

SCENARIO(any_bytes, 1, "server: shows and sends UTF-8 and any other bytes",
         "A char may be negative. Only a newline ends a line; spaces are part of the line.",
         "The end of a line")
{
    struct program *server = start_server();
    struct peer *client = come_and_talk(server, "The client");
    turn(server, client, strange_line("\r"), new_word().letters);
    turn(server, client, new_word().letters, "\xc3\xa4\xff\x80\t\x01 \xe5\xa5\xbd");
    turn(server, client, "  two  spaces around ", " \t ");
    turn(server, client, "\t ", "  two  spaces around ");
}

SCENARIO(zero_byte, 1, "server: sends the bytes after a zero byte",
         "strlen and strchr stop at a zero byte. Use the length of the line instead.",
         "The end of a line")
{
    struct program *server = start_server();
    struct peer *client = come_and_talk(server, "The client");
    say_bytes(client, "ab\0cd\n", 6);
    expect_said(server, "client says: ", "ab");
    type_bytes(server, "x\0y\n", 4);
    expect_bytes(client, "x\0y", 3);
    say_bytes(client, "e\0f\nsecond\nth\0ird\n", 18);
    type_bytes(server, "\0001\n2\n3\n", 7);
    expect_bytes(client, "\0001", 2);
    expect_said(server, "client says: ", "second");
    expect_line(client, "2");
    expect_said(server, "client says: ", "th");
    expect_line(client, "3");
    turn(server, client, new_word().letters, new_word().letters);
}

SCENARIO(cr_lf, 1, "server: accepts CR LF as a line ending",
         "Remove one carriage return right before the newline. Anywhere else it is an ordinary "
         "byte of the line.",
         "The end of a line")
{
    struct program *server = start_server();
    struct peer *client = come_and_talk(server, "The client");
    say_bytes(client, "hello\r\n", 7);
    expect_said(server, "client says: ", "hello");
    type_bytes(server, "hi\r\n", 4);
    expect_line(client, "hi");
    say_piece(server, client, "in two pieces\r", 14);
    say_bytes(client, "\n", 1);
    expect_said(server, "client says: ", "in two pieces");
    type_line(server, "yes");
    expect_line(client, "yes");
    turn(server, client, "a\rb", "c\rd");
    say_bytes(client, "one stays\r\r\n", 12);
    expect_said(server, "client says: ", "one stays\r");
    type_line(server, "yes");
    expect_line(client, "yes");
    say_bytes(client, "the first\nthe second\r\n", 22);
    type_bytes(server, "1\n2\r\n", 5);
    expect_said(server, "client says: ", "the first");
    expect_line(client, "1");
    expect_said(server, "client says: ", "the second");
    expect_line(client, "2");
    say_bytes(client, "\r\n", 2);
    expect_said(server, "client says: ", "");
    type_bytes(server, "\r\n1\r\n2\r\n3\r\n", 11);
    expect_line(client, "");
    say_bytes(client, "a\r\nb\r\nc\rd\r\n", 11);
    dialogue_did("The client sent \"a\\r\\nb\\r\\nc\\rd\\r\\n\", three lines, in one piece.");
    expect_said(server, "client says: ", "a");
    expect_line(client, "1");
    expect_said(server, "client says: ", "b");
    expect_line(client, "2");
    expect_said(server, "client says: ", "c\rd");
    expect_line(client, "3");
}

/* A client sends BEFORE, which is empty or whole lines, and then LINE without a newline. Then it
   closes its sending side. */
static void expect_last_line(struct program *server, const char *before, const char *line)
{
    struct text sent = {0};
    struct word answer = new_word();
    struct peer *client = come_and_talk(server, "The client");
    text_add(&sent, "%s%s", before, line);
    say_bytes(client, sent.start, sent.length);
    leave(client, HALF_CLOSE);
    text_free(&sent);
    if (*before != '\0') {
        type_line(server, answer.letters);
        expect_line(client, answer.letters);
    }
    dialogue_did("The client sent %s\"%s\" without a newline, and closed its sending side.",
                 _(*before != '\0' ? "a whole line, then " : ""), line);
    expect_said(server, "client says: ", line);
    type_line(server, answer.letters);
    expect_line(client, answer.letters);
    expect_hang_up(client);
}

SCENARIO(last_line, 1, "server: answers a last line that has no newline",
         "At end of file, the remaining bytes are a line too, if there are any.",
         "The end of a line")
{
    struct program *server = start_server();
    expect_last_line(server, "", new_word().letters);
    expect_last_line(server, "", "q");
    expect_last_line(server, "", "a tab\t");
    expect_last_line(server, "", "un caf\xc3\xa9");
    expect_last_line(server, "a line, and\n", "half");
}
