/* line_read by itself: which lines it gives, what it keeps for the next call, what it returns. */
#include "lab-2/common.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the driver ---- */

static size_t calls; /* of line_read, that have returned or been let go */
static bool is_begun;

static struct program *start_reading(const char *from, const char *times)
{
    calls = 0;
    is_begun = true;
    dialogue.in_lines = true;
    driver_holds();
    return program_start_driver("call_line", "read", from, times, NULL);
}

/* The same from the connection of *CLIENT, which comes. */
static struct program *start_with_client(const char *times, struct peer **client)
{
    struct program *driver = expect_listening(start_reading("socket", times));
    *client = connect_client(driver, "The client");
    return driver;
}

/* The next call begins. What is sent after that comes while it waits. */
static void begin_next(struct program *driver)
{
    if (!is_begun)
        driver_goes_on(driver);
    is_begun = true;
}

static struct returned next_return(struct program *driver, const char *situation)
{
    begin_next(driver);
    is_begun = false;
    return expect_returned(driver, "line_read", ++calls, situation);
}

/* What the driver has shown of CALL: how LENGTH reads, and of the line's BYTES so many as are
   THERE. False if it has shown something else. */
struct shown {
    size_t length;
    const char *bytes;
    size_t there;
};

static bool find_shown(struct shown *shown, const struct program *driver, size_t call)
{
    char head[16];
    char *end;
    snprintf(head, sizeof head, "[%zu] ", call);
    const char *at = memmem(driver->said.start, driver->said.length, head, strlen(head));
    if (at == NULL)
        return false;
    shown->length = strtoul(at + strlen(head), &end, 10);
    shown->bytes = end + 1;
    size_t rest = driver->said.length - (size_t)(shown->bytes - driver->said.start);
    shown->there = shown->length < rest ? shown->length : rest - 1;
    return true;
}

/* Adds what the last call gave; and that the one before gave the same, if it did. */
static void add_shown(struct text *text, const struct program *driver)
{
    struct shown shown;
    struct shown before;
    if (!find_shown(&shown, driver, calls)) {
        text_add(text, _("something else"));
        return;
    }
    text_add(text, _("a length of %zu, and \""), shown.length);
    text_harmless(text, shown.bytes, shown.there, 60, false);
    text_add(text, "\"");
    if (shown.there == shown.length && shown.bytes[shown.there] != '\0')
        text_add(text, _(" without a 0 behind it"));
    if (find_shown(&before, driver, calls - 1) && before.length == shown.length &&
        before.there == shown.there && memcmp(before.bytes, shown.bytes, shown.there) == 0)
        text_add(text, _(", as call %zu did"), calls - 1);
}

/* The next call of line_read returns 1, with LENGTH bytes of LINE. */
static void expect_read_bytes(struct program *driver, const void *line, size_t length,
                              const char *situation)
{
    struct text shown = {0};
    struct text story = {0};
    struct returned returned = next_return(driver, situation);
    expect_value(&returned, 1, situation);
    program_look(driver);
    text_add(&shown, "[%zu] %zu:", calls, length);
    text_add_bytes(&shown, line, length);
    text_add_bytes(&shown, "\0\n", 2);
    bool is_right =
        memmem(driver->said.start, driver->said.length, shown.start, shown.length) != NULL;
    text_free(&shown);
    if (is_right)
        return;
    text_add(&story, _("%s. Call %zu of line_read should have given a length of %zu, and \""),
             _(situation), calls, length);
    text_harmless(&story, line, length, 60, false);
    text_add(&story, _("\" with a 0 behind it. It gave "));
    add_shown(&story, driver);
    stage.explained = true;
    fail_because(EXPECT_LINE, "%s.", story.start);
}

static void expect_read(struct program *driver, const char *line, const char *situation)
{
    expect_read_bytes(driver, line, strlen(line), situation);
}

/* The next call returns 0, and has no error to report. */
static void expect_end(struct program *driver, const char *situation)
{
    struct returned returned = next_return(driver, situation);
    expect_value(&returned, 0, situation);
    expect_not_reported(driver, &returned, "read", situation);
    expect_not_reported(driver, &returned, "recv", situation);
}

/* ---- what it gives ---- */

SCENARIO(
    read_lines, 3, "line_read: returns 1 for each line, and 0 at end of file",
    "Look for a newline in what READER holds, before you read again. Return 1 with a line, and "
    "0 at the end of file.",
    "What is left over")
{
    static const char situation[] = "A client sent three lines in one piece, the second one empty, "
                                    "and then nothing more";
    struct peer *client;
    struct program *driver = start_with_client("4", &client);
    peer_send(client, "one\n\nthree\n", 11);
    expect_read(driver, "one", situation);
    expect_read(driver, "", situation);
    expect_read(driver, "three", situation);
    peer_half_close(client);
    expect_end(driver, "A client sent three lines, and closed its sending side");
}

SCENARIO(read_pieces, 3, "line_read: puts a line together from its pieces",
         "Read until there is a newline. Put the next bytes after those that READER holds already.",
         "Lines over a stream")
{
    static const char situation[] = "A client sent \"first\\nsecond\\n\" in four pieces, and then "
                                    "\"third\\n\" byte by byte";
    struct peer *client;
    struct program *driver = start_with_client("3", &client);
    say_piece(driver, client, "fi", 2);
    say_piece(driver, client, "rst", 3);
    say_piece(driver, client, "\nsec", 4);
    expect_read(driver, "first", situation);
    begin_next(driver);
    say_piece(driver, client, "ond\n", 4);
    expect_read(driver, "second", situation);
    fault_limit(driver, GROUP_RECEIVING, 1);
    begin_next(driver);
    peer_send(client, "third\n", 6);
    expect_read(driver, "third", situation);
    trust_fault(driver, GROUP_RECEIVING, "cut short");
}

SCENARIO(read_keyboard, 2, "line_read: reads lines from a keyboard",
         "At end of file (Ctrl-D), what READER still holds is the last line, although it has no "
         "newline: "
         "return 1 with it, and 0 the next time.",
         "The end of a line")
{
    static const char situation[] =
        "Two lines and a part of a third were typed at once, and then Ctrl-D";
    struct program *driver = start_reading("keyboard", "4");
    program_type(driver, "one\ntwo\nthr", 11);
    expect_read(driver, "one", situation);
    expect_read(driver, "two", situation);
    begin_next(driver);
    program_settle(driver);
    type_end(driver);
    expect_read(driver, "thr", situation);
    expect_end(driver, situation);
}

SCENARIO(read_file, 2, "line_read: reads the lines of a file",
         "Any number of lines may come at once. Keep what follows a line for the next call.",
         "What is left over")
{
    enum { LINES = 12, LETTERS = 100 };
    static const char situation[] = "Standard input was a file with 12 lines of 100 bytes, and "
                                    "\"last\\r\" without a newline";
    char lines[LINES][LETTERS + 1];
    struct program *driver = start_reading("file", "14");
    for (size_t i = 0; i < LINES; i++) {
        fill_letters(lines[i], LETTERS);
        lines[i][LETTERS] = '\n';
    }
    program_type(driver, lines, sizeof lines);
    program_type(driver, "last\r", 5);
    type_end(driver);
    for (size_t i = 0; i < LINES; i++)
        expect_read_bytes(driver, lines[i], LETTERS, situation);
    expect_read(driver, "last\r", situation);
    expect_end(driver, situation);
}

SCENARIO(read_bytes, 2, "line_read: sets the length of any line",
         "LENGTH counts the bytes before the line ending, zero bytes too, and not the terminating "
         "0. One CR right before the newline belongs to the line ending.",
         "The end of a line")
{
    static const char situation[] =
        "A client sent \"ab\\0cd\\n\\r\\nx\\ry\\r\\r\\n\\xff\\x01\\n\", and "
        "\"end\\t\" without a newline";
    struct peer *client;
    struct program *driver = start_with_client("5", &client);
    peer_send(client, "ab\0cd\n\r\nx\ry\r\r\n\xff\x01\nend\t", 21);
    peer_half_close(client);
    expect_read_bytes(driver, "ab\0cd", 5, situation);
    expect_read(driver, "", situation);
    expect_read(driver, "x\ry\r", situation);
    expect_read(driver, "\xff\x01", situation);
    expect_read(driver, "end\t", situation);
}

SCENARIO(read_both, 2, "line_read: keeps the bytes of each reader apart",
         "Keep what belongs to a reader in its struct line_reader, and nowhere else.",
         "What is left over")
{
    static const char situation[] =
        "A client sent \"one\\nthree\\nfive\", \"two\\nfour\\nsix\" was "
        "typed, and line_read was called for them by turns";
    static const char *const words[] = {"one", "two", "three", "four", "five", "six"};
    struct program *driver = expect_listening(start_reading("both", "6"));
    struct peer *client = connect_client(driver, "The client");
    peer_send(client, "one\nthree\nfive", 14);
    peer_half_close(client);
    program_type(driver, "two\nfour\nsix", 12);
    type_end(driver);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        expect_read(driver, words[i], situation);
}

/* ---- what it refuses, and what fails ---- */

/* The client sends LENGTH letters and END, in one piece. Expects line_read to find the line too
   long. */
static void expect_refused(size_t length, const char *end, bool closes, const char *situation)
{
    struct peer *client;
    struct program *driver = start_with_client("1", &client);
    say_endless(client, letters(length), length);
    say_endless(client, end, strlen(end));
    if (closes)
        peer_half_close(client);
    struct returned returned = next_return(driver, situation);
    expect_error(&returned, EMSGSIZE, situation);
    expect_reported(driver, &returned, "line", "longer than 1024", situation);
    expect_sockets(driver, &returned, 1, situation,
                   "the connection stays open, and its owner closes it");
}

SCENARIO(
    read_limit, 3, "line_read: gives 1024 bytes, and fails with EMSGSIZE at more",
    "LINE_LIMIT counts neither CR nor newline. If a line is longer: complain_because(\"line\", "
    "\"longer than 1024 bytes\"), errno = EMSGSIZE, return -1.",
    "A limit, and what is past it")
{
    struct peer *client;
    struct program *driver = start_with_client("3", &client);
    for (int i = 0; i < 3; i++) {
        const char *line = letters(LIMIT);
        begin_next(driver);
        say_piece(driver, client, line, LIMIT);
        if (i > 0)
            say_piece(driver, client, "\r", 1);
        say_bytes(client, "\n", 1);
        expect_read(driver, line,
                    i > 0 ? "A client sent 1024 bytes, a moment later CR, and then a newline"
                          : "A client sent 1024 bytes, and a moment later a newline");
    }
    expect_refused(LIMIT + 1, "\n", false, "A client sent a line of 1025 bytes");
    expect_refused(LIMIT + 1, "\r\n", false, "A client sent a line of 1025 bytes, CR and newline");
    expect_refused(LIMIT + 1, "", true,
                   "A client sent 1025 bytes without a newline, and closed its sending side");
    expect_refused(LIMIT + 2, "", false,
                   "A client sent 1026 bytes without a newline, and then nothing more");
}

SCENARIO(read_fails, 2, "line_read: returns -1 when reading fails",
         "If the call fails, and not with EINTR: complain() with its name, and return -1 with its "
         "errno. Half a line is no line then.",
         "The end of a line")
{
    static const int errors[] = {ETIMEDOUT, ECONNRESET};
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        char situation[120];
        struct peer *client;
        struct program *driver = start_with_client("2", &client);
        snprintf(situation, sizeof situation,
                 _("A client sent a line and half of another, and then recv failed with %s"),
                 strerrorname_np(errors[i]));
        say_piece(driver, client, "whole\nha", 8);
        expect_read(driver, "whole", situation);
        fault_error(driver, GROUP_RECEIVING, errors[i], INT32_MAX, 0);
        begin_next(driver);
        peer_send(client, "lf", 2); /* one that first waits in poll(2) calls recv now */
        struct returned returned = next_return(driver, situation);
        expect_met(driver, &returned, GROUP_RECEIVING, "recv");
        expect_error(&returned, errors[i], situation);
        expect_either_reported(driver, &returned, "read", "recv", strerror(errors[i]), situation);
        expect_sockets(driver, &returned, 1, situation,
                       "the connection stays open, and its owner closes it");
    }
}

SCENARIO(read_interrupted, 2, "line_read: reads again after EINTR",
         "EINTR means that a signal came before any byte did: call read or recv again.",
         "How much did send take?")
{
    const char *situation = "recv failed with EINTR three times. Then a client sent a line";
    struct peer *client;
    fault_at_start(GROUP_RECEIVING, EINTR, 0, 3, 0);
    struct program *driver = start_with_client("1", &client);
    peer_send(client, "hello\n", 6);
    expect_read(driver, "hello", situation);
    trust_fault(driver, GROUP_RECEIVING, "make fail");
    situation = "A signal with a handler came while line_read waited for the keyboard. Then a line "
                "was typed";
    driver = start_reading("keyboard", "1");
    program_settle(driver);
    if (!driver->ended && kill(driver->pid, SIGUSR1) == -1)
        grader_fault("kill");
    program_settle(driver);
    program_type(driver, "hello\n", 6);
    expect_read(driver, "hello", situation);
}
