/*
 * The mains of lab 2, labs/2-chat/server.c and client.c, as a person meets them: their command
 * lines, messages and exit statuses, and a conversation. The environment says which programs:
 * SERVER and CLIENT are their paths, both built from solutions/2-chat.
 */
#include "mains.h"

#define SERVER_USAGE "usage: server PORT\n"
#define CLIENT_USAGE "usage: client HOST PORT\n"
#define PROMPT "You want to say: "

static void test_server_explains_itself_when_asked(void **state)
{
    (void)state;
    assert_explains_itself("SERVER", SERVER_USAGE);
}

static void test_client_explains_itself_when_asked(void **state)
{
    (void)state;
    assert_explains_itself("CLIENT", CLIENT_USAGE);
}

static void test_server_wants_one_argument(void **state)
{
    static const char complaint[] = "server: one argument is expected, the port\n" SERVER_USAGE;
    struct process run;
    (void)state;
    RUN(&run, "SERVER", NULL);
    assert_wrong_usage(&run, complaint);
    RUN(&run, "SERVER", "0", "0");
    assert_wrong_usage(&run, complaint);
    RUN(&run, "SERVER", "-i", "0");
    assert_wrong_usage(&run, complaint);
}

static void test_server_refuses_what_is_not_a_port(void **state)
{
    static const char *const bad[] = {"", "-1", "80abc", "65536", "http", "-i"};
    char complaint[200];
    struct process run;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        RUN(&run, "SERVER", bad[i]);
        snprintf(complaint, sizeof complaint,
                 "server: \"%s\" is not a port (0 to 65535)\n" SERVER_USAGE, bad[i]);
        assert_wrong_usage(&run, complaint);
    }
}

static void test_client_wants_two_arguments(void **state)
{
    static const char complaint[] =
        "client: two arguments are expected: host and port\n" CLIENT_USAGE;
    struct process run;
    (void)state;
    RUN(&run, "CLIENT", NULL);
    assert_wrong_usage(&run, complaint);
    RUN(&run, "CLIENT", "localhost");
    assert_wrong_usage(&run, complaint);
    RUN(&run, "CLIENT", "localhost", "7", "hello");
    assert_wrong_usage(&run, complaint);
}

static void test_client_refuses_what_is_not_a_port(void **state)
{
    static const char *const bad[] = {"", "0", "-1", "80abc", "65536", "chat"};
    char complaint[200];
    struct process run;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        RUN(&run, "CLIENT", "localhost", bad[i]);
        snprintf(complaint, sizeof complaint,
                 "client: \"%s\" is not a port to connect to (1 to 65535)\n" CLIENT_USAGE, bad[i]);
        assert_wrong_usage(&run, complaint);
    }
}

static void test_server_leaves_the_explanation_to_tcp_listen(void **state)
{
    char port[8];
    struct process run;
    int taken = take_port(port, sizeof port);
    (void)state;
    RUN(&run, "SERVER", port);
    close(taken);
    assert_string_equal(run.complained, "server: bind: Address already in use\n");
    assert_string_equal(run.said, "");
    assert_int_equal(run.status, 1);
}

static void test_client_leaves_the_explanation_to_tcp_connect(void **state)
{
    char port[8];
    struct process run;
    int taken = take_port(port, sizeof port);
    (void)state;
    RUN(&run, "CLIENT", "127.0.0.1", port);
    close(taken);
    assert_string_equal(run.complained, "client: connect: Connection refused\n");
    assert_string_equal(run.said, "");
    assert_int_equal(run.status, 1);
}

/* What the server's console shows from a client's arrival on, its port being the number that it
   shows itself. */
static void assert_server_said(const struct process *server, const char *between)
{
    char expected[ROOM];
    unsigned port = 0;
    assert_int_equal(sscanf(server->said, "[%u] connected\n", &port), 1);
    snprintf(expected, sizeof expected, "[%u] connected\n%s[%u] disconnected\n", port, between,
             port);
    assert_string_equal(server->said, expected);
}

/* Two persons in turns, until the one at the client types Ctrl-D. */
static void test_server_and_client_talk_in_turns(void **state)
{
    struct process server;
    struct process client;
    char port[8];
    (void)state;
    START(&server, "SERVER", "0");
    hear_port(&server, port, sizeof port);
    START(&client, "CLIENT", "127.0.0.1", port);
    hear(&client, PROMPT);
    type(&client, "hello\n");
    hear(&server, "client says: hello\n" PROMPT);
    type(&server, "hi there\n");
    hear(&client, "server says: hi there\n" PROMPT);
    type(&client, "\n");
    hear(&server, "client says: \n" PROMPT);
    type(&server, "100%s, \xc3\xa9\xff\n");
    hear(&client, "server says: 100%s, \xc3\xa9\xff\n" PROMPT);
    finish(&client);
    hear(&server, "disconnected\n");
    assert_server_said(&server,
                       "client says: hello\n" PROMPT "client says: \n" PROMPT "client left\n");
    end(&server);
    assert_string_equal(client.said, PROMPT "server says: hi there\n" PROMPT
                                            "server says: 100%s, \xc3\xa9\xff\n" PROMPT);
    assert_string_equal(client.complained, "");
    assert_int_equal(client.status, 0);
    assert_string_equal(server.complained, "");
    assert_int_equal(server.status, -1);
}

/* What the operator has typed for the first client and nobody has taken is for the second. */
static void test_what_is_typed_ahead_waits_for_the_next_client(void **state)
{
    struct process server;
    struct process client;
    char port[8];
    (void)state;
    START(&server, "SERVER", "0");
    hear_port(&server, port, sizeof port);
    type(&server, "first\nsecond\n");
    for (int i = 0; i < 2; i++) {
        START(&client, "CLIENT", "127.0.0.1", port);
        type(&client, "hello\n");
        finish(&client);
        assert_string_equal(client.said, i == 0 ? PROMPT "server says: first\n" PROMPT
                                                : PROMPT "server says: second\n" PROMPT);
        assert_int_equal(client.status, 0);
    }
    end(&server);
}

/* Ctrl-D at the server: the client is told, and the server serves the next. */
static void test_the_end_of_the_operators_keyboard_is_not_the_servers(void **state)
{
    struct process server;
    struct process client;
    char port[8];
    (void)state;
    START(&server, "SERVER", "0");
    hear_port(&server, port, sizeof port);
    end_keyboard(&server);
    for (int i = 0; i < 2; i++) {
        START(&client, "CLIENT", "127.0.0.1", port);
        type(&client, "hello\n");
        hear(&client, "server left\n");
        finish(&client);
        assert_string_equal(client.said, PROMPT "server left\n");
        assert_int_equal(client.status, 0);
        hear(&server, "disconnected\n");
        assert_server_said(&server, "client says: hello\n" PROMPT);
        server.length = 0;
        server.said[0] = '\0';
    }
    end(&server);
    assert_int_equal(server.status, -1);
}

/* The operator's line of LENGTH bytes is too long: it ends the session, whole, and the next client
   gets the line after it. */
static void expect_line_thrown_away(size_t length)
{
    struct process server;
    struct process client;
    char line[5000];
    char port[8];
    START(&server, "SERVER", "0");
    hear_port(&server, port, sizeof port);
    (void)memset(line, 'x', length);
    strcpy(line + length, "\nsecond\n");
    type(&server, line);
    START(&client, "CLIENT", "127.0.0.1", port);
    type(&client, "hello\n");
    finish(&client);
    assert_string_equal(client.said, PROMPT "server left\n");
    START(&client, "CLIENT", "127.0.0.1", port);
    type(&client, "hello\n");
    finish(&client);
    assert_string_equal(client.said, PROMPT "server says: second\n" PROMPT);
    end(&server);
    assert_string_equal(server.complained, "server: line: longer than 1024 bytes\n");
}

static void test_a_typed_line_that_is_too_long_is_thrown_away(void **state)
{
    static const size_t lengths[] = {1025, 1026, 1027, 2000, 2052, 4095};
    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
        expect_line_thrown_away(lengths[i]);
}

/* A line of the client that is too long leaves those that the operator has typed ahead as they are,
   even if they fill the keyboard's reader. */
static void test_a_clients_line_that_is_too_long_costs_the_operator_nothing(void **state)
{
    struct process server;
    struct process client;
    char line[1100];
    char typed[1100];
    char port[8];
    (void)state;
    START(&server, "SERVER", "0");
    hear_port(&server, port, sizeof port);
    (void)memset(typed, '\n', sizeof typed - 1);
    strcpy(typed + sizeof typed - 2, "");
    type(&server, typed);
    START(&client, "CLIENT", "127.0.0.1", port);
    type(&client, "hello\n");
    finish(&client);
    assert_string_equal(client.said, PROMPT "server says: \n" PROMPT);
    int fd = dial(port);
    (void)memset(line, 'x', sizeof line);
    assert_int_equal(send(fd, line, sizeof line, MSG_NOSIGNAL), sizeof line);
    hear(&server, "disconnected\n");
    hear(&server, "disconnected\n");
    close(fd);
    for (int i = 0; i < 2; i++) {
        START(&client, "CLIENT", "127.0.0.1", port);
        type(&client, "hello\n");
        finish(&client);
        assert_string_equal(client.said, PROMPT "server says: \n" PROMPT);
    }
    end(&server);
    assert_string_equal(server.complained, "server: line: longer than 1024 bytes\n");
}

/* Lines that are shown, and the prompt, are all lost. */
static void test_client_tells_that_its_console_is_full(void **state)
{
    struct process server;
    char port[8];
    (void)state;
    START(&server, "SERVER", "0");
    hear_port(&server, port, sizeof port);
    type(&server, "hi\n");
    assert_client_tells_full_disk(port);
    end(&server);
}

/* We are the server, and break the connection off. */
static void test_client_reports_a_broken_connection(void **state)
{
    static const struct linger at_once = {.l_onoff = 1};
    char port[8];
    char line[6];
    struct process client;
    int listener = take_port(port, sizeof port);
    (void)state;
    assert_int_equal(listen(listener, 1), 0);
    START(&client, "CLIENT", "127.0.0.1", port);
    type(&client, "hello\n");
    int conn = accept(listener, NULL, NULL);
    assert_int_equal(recv(conn, line, sizeof line, MSG_WAITALL), sizeof line);
    assert_memory_equal(line, "hello\n", sizeof line);
    setsockopt(conn, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(conn);
    close(listener);
    finish(&client);
    assert_string_equal(client.said, PROMPT "server left\n");
    assert_string_equal(client.complained, "client: read: Connection reset by peer\n");
    assert_int_equal(client.status, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_server_explains_itself_when_asked),
        cmocka_unit_test(test_client_explains_itself_when_asked),
        cmocka_unit_test(test_server_wants_one_argument),
        cmocka_unit_test(test_server_refuses_what_is_not_a_port),
        cmocka_unit_test(test_client_wants_two_arguments),
        cmocka_unit_test(test_client_refuses_what_is_not_a_port),
        cmocka_unit_test(test_server_leaves_the_explanation_to_tcp_listen),
        cmocka_unit_test(test_client_leaves_the_explanation_to_tcp_connect),
        cmocka_unit_test(test_server_and_client_talk_in_turns),
        cmocka_unit_test(test_what_is_typed_ahead_waits_for_the_next_client),
        cmocka_unit_test(test_the_end_of_the_operators_keyboard_is_not_the_servers),
        cmocka_unit_test(test_a_typed_line_that_is_too_long_is_thrown_away),
        cmocka_unit_test(test_a_clients_line_that_is_too_long_costs_the_operator_nothing),
        cmocka_unit_test(test_client_tells_that_its_console_is_full),
        cmocka_unit_test(test_client_reports_a_broken_connection),
    };
    alarm(DEADLINE);
    return cmocka_run_group_tests_name("lab 2 mains", tests, NULL, NULL);
}
