/* The server: what a line may be, and what is too long for one. */
#include "lab-2/common.h"

#include <string.h>

SCENARIO(at_limit, 3, "server: takes and sends lines of exactly 1024 bytes",
         "LINE_LIMIT does not count the newline, and the zero behind a string needs room too.",
         "A limit, and what is past it")
{
    struct program *server = start_server();
    struct peer *client = come_and_talk(server, "The client");
    turn(server, client, letters(LIMIT), "one");
    turn(server, client, letters(LIMIT - 1), "two");
    turn(server, client, "three", letters(LIMIT));
    turn(server, client, "four", "four");
    /* Its end comes apart. */
    const char *line = letters(LIMIT);
    say_piece(server, client, line, LIMIT);
    say_bytes(client, "\r\n", 2);
    dialogue_did("The client sent %d bytes, and after a while CR and newline; the limit is %d.",
                 LIMIT, LIMIT);
    expect_said(server, "client says: ", line);
    type_line(server, "five");
    expect_line(client, "five");
}

/* The client has sent what no line may be: it is let go, and the next one, who is returned, is
   served. */
static struct peer *expect_refusal(struct program *server, struct peer *client)
{
    struct word line = new_word();
    expect_hang_up(client);
    expect_complaint(server, "longer than 1024");
    expect_not_shown(server, "client says: ");
    expect_not_shown(server, "client left");
    client = come(server, "The next client");
    say_line(client, line.letters);
    dialogue_did("A client whose line was too long has been let go. The next one came and sent "
                 "\"%s\\n\".",
                 line.letters);
    expect_said(server, "client says: ", line.letters);
    type_line(server, line.letters);
    expect_line(client, line.letters);
    return client;
}

SCENARIO(over_limit, 3, "server: lets a client go whose line is too long",
         "One byte more than LINE_LIMIT is too long: complain, return -1 with EMSGSIZE, and "
         "end this conversation, not the server.",
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
    expect_refusal(server, client);
}

SCENARIO(endless_line, 2, "server: gives up a line that never ends",
         "When the buffer is full and holds no newline, the line is too long already. A recv "
         "with no room left returns 0, which looks like the end.",
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
        "The client sent %d bytes, after a while %zu more, and no newline; the limit is %d.", SOME,
        sizeof line - SOME, LIMIT);
    client = expect_refusal(server, client);
    say_endless(client, line, LIMIT + 2);
    dialogue_did(
        "The client sent %d bytes without a newline, and went on waiting; the limit is %d.",
        LIMIT + 2, LIMIT);
    expect_refusal(server, client);
}

SCENARIO(any_bytes, 2, "server: shows and sends UTF-8 and bytes of every other kind",
         "A char may be negative. Nothing but the newline ends a line, and spaces belong to it.",
         "The end of a line")
{
    struct program *server = start_server();
    struct peer *client = come_and_talk(server, "The client");
    turn(server, client, strange_line("\r"), new_word().letters);
    turn(server, client, new_word().letters, "\xc3\xa4\xff\x80\t\x01 \xe5\xa5\xbd");
    turn(server, client, "  two  spaces around ", " \t ");
    turn(server, client, "\t ", "  two  spaces around ");
}

SCENARIO(zero_byte, 1, "server: passes on what stands behind a zero byte",
         "strlen and strchr stop at a zero. A line's length is known without them.",
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

SCENARIO(cr_lf, 2, "server: takes CR LF for the end of a line",
         "One carriage return right before the newline is not part of the line; anywhere else "
         "it is.",
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
}

/* A client sends LINE, without a newline and the last one, behind BEFORE: nothing, or lines. */
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
                 *before != '\0' ? "a whole line and behind it " : "", line);
    expect_said(server, "client says: ", line);
    type_line(server, answer.letters);
    expect_line(client, answer.letters);
    expect_hang_up(client);
}

SCENARIO(last_line, 2, "server: answers a last line that has no newline",
         "The end of the stream ends a line too, if there is something of it.", "The end of a line")
{
    struct program *server = start_server();
    expect_last_line(server, "", new_word().letters);
    expect_last_line(server, "", "q");
    expect_last_line(server, "a line, and\n", "half");
}
