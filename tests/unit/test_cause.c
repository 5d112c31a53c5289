/* The sentence that says why: grader/explain/explain.h. Each test is a conversation with one bad
 * server. */
#include "fixture.h"

#include "grader/expect/server.h"
#include "grader/explain/explain.h"
#include "grader/play/orders.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char *cause(void)
{
    explain_failure(told);
    return told->cause;
}

static void assert_tells(const char *words)
{
    if (strstr(cause(), words) == NULL)
        fail_msg("it does not tell \"%s\", but: %s", words, told->cause);
}

/* A client of a server that behaves like BEHAVIOUR sends "abcdef" and waits for six bytes. */
static struct program *talk_to(const char *behaviour, struct peer **client)
{
    char back[6];
    cast(behaviour);
    struct program *server = start_server();
    *client = connect_client(server, "the client");
    peer_send(*client, "abcdef", 6);
    stage.data = "abcdef";
    stage.data_length = 6;
    peer_receive(*client, back, sizeof back);
    return server;
}

static void test_where_nothing_is_wrong_nothing_is_told(void **state)
{
    (void)state;
    struct peer *client;
    assert_string_equal(cause(), "");
    program_settle(talk_to("echoes", &client));
    stage.last = DONE;
    assert_string_equal(cause(), "");
}

static void test_a_crash_has_its_line(void **state)
{
    (void)state;
    char place[64];
    struct peer *client;
    struct program *server = talk_to("crashes", &client);
    assert_int_equal(program_wait(server), DONE);
    assert_tells("killed by SIGSEGV");
    snprintf(place, sizeof place, "acts.c:%ld (in look_at)",
             number_said(server, "next line of ") + 1);
    assert_tells(place);
}

static void test_a_server_that_is_ended_by_the_test_was_not_killed(void **state)
{
    (void)state;
    struct peer *client;
    struct program *server = talk_to("echoes", &client);
    program_settle(server);
    program_terminate(server);
    assert_string_equal(cause(), "");
}

static void test_the_starter_is_told_by_name(void **state)
{
    (void)state;
    cast("is-the-starter");
    assert_int_equal(program_wait(program_start("server", "0", NULL)), DONE);
    assert_tells("tcp_listen is still as it was handed out");
}

static void test_a_loop_is_told(void **state)
{
    (void)state;
    size_t extra;
    struct peer *client;
    talk_to("never-ends", &client);
    peer_half_close(client);
    assert_false(peer_receive_end(client, &extra));
    assert_tells("in a loop of recv, acts.c:");
    assert_tells("which returned 0 again and again. 0 is end of file: no more will ever come.");
    talk_to("never-ends-slowly", &client);
    peer_half_close(client);
    assert_false(peer_receive_end(client, &extra));
    assert_tells("in a loop of recv, acts.c:");
    cast("burns");
    program_wait(program_start("server", "0", NULL));
    assert_tells("in a loop that calls nothing the test could see");
}

static void test_a_port_with_its_bytes_swapped_is_told(void **state)
{
    (void)state;
    char number[8];
    char words[64];
    struct program *server;
    cast("swaps");
    /* The other port may be somebody's. */
    do {
        uint16_t port = peer_free_port();
        snprintf(number, sizeof number, "%u", port);
        server = program_start("server", number, NULL);
        server->asked_port = port;
        snprintf(words, sizeof words, "Asked for port %u, it listens on %u", port, htons(port));
    } while (program_wait(server) == DONE && stage.program_count < STAGE_PROGRAMS);
    assert_tells(words);
    assert_tells("htons() is missing");
}

static void test_who_never_listens_is_told(void **state)
{
    (void)state;
    cast("waits");
    struct program *server = program_start("server", "0", NULL);
    assert_int_equal(program_wait(server), STALLED);
    assert_tells("It never listened: listen(2) was never called.");
    assert_tells("The server is blocked in read on descriptor 0, acts.c:");
}

static void test_who_receives_nothing_by_asking_for_nothing_is_told(void **state)
{
    (void)state;
    struct peer *client;
    talk_to("asks-for-nothing", &client);
    assert_tells("recv was asked for 0 bytes");
}

static void test_the_listener_is_no_connection(void **state)
{
    (void)state;
    struct peer *client;
    talk_to("receives-from-the-listener", &client);
    assert_tells("recv failed on descriptor 3 (Transport endpoint is not connected), acts.c:");
    assert_tells("that is the listening socket");
}

static void test_bytes_that_were_not_sent_back_are_told(void **state)
{
    (void)state;
    struct peer *client;
    talk_to("swallows", &client);
    assert_tells("6 bytes were received, and none was sent back (acts.c:");
    talk_to("echoes-three", &client);
    assert_tells("6 bytes were received and only 3 sent back (acts.c:");
}

/* Two faults at once: each is the cause of what it breaks, and of nothing else. */
static void test_one_address_alone_is_told_only_to_who_uses_another(void **state)
{
    (void)state;
    struct peer *client;
    int error = 0;
    struct program *server = talk_to("swallows-at-loopback", &client);
    assert_tells("6 bytes were received, and none was sent back");
    assert_null(strstr(told->cause, "listens only on"));
    peer_end_connect(peer_begin_connect("another client", "127.0.0.2", server->port), &error);
    assert_int_equal(error, ECONNREFUSED);
    assert_tells("It listens only on 127.0.0.1");
}

/* Its first byte is the one that was due as well, so the difference shows a byte later. */
static void test_a_beginning_that_comes_again_is_told(void **state)
{
    (void)state;
    struct peer *client;
    fault_at_start(GROUP_SENDING, 0, 4, INT32_MAX, 0);
    talk_to("echoes", &client);
    stage.data = "abcdaf";
    stage.back = "abcdab";
    stage.back_length = 6;
    assert_tells("the same bytes were sent once more");
}

static void test_who_closes_too_early_is_told(void **state)
{
    (void)state;
    struct peer *client;
    program_settle(talk_to("reads-four", &client));
    assert_true(client->reset);
    assert_tells("4 bytes were received, and none was sent back (acts.c:");
}

static void test_what_no_call_has_sent_is_not_missed(void **state)
{
    (void)state;
    struct peer *client;
    talk_to("prints", &client);
    assert_int_equal(client->received, 3);
    assert_tells("The server is blocked in recv on descriptor 4, acts.c:");
    assert_null(strstr(told->cause, "sent back"));
}

static void test_who_closes_twice_is_told(void **state)
{
    (void)state;
    size_t extra;
    struct peer *client;
    struct program *server = talk_to("closes-twice", &client);
    peer_half_close(client);
    assert_true(peer_receive_end(client, &extra));
    program_settle(server);
    stage.last = DONE;
    assert_tells("Descriptor 4 was closed twice, acts.c:");
    assert_tells(", and then again, acts.c:");
}

static void test_a_server_that_has_ended_is_told(void **state)
{
    (void)state;
    struct peer *client;
    struct program *server = talk_to("echoes", &client);
    program_settle(server);
    fault_error(server, GROUP_ACCEPTING, ECONNABORTED, INT32_MAX, 0);
    peer_close(client);
    assert_int_equal(program_wait(server), DONE);
    assert_tells("The server has ended, because accept failed with ECONNABORTED");
    assert_tells("One client has gone; the listener is sound: accept the next.");
}

static void test_a_taken_port_is_told(void **state)
{
    (void)state;
    char number[8];
    struct peer *owner = peer_listen("the owner");
    cast("echoes");
    snprintf(number, sizeof number, "%u", owner->port);
    assert_int_equal(program_wait(program_start("server", number, NULL)), DONE);
    assert_tells("bind failed with EADDRINUSE (Address already in use), acts.c:");
}

static void test_a_connect_to_the_wrong_port_is_told(void **state)
{
    (void)state;
    char number[8];
    char words[80];
    struct peer *server = peer_listen("the server");
    struct peer *nobody = peer_bind("nobody");
    cast("asks");
    snprintf(number, sizeof number, "%u", nobody->port);
    snprintf(words, sizeof words,
             "connect was asked for port %u, the server is on %u, acts.c:", nobody->port,
             server->port);
    assert_int_equal(program_wait(program_start("client", number, NULL)), DONE);
    assert_tells(words);
}

static void test_who_accepts_nobody_is_told(void **state)
{
    (void)state;
    struct peer *client;
    talk_to("accepts-nobody", &client);
    assert_int_equal(stage.last, STALLED);
    cause();
}

#define ON_STAGE(test) cmocka_unit_test_setup_teardown(test, open_stage, close_stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_STAGE(test_where_nothing_is_wrong_nothing_is_told),
        ON_STAGE(test_a_crash_has_its_line),
        ON_STAGE(test_a_server_that_is_ended_by_the_test_was_not_killed),
        ON_STAGE(test_the_starter_is_told_by_name),
        ON_STAGE(test_a_loop_is_told),
        ON_STAGE(test_a_port_with_its_bytes_swapped_is_told),
        ON_STAGE(test_who_never_listens_is_told),
        ON_STAGE(test_who_receives_nothing_by_asking_for_nothing_is_told),
        ON_STAGE(test_the_listener_is_no_connection),
        ON_STAGE(test_bytes_that_were_not_sent_back_are_told),
        ON_STAGE(test_one_address_alone_is_told_only_to_who_uses_another),
        ON_STAGE(test_a_beginning_that_comes_again_is_told),
        ON_STAGE(test_who_closes_too_early_is_told),
        ON_STAGE(test_what_no_call_has_sent_is_not_missed),
        ON_STAGE(test_who_closes_twice_is_told),
        ON_STAGE(test_a_server_that_has_ended_is_told),
        ON_STAGE(test_a_taken_port_is_told),
        ON_STAGE(test_a_connect_to_the_wrong_port_is_told),
        ON_STAGE(test_who_accepts_nobody_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
