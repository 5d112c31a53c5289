/*
 * The mains of lab 5, labs/5-udp/{server,client}.c, as a person meets them: command lines, messages
 * and exit statuses, questions and answers. The environment says which programs: SERVER and CLIENT
 * are the paths of those built from solutions/5-udp.
 */
#include "datagrams.h"

#define SERVER_USAGE "usage: server [-l LIMIT] PORT\n"
#define CLIENT_USAGE "usage: client [-n TRIES] [-w MILLISECONDS] HOST PORT\n"

static void test_both_explain_themselves_when_asked(void **state)
{
    (void)state;
    assert_explains_itself("SERVER", SERVER_USAGE);
    assert_explains_itself("CLIENT", CLIENT_USAGE);
}

/* ---- the server ---- */

static void test_server_wants_a_port_and_nothing_else(void **state)
{
    static const char complaint[] = "server: one argument is expected, the port\n" SERVER_USAGE;
    struct process run;
    (void)state;
    RUN(&run, "SERVER", NULL);
    assert_wrong_usage(&run, complaint);
    RUN(&run, "SERVER", "0", "0");
    assert_wrong_usage(&run, complaint);
    RUN(&run, "SERVER", "-l", "5");
    assert_wrong_usage(&run, complaint);
    RUN(&run, "SERVER", "-l", "5", "0", "0");
    assert_wrong_usage(&run, complaint);
    RUN(&run, "SERVER", "0", "-l", "5");
    assert_wrong_usage(&run, complaint);
}

static void test_server_refuses_what_is_not_a_port(void **state)
{
    static const char *const bad[] = {"", "-1", "80abc", "65536", "http", "-x", "-l"};
    char complaint[200];
    struct process run;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(complaint, sizeof complaint,
                 "server: \"%s\" is not a port (0 to 65535)\n" SERVER_USAGE, bad[i]);
        RUN(&run, "SERVER", bad[i]);
        assert_wrong_usage(&run, complaint);
        RUN(&run, "SERVER", "-l", "100", bad[i]);
        assert_wrong_usage(&run, complaint);
    }
}

static void test_server_refuses_what_is_not_a_limit(void **state)
{
    static const char *const bad[] = {"", "0", "-1", "65508", "5k"};
    char complaint[200];
    struct process run;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(complaint, sizeof complaint,
                 "server: \"%s\" is not a limit (1 to 65507)\n" SERVER_USAGE, bad[i]);
        RUN(&run, "SERVER", "-l", bad[i], "0");
        assert_wrong_usage(&run, complaint);
    }
}

static void test_server_leaves_the_explanation_to_udp_bind(void **state)
{
    char port[8];
    struct process run;
    int taken = take_udp_port(port, sizeof port);
    (void)state;
    RUN(&run, "SERVER", port);
    close(taken);
    assert_string_equal(run.complained, "server: bind: Address already in use\n");
    assert_string_equal(run.said, "");
    assert_int_equal(run.status, 1);
}

static void test_server_answers_up_to_its_limit(void **state)
{
    char port[8];
    struct process server;
    (void)state;
    START(&server, "SERVER", "-l", "5", "0");
    hear_port(&server, port, sizeof port);
    int asker = reach(port);
    send_words(asker, "123456");
    send_words(asker, "12345");
    send_words(asker, "");
    expect_words(asker, "12345");
    expect_words(asker, "");
    close(asker);
    end(&server);
    assert_string_equal(server.said, "");
    assert_string_equal(server.complained, "server: recvfrom: a datagram is too long\n");
    assert_int_equal(server.status, -1);
}

/* ---- the client ---- */

static void test_client_wants_a_host_and_a_port(void **state)
{
    static const char complaint[] =
        "client: two arguments are expected: host and port\n" CLIENT_USAGE;
    struct process run;
    (void)state;
    RUN(&run, "CLIENT", NULL);
    assert_wrong_usage(&run, complaint);
    RUN(&run, "CLIENT", "localhost");
    assert_wrong_usage(&run, complaint);
    RUN(&run, "CLIENT", "localhost", "1", "2");
    assert_wrong_usage(&run, complaint);
    RUN(&run, "CLIENT", "-n", "1", "-w", "1");
    assert_wrong_usage(&run, complaint);
    RUN(&run, "CLIENT", "localhost", "1", "-n", "1"); /* options come first */
    assert_wrong_usage(&run, complaint);
}

static void test_client_refuses_what_is_not_a_port(void **state)
{
    static const char *const bad[] = {"", "0", "-1", "80abc", "65536"};
    char complaint[200];
    struct process run;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(complaint, sizeof complaint,
                 "client: \"%s\" is not a port to ask (1 to 65535)\n" CLIENT_USAGE, bad[i]);
        RUN(&run, "CLIENT", "localhost", bad[i]);
        assert_wrong_usage(&run, complaint);
    }
}

static void test_client_refuses_bad_options(void **state)
{
    static const char *const bad[] = {"", "0", "-1", "5x", "65536"};
    char complaint[200];
    struct process run;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(complaint, sizeof complaint,
                 "client: \"%s\" is not a number from 1 to 65535\n" CLIENT_USAGE, bad[i]);
        RUN(&run, "CLIENT", "-n", bad[i], "localhost", "1");
        assert_wrong_usage(&run, complaint);
        RUN(&run, "CLIENT", "-w", bad[i], "localhost", "1");
        assert_wrong_usage(&run, complaint);
    }
    RUN(&run, "CLIENT", "-x", "localhost", "1");
    assert_wrong_usage(&run, "CLIENT: invalid option -- 'x'\n" CLIENT_USAGE);
    RUN(&run, "CLIENT", "-n");
    assert_wrong_usage(&run, "CLIENT: option requires an argument -- 'n'\n" CLIENT_USAGE);
}

static void test_client_leaves_the_explanation_to_udp_open(void **state)
{
    struct process run;
    (void)state;
    RUN(&run, "CLIENT", "no-such-host.invalid", "1");
    assert_memory_equal(run.complained, "client: getaddrinfo: ", 21);
    assert_string_equal(run.said, "");
    assert_int_equal(run.status, 1);
}

/* The questions of a person, the last one without a newline, and the answers of the server. */
static void test_client_asks_line_after_line(void **state)
{
    char port[8];
    struct process server;
    struct process client;
    (void)state;
    START(&server, "SERVER", "0");
    hear_port(&server, port, sizeof port);
    START(&client, "CLIENT", "-w", "5000", "127.0.0.1", port);
    type(&client, "how are you\n");
    hear(&client, "server says: how are you\n");
    type(&client, "\n7 eight");
    end_keyboard(&client);
    finish(&client);
    assert_string_equal(client.said,
                        "server says: how are you\nserver says: \nserver says: 7 eight\n");
    assert_string_equal(client.complained, "");
    assert_int_equal(client.status, 0);
    end(&server);
    assert_string_equal(server.complained, "");
}

/* -n and -w reach udp_ask: two datagrams, and no question after the one that failed. */
static void test_client_gives_up_as_it_was_told(void **state)
{
    char port[8];
    struct process client;
    int silent = take_udp_port(port, sizeof port);
    (void)state;
    START(&client, "CLIENT", "-n", "2", "-w", "20", "127.0.0.1", port);
    type(&client, "hello\nnever asked\n");
    finish(&client);
    assert_string_equal(client.said, "");
    assert_string_equal(client.complained, "client: udp_ask: no answer\n");
    assert_int_equal(client.status, 1);
    expect_words(silent, "1 hello");
    expect_words(silent, "1 hello");
    expect_nothing_more(silent);
    close(silent);
}

static void test_client_tells_that_nobody_is_there(void **state)
{
    char port[8];
    struct process client;
    int refusing = take_refusing_port(port, sizeof port);
    (void)state;
    START(&client, "CLIENT", "-n", "2", "-w", "20", "127.0.0.1", port);
    type(&client, "hello\n");
    finish(&client);
    close(refusing);
    assert_string_equal(client.said, "");
    assert_string_equal(client.complained, "client: udp_ask: nobody listens there\n");
    assert_int_equal(client.status, 1);
}

/* `1 ` and 65,506 bytes are one byte more than a datagram holds. */
static void test_client_tells_that_a_line_is_too_long(void **state)
{
    static char line[65506 + 2];
    char port[8];
    struct process client;
    int silent = take_udp_port(port, sizeof port);
    (void)state;
    memset(line, 'a', sizeof line - 2);
    line[sizeof line - 2] = '\n';
    START(&client, "CLIENT", "127.0.0.1", port);
    type(&client, line);
    finish(&client);
    assert_string_equal(client.complained, "client: send: Message too long\n");
    assert_int_equal(client.status, 1);
    expect_nothing_more(silent);
    close(silent);
}

/* The answer is lost. */
static void test_client_tells_that_its_console_is_full(void **state)
{
    struct process server;
    char port[8];
    (void)state;
    START(&server, "SERVER", "0");
    hear_port(&server, port, sizeof port);
    assert_client_tells_full_disk(port);
    end(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_explain_themselves_when_asked),
        cmocka_unit_test(test_server_wants_a_port_and_nothing_else),
        cmocka_unit_test(test_server_refuses_what_is_not_a_port),
        cmocka_unit_test(test_server_refuses_what_is_not_a_limit),
        cmocka_unit_test(test_server_leaves_the_explanation_to_udp_bind),
        cmocka_unit_test(test_server_answers_up_to_its_limit),
        cmocka_unit_test(test_client_wants_a_host_and_a_port),
        cmocka_unit_test(test_client_refuses_what_is_not_a_port),
        cmocka_unit_test(test_client_refuses_bad_options),
        cmocka_unit_test(test_client_leaves_the_explanation_to_udp_open),
        cmocka_unit_test(test_client_asks_line_after_line),
        cmocka_unit_test(test_client_gives_up_as_it_was_told),
        cmocka_unit_test(test_client_tells_that_nobody_is_there),
        cmocka_unit_test(test_client_tells_that_a_line_is_too_long),
        cmocka_unit_test(test_client_tells_that_its_console_is_full),
    };
    alarm(DEADLINE);
    return cmocka_run_group_tests_name("lab 5 mains", tests, NULL, NULL);
}
