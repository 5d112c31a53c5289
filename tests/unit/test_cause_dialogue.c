/* Why, for conversations in lines: grader/explain/cause_dialogue.c. Each test is a talk with one
 * server. */
#include "fixture.h"

#include "grader/base/settings.h"
#include "grader/expect/dialogue.h"
#include "grader/expect/server.h"
#include "grader/explain/explain.h"
#include "grader/play/peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* What the tests below leave behind says what was expected. */
static void expect_what_is_there(void)
{
    stage.expected = dialogue.awaited != NULL     ? EXPECT_CONSOLE
                     : dialogue.wanted.length > 0 ? EXPECT_LINE
                                                  : EXPECT_OTHER;
}

static void assert_tells(const char *words)
{
    expect_what_is_there();
    explain_failure(told);
    if (strstr(told->cause, words) == NULL)
        fail_msg("it does not tell \"%s\", but: %s", words, told->cause);
}

static void assert_silent_about(const char *words)
{
    expect_what_is_there();
    explain_failure(told);
    if (strstr(told->cause, words) != NULL)
        fail_msg("it tells \"%s\": %s", words, told->cause);
}

static void forget(void)
{
    text_free(&dialogue.said);
    text_free(&dialogue.heard);
    text_free(&dialogue.wanted);
    text_free(&dialogue.shown);
    dialogue = (struct dialogue){0};
}

/* A client says "hello" to a server that behaves like BEHAVIOUR, which takes it. */
static struct program *say_hello(const char *behaviour, struct peer **client)
{
    forget();
    cast(behaviour);
    struct program *server = start_server();
    *client = connect_client(server, "the client");
    say_line(*client, "hello");
    assert_true(wait_shown(server, "client says: hello\n"));
    return server;
}

/* The operator answers with "hi"; what comes of it is held against "hi" and a newline. */
static void answer(struct program *server, struct peer *client)
{
    char back[20];
    type_line(server, "hi");
    size_t received = peer_receive(client, back, sizeof back);
    text_add_bytes(&dialogue.heard, back, received);
    text_add(&dialogue.wanted, "hi\n");
    program_settle(server);
    stage.last = STALLED;
}

static void test_where_nothing_is_wrong_nothing_is_told(void **state)
{
    (void)state;
    struct peer *client;
    say_hello("chats", &client);
    stage.last = DONE;
    explain_failure(told);
    assert_string_equal(told->cause, "");
    forget();
}

static void test_a_prompt_that_was_sent_is_told(void **state)
{
    (void)state;
    struct peer *client;
    program_settle(say_hello("sends-its-prompt", &client));
    stage.last = STALLED;
    assert_tells("The prompt was sent to the other side (send, acts.c:");
    assert_tells("The server is blocked in read on descriptor 0, acts.c:");
    forget();
}

static void test_a_prompt_with_a_newline_is_told(void **state)
{
    (void)state;
    struct peer *client;
    assert_true(wait_shown(say_hello("ends-its-prompt", &client), "You want to say: \n"));
    assert_tells("A newline follows the prompt.");
    forget();
}

static void test_a_line_without_its_newline_is_told(void **state)
{
    (void)state;
    struct peer *client;
    struct program *server = say_hello("sends-no-newline", &client);
    answer(server, client);
    assert_tells("The line came without its newline (send, acts.c:");
    forget();
}

static void test_a_terminator_is_told(void **state)
{
    (void)state;
    struct peer *client;
    struct program *server = say_hello("sends-a-zero", &client);
    answer(server, client);
    assert_tells("The terminator was sent: there is a byte 0 among what arrived (send, acts.c:");
    forget();
}

static void test_an_answer_that_was_not_sent_is_told(void **state)
{
    (void)state;
    struct peer *client;
    struct program *server = say_hello("sends-nothing", &client);
    answer(server, client);
    assert_tells("What was typed has been read (read, acts.c:");
    assert_tells("no call has sent anything since");
    forget();
}

static void test_what_stands_on_the_wrong_stream_is_told(void **state)
{
    (void)state;
    struct peer *client;
    struct program *server = say_hello("chats", &client);
    text_add(&server->complained, "client left\n");
    dialogue.awaited = "client left\n";
    assert_tells("\"client left\" was written to standard error.");
    text_add(&dialogue.shown, "client left\n");
    assert_silent_about("standard error");
    forget();
}

static void test_a_good_line_that_was_refused_is_told(void **state)
{
    (void)state;
    struct peer *client;
    struct program *server = say_hello("chats", &client);
    text_add(&server->complained, "server: line: longer than 1024 bytes\n");
    dialogue.longest = 1024;
    assert_tells("the longest that came had 1024.");
    dialogue.longest = 1025;
    assert_silent_about("refused");
    forget();
}

static void test_lines_that_nobody_said_are_told(void **state)
{
    (void)state;
    struct peer *client;
    struct program *server = say_hello("chats", &client);
    assert_silent_about("lines of the other side");
    text_add(&server->said, "client says: hello\n");
    assert_tells("The console shows 2 lines of the other side, and only 1 has come.");
    forget();
}

static void test_half_a_line_is_told(void **state)
{
    (void)state;
    forget();
    cast("chats");
    struct program *server = start_server();
    struct peer *client = connect_client(server, "the client");
    say_piece(server, client, "h", 1);
    assert_true(wait_shown(server, "client says: h\n"));
    program_settle(server);
    settings.sources = "/"; /* acts.c is of the lab below */
    assert_silent_about("Half a line");
    settings.sources = "tests/unit/programs";
    assert_tells("Half a line was taken for one: recv brought 1 byte without a newline, acts.c:");
    forget();
}

static void test_two_lines_in_one_are_told(void **state)
{
    (void)state;
    forget();
    cast("chats");
    struct program *server = start_server();
    struct peer *client = connect_client(server, "the client");
    say_bytes(client, "one\ntwo\n", 8);
    assert_true(wait_shown(server, "client says: one\ntwo\n"));
    program_settle(server);
    settings.sources = "/"; /* acts.c is of the lab below */
    assert_silent_about("One recv");
    settings.sources = "tests/unit/programs";
    assert_tells("One recv brought 8 bytes, in which 2 lines end, acts.c:");
    forget();
}

/* A console that shows each line as it came has lost none. */
static void test_lines_that_are_all_shown_are_not_told(void **state)
{
    (void)state;
    forget();
    cast("shows");
    settings.sources = "tests/unit/programs";
    struct program *server = start_server();
    struct peer *client = connect_client(server, "the client");
    say_bytes(client, "one\ntwo\n", 8);
    assert_true(wait_shown(server, "one\ntwo\n"));
    program_settle(server);
    assert_silent_about("One recv");
    text_free(&server->said);
    text_add(&server->said, "one\nand two\n");
    assert_tells("One recv brought 8 bytes, in which 2 lines end, acts.c:");
    forget();
}

/* SERVER's client says "hello", which should be on the console and is not. */
static void say_in_vain(const char *behaviour)
{
    forget();
    cast(behaviour);
    struct program *server = start_server();
    struct peer *client = connect_client(server, "the client");
    say_line(client, "hello");
    program_settle(server);
    stage.last = STALLED;
    dialogue.awaited = "hello\n";
}

static void test_what_is_not_received_is_told(void **state)
{
    (void)state;
    say_in_vain("reads-its-keyboard");
    assert_tells("6 bytes have come for the server, and no call has received them: it waits at its "
                 "keyboard. The server is blocked in read on descriptor 0, acts.c:");
    assert_silent_about("buffer");
    forget();
}

static void test_what_is_received_and_not_shown_is_told(void **state)
{
    (void)state;
    say_in_vain("shows-late");
    assert_tells("What came has been received (recv, acts.c:");
    assert_tells("Is it in a buffer of stdio?");
    text_add(&dialogue.said, "bye\n");
    dialogue.awaited = "server left\n"; /* that has not come from the other side */
    assert_silent_about("has been received");
    forget();
}

static void test_the_rest_of_an_older_line_is_told(void **state)
{
    (void)state;
    struct peer *client;
    say_hello("chats", &client);
    dialogue.awaited = "client says: bye\n";
    text_add(&dialogue.shown, "client says: byelo\n");
    assert_tells("The line that came is followed by \"lo\"");
    /* Unless just that line was said. */
    say_line(client, "byelo");
    explain_failure(told);
    assert_null(strstr(told->cause, "Behind the line"));
    forget();
}

#define ON_STAGE(test) cmocka_unit_test_setup_teardown(test, open_stage, close_stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_STAGE(test_where_nothing_is_wrong_nothing_is_told),
        ON_STAGE(test_a_prompt_that_was_sent_is_told),
        ON_STAGE(test_a_prompt_with_a_newline_is_told),
        ON_STAGE(test_what_stands_on_the_wrong_stream_is_told),
        ON_STAGE(test_a_good_line_that_was_refused_is_told),
        ON_STAGE(test_lines_that_nobody_said_are_told),
        ON_STAGE(test_a_line_without_its_newline_is_told),
        ON_STAGE(test_a_terminator_is_told),
        ON_STAGE(test_an_answer_that_was_not_sent_is_told),
        ON_STAGE(test_half_a_line_is_told),
        ON_STAGE(test_two_lines_in_one_are_told),
        ON_STAGE(test_lines_that_are_all_shown_are_not_told),
        ON_STAGE(test_what_is_not_received_is_told),
        ON_STAGE(test_what_is_received_and_not_shown_is_told),
        ON_STAGE(test_the_rest_of_an_older_line_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
