/* Keyboards, consoles and lines: grader/expect/dialogue.h. */
#include "fixture.h"

#include "grader/expect/dialogue.h"
#include "grader/expect/server.h"
#include "grader/play/peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct program *chat(struct peer **client)
{
    text_free(&dialogue.said);
    dialogue = (struct dialogue){0};
    cast("chats");
    struct program *server = start_server();
    *client = connect_client(server, "the client");
    return server;
}

static void test_a_turn_goes_to_and_fro(void **state)
{
    (void)state;
    struct peer *client;
    struct program *server = chat(&client);
    assert_false(dialogue.in_lines);
    say_line(client, "hello");
    assert_true(dialogue.in_lines);
    expect_console(server, "client says: hello\nYou want to say: ");
    type_line(server, "hi");
    expect_line(client, "hi");
    leave(client, CLOSE);
    assert_int_equal(client->fd, -1);
}

static void test_the_console_is_looked_at_from_where_it_was_left(void **state)
{
    (void)state;
    struct peer *client;
    struct program *server = chat(&client);
    say_line(client, "one");
    assert_true(wait_shown(server, "says: one\n"));
    assert_false(is_shown(server, "says: one\n"));
    assert_true(wait_shown(server, "You want to say: "));
    type_line(server, "1");
    expect_line(client, "1");
    say_line(client, "two");
    expect_shown(server, "says: two\n");
    assert_false(wait_shown(server, "says: three\n"));
    assert_int_equal(stage.last, STALLED);
}

static void test_what_belongs_to_another_lab_is_not_on_the_console(void **state)
{
    (void)state;
    struct peer *client;
    struct program *server = chat(&client);
    assert_true(has_words(&server->said, "listening on port "));
    assert_false(is_shown(server, "listening on port "));
    text_add(&server->said,
             "[40276] connected\n[40276] says: x\n[40276] disconnected\n[40276] dis");
    assert_false(is_shown(server, "connected\n"));
    assert_false(is_shown(server, "dis"));
    assert_true(is_shown(server, "[40276] says: x\n"));
}

static void test_what_was_said_is_remembered_of_one_peer(void **state)
{
    (void)state;
    struct peer *client;
    struct program *server = chat(&client);
    say_bytes(client, "a", 1);
    say_line(client, "b");
    assert_string_equal(dialogue.said.start, "ab\n");
    assert_ptr_equal(dialogue.peer, client);
    struct peer *other = connect_client(server, "another client");
    say_line(other, "c");
    assert_string_equal(dialogue.said.start, "c\n");
    assert_ptr_equal(dialogue.peer, other);
}

static void test_lines_are_counted_and_measured(void **state)
{
    (void)state;
    struct peer *client;
    struct program *server = chat(&client);
    size_t before = dialogue.lines_said;
    say_bytes(client, "one\ntw", 6);
    say_bytes(client, "o two\n\nopen", 11);
    assert_int_equal(dialogue.lines_said - before, 3);
    assert_int_equal(dialogue.longest, 7);
    say_line(connect_client(server, "another client"), "");
    assert_int_equal(dialogue.lines_said - before, 5); /* who has left ends a line as well */
    type_bytes(server, "12345", 5);
    type_line(server, "67890");
    assert_int_equal(dialogue.longest, 10);
}

static void test_a_piece_is_taken_before_the_next(void **state)
{
    (void)state;
    struct peer *client;
    struct program *server = chat(&client);
    say_piece(server, client, "ab", 2);
    assert_int_equal(trace_received(server), 2);
    assert_true(wait_shown(server, "client says: ab\n"));
}

static void test_who_waits_at_the_keyboard_is_seen(void **state)
{
    (void)state;
    struct peer *client;
    struct program *server = chat(&client);
    program_settle(server);
    assert_false(waits_at_keyboard(server));
    say_line(client, "hello");
    assert_true(wait_shown(server, "You want to say: "));
    program_settle(server);
    assert_true(waits_at_keyboard(server));
}

static void test_the_end_of_the_keyboard_ends_the_talk(void **state)
{
    (void)state;
    struct peer *client;
    struct program *server = chat(&client);
    say_line(client, "hello");
    assert_true(wait_shown(server, "You want to say: "));
    type_bytes(server, "half", 4);
    char back[4];
    assert_int_equal(peer_receive(client, back, 4), 4);
    type_end(server);
    assert_int_equal(server->in, -1);
    assert_false(dialogue.typed_whole);
    say_line(client, "bye");
    expect_hang_up(client);
}

#define ON_STAGE(test) cmocka_unit_test_setup_teardown(test, open_stage, close_stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_STAGE(test_a_turn_goes_to_and_fro),
        ON_STAGE(test_the_console_is_looked_at_from_where_it_was_left),
        ON_STAGE(test_what_belongs_to_another_lab_is_not_on_the_console),
        ON_STAGE(test_what_was_said_is_remembered_of_one_peer),
        ON_STAGE(test_lines_are_counted_and_measured),
        ON_STAGE(test_a_piece_is_taken_before_the_next),
        ON_STAGE(test_who_waits_at_the_keyboard_is_seen),
        ON_STAGE(test_the_end_of_the_keyboard_ends_the_talk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
