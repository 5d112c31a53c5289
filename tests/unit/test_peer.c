/* The other side, played by the test: grader/play/peer.h. Here two peers talk, or one and a
 * program. */
#include "fixture.h"

#include "grader/base/settings.h"
#include "grader/expect/echo.h"
#include "grader/expect/server.h"
#include "grader/observe/connection.h"
#include "grader/play/peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { MUCH = 16 << 20 };
static char much[MUCH];

/* Two peers that are connected. */
static void open_pair(struct peer **client, struct peer **server)
{
    struct peer *listener = peer_listen("the listener");
    *client = peer_connect("the client", "127.0.0.1", listener->port);
    *server = peer_accept(listener, "the server");
    assert_non_null(*server);
}

static void test_both_ends_know_their_ports(void **state)
{
    (void)state;
    struct peer *client;
    struct peer *server;
    open_pair(&client, &server);
    assert_int_equal(client->port, server->other);
    assert_int_equal(client->other, server->port);
    assert_string_equal(client->name, "the client");
    assert_int_equal(stage.notes[0].kind, NOTE_CONNECT);
    assert_int_equal(stage.notes[0].port, client->port);
}

static void test_where_nobody_listens_a_connect_is_refused(void **state)
{
    (void)state;
    int error = 0;
    struct peer *nobody = peer_bind("nobody");
    struct peer *client = peer_begin_connect("the client", "127.0.0.1", nobody->port);
    assert_int_equal(peer_end_connect(client, &error), DONE);
    assert_int_equal(error, ECONNREFUSED);
    assert_string_equal(stage.notes[0].text, "connect: Connection refused");
}

static void test_where_nobody_comes_nobody_is_accepted(void **state)
{
    (void)state;
    assert_null(peer_accept(peer_listen("the listener"), "the server"));
    assert_int_equal(stage.last, STALLED);
}

static void test_bytes_arrive_and_half_a_connection_goes_on(void **state)
{
    (void)state;
    char bytes[8] = "";
    size_t extra;
    struct peer *client;
    struct peer *server;
    open_pair(&client, &server);
    peer_send(client, "abcdef", 6);
    assert_int_equal(peer_receive(server, bytes, 4), 4);
    assert_memory_equal(bytes, "abcd", 4);
    peer_half_close(client);
    assert_true(peer_receive_end(server, &extra));
    assert_int_equal(extra, 2);
    assert_true(server->finished && !server->reset);
    peer_send(server, "xyz", 3);
    assert_int_equal(peer_receive(client, bytes, sizeof bytes), 3);
    assert_false(client->finished);
    assert_int_equal(stage.last, STALLED);
    assert_int_equal(client->sent, 6);
    assert_int_equal(server->received, 6);
    peer_close(server);
    peer_close(server);
    assert_int_equal(server->fd, -1);
    assert_true(peer_receive_end(client, &extra));
    assert_int_equal(extra, 0);
}

static void test_a_peek_takes_nothing(void **state)
{
    (void)state;
    char byte = '\0';
    struct peer *client;
    struct peer *server;
    open_pair(&client, &server);
    assert_int_equal(peer_peek(server, &byte), -1);
    peer_send(client, "a", 1);
    assert_int_equal(peer_receive(server, &byte, 0), 0);
    assert_int_equal(peer_peek(server, &byte), 1);
    assert_int_equal(byte, 'a');
    assert_int_equal(peer_receive(server, &byte, 1), 1);
    peer_close(client);
    size_t extra;
    assert_true(peer_receive_end(server, &extra));
    assert_int_equal(peer_peek(server, &byte), 0);
}

static void test_a_reset_is_seen_by_who_receives_and_who_sends(void **state)
{
    (void)state;
    char byte;
    struct peer *client;
    struct peer *server;
    open_pair(&client, &server);
    peer_reset(client);
    assert_int_equal(peer_receive(server, &byte, 1), 0);
    assert_true(server->reset && !server->finished);
    open_pair(&client, &server);
    peer_reset(client);
    enum wait_result result;
    assert_in_range(peer_push(server, much, MUCH, &result), 0, MUCH - 1);
    assert_int_equal(result, DONE);
    assert_true(server->reset);
}

static void test_a_full_peer_takes_no_more(void **state)
{
    (void)state;
    peer_buffers(4096);
    struct peer *client;
    struct peer *server;
    open_pair(&client, &server);
    peer_buffers(0);
    enum wait_result result;
    size_t sent = peer_push(client, much, MUCH, &result);
    assert_int_equal(result, STALLED);
    assert_in_range(sent, 1, MUCH - 1);
    assert_int_equal(peer_send_some(client, much, MUCH), 0);
    assert_int_equal(client->sent, sent);
    assert_false(client->reset);
    assert_int_equal(peer_receive(server, much, sent), sent);
    assert_int_equal(peer_push(client, much, 1, &result), 1);
    assert_int_equal(result, DONE);
}

static void test_what_a_program_closes_with_unread_bytes_is_a_reset(void **state)
{
    (void)state;
    size_t extra;
    cast("reads-four");
    struct peer *client = connect_client(start_server(), "the client");
    peer_send(client, "123456789", 9);
    assert_true(peer_receive_end(client, &extra));
    assert_int_equal(extra, 0);
    assert_true(client->reset);
}

static void test_bytes_after_the_end_are_counted(void **state)
{
    (void)state;
    size_t extra;
    cast("echoes-and-more");
    struct peer *client = connect_client(start_server(), "the client");
    expect_echo(client, "abc", 3);
    peer_half_close(client);
    assert_true(peer_receive_end(client, &extra));
    assert_int_equal(extra, 4);
    assert_true(client->finished);
}

static void test_other_addresses_of_this_machine_are_reached(void **state)
{
    (void)state;
    cast("echoes");
    struct program *server = start_server();
    struct peer *client = peer_connect("the client", "127.0.0.2", server->port);
    expect_echo(client, "abc", 3);
    assert_true(peer_port_taken(server->port));
}

static void test_two_peers_have_the_same_port_at_two_addresses(void **state)
{
    (void)state;
    cast("echoes");
    struct peer *first = connect_client(start_server(), "the first client");
    expect_echo(first, "abc", 3);
    struct peer *second = peer_connect_like("the second client", first);
    assert_int_equal(second->port, first->port);
    assert_int_not_equal(second->address.s_addr, first->address.s_addr);
    assert_int_equal(connection_unread(second), 0);
    peer_close(first);
    expect_echo(second, "def", 3);
}

static void test_a_free_port_shows_a_forgotten_htons(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++) {
        uint16_t port = peer_free_port();
        assert_in_range(port, 10000, 29999);
        assert_int_not_equal(htons(port), port);
        assert_true(htons(port) > 1024);
    }
}

#define ON_STAGE(test) cmocka_unit_test_setup_teardown(test, open_stage, close_stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_STAGE(test_both_ends_know_their_ports),
        ON_STAGE(test_where_nobody_listens_a_connect_is_refused),
        ON_STAGE(test_where_nobody_comes_nobody_is_accepted),
        ON_STAGE(test_bytes_arrive_and_half_a_connection_goes_on),
        ON_STAGE(test_a_peek_takes_nothing),
        ON_STAGE(test_a_reset_is_seen_by_who_receives_and_who_sends),
        ON_STAGE(test_a_full_peer_takes_no_more),
        ON_STAGE(test_what_a_program_closes_with_unread_bytes_is_a_reset),
        ON_STAGE(test_bytes_after_the_end_are_counted),
        ON_STAGE(test_other_addresses_of_this_machine_are_reached),
        ON_STAGE(test_two_peers_have_the_same_port_at_two_addresses),
        ON_STAGE(test_a_free_port_shows_a_forgotten_htons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
