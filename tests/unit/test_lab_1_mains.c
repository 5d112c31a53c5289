/*
 * The mains of lab 1, labs/1-echo/server.c and client.c, as a person meets them: their command
 * lines, messages and exit statuses. The environment says which programs: SERVER and CLIENT are
 * their paths, both built from solutions/1-echo.
 */
#include "mains.h"

static void test_server_explains_itself_when_asked(void **state)
{
    (void)state;
    assert_explains_itself("SERVER", "usage: server PORT\n");
}

static void test_client_explains_itself_when_asked(void **state)
{
    (void)state;
    assert_explains_itself("CLIENT", "usage: client HOST PORT MESSAGE\n");
}

static void test_server_wants_one_argument(void **state)
{
    static const char complaint[] =
        "server: one argument is expected, the port\nusage: server PORT\n";
    struct process run;
    (void)state;
    RUN(&run, "SERVER", NULL);
    assert_wrong_usage(&run, complaint);
    RUN(&run, "SERVER", "0", "0");
    assert_wrong_usage(&run, complaint);
    RUN(&run, "SERVER", "--help", "0");
    assert_wrong_usage(&run, complaint);
}

static void test_server_refuses_what_is_not_a_port(void **state)
{
    static const char *const bad[] = {"",      "-1",     "+1",    " 1",   "0x50",
                                      "80abc", "65536",  "http",  "-x",   "--",
                                      "99999", "--port", "1\xff", "%s%n", "4294967296"};
    char complaint[200];
    struct process run;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        RUN(&run, "SERVER", bad[i]);
        snprintf(complaint, sizeof complaint,
                 "server: \"%s\" is not a port (0 to 65535)\nusage: server PORT\n", bad[i]);
        assert_wrong_usage(&run, complaint);
    }
}

static void test_client_wants_three_arguments(void **state)
{
    static const char complaint[] = "client: three arguments are expected: host, port and message\n"
                                    "usage: client HOST PORT MESSAGE\n";
    struct process run;
    (void)state;
    RUN(&run, "CLIENT", NULL);
    assert_wrong_usage(&run, complaint);
    RUN(&run, "CLIENT", "localhost");
    assert_wrong_usage(&run, complaint);
    RUN(&run, "CLIENT", "localhost", "7");
    assert_wrong_usage(&run, complaint);
    RUN(&run, "CLIENT", "localhost", "7", "two", "words");
    assert_wrong_usage(&run, complaint);
}

static void test_client_refuses_what_is_not_a_port(void **state)
{
    static const char *const bad[] = {"", "0", "000", "-1", "0x50", "80abc", "65536", "echo"};
    char complaint[200];
    struct process run;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        RUN(&run, "CLIENT", "localhost", bad[i], "hello");
        snprintf(complaint, sizeof complaint,
                 "client: \"%s\" is not a port to connect to (1 to 65535)\n"
                 "usage: client HOST PORT MESSAGE\n",
                 bad[i]);
        assert_wrong_usage(&run, complaint);
    }
}

static void test_server_and_client_echo_and_end_as_told(void **state)
{
    struct process server;
    struct process client;
    char port[8];
    (void)state;
    START(&server, "SERVER", "0");
    hear_port(&server, port, sizeof port);
    RUN(&client, "CLIENT", "127.0.0.1", port, "hello, \xc3\xa9\xff \n");
    assert_string_equal(client.complained, "");
    assert_string_equal(client.said, "hello, \xc3\xa9\xff \n\n");
    assert_int_equal(client.status, 0);
    RUN(&client, "CLIENT", "127.0.0.1", port, "");
    assert_string_equal(client.complained, "");
    assert_string_equal(client.said, "\n");
    assert_int_equal(client.status, 0);
    end(&server);
    assert_string_equal(server.complained, "");
    assert_int_equal(server.status, -1);
}

/* It is all sent before any of the echo is received: the kernel must have room for it. */
static void test_the_longest_message_comes_back(void **state)
{
    enum { LONGEST = 32 * 4096 - 1 }; /* MAX_ARG_STRLEN of Linux, less the terminating 0 */
    static char message[LONGEST + 1];
    static char echo[LONGEST + 2];
    struct process server;
    struct process client;
    char port[8];
    (void)state;
    for (size_t i = 0; i < LONGEST; i++)
        message[i] = (char)('a' + i % 26);
    START(&server, "SERVER", "0");
    hear_port(&server, port, sizeof port);
    START(&client, "CLIENT", "127.0.0.1", port, message);
    FILE *console = fdopen(dup(client.out), "r");
    assert_non_null(console);
    assert_int_equal(fread(echo, 1, sizeof echo, console), LONGEST + 1);
    fclose(console);
    assert_memory_equal(echo, message, LONGEST);
    finish(&client);
    assert_int_equal(client.status, 0);
    end(&server);
}

static void test_server_leaves_the_explanation_to_tcp_listen(void **state)
{
    char port[8];
    struct process run;
    int taken = take_port(port, sizeof port);
    (void)state;
    assert_int_equal(listen(taken, 1), 0);
    RUN(&run, "SERVER", port);
    close(taken);
    assert_string_equal(run.complained, "server: bind: Address already in use\n");
    assert_string_equal(run.said, "");
    assert_int_equal(run.status, 1);
}

/* Bound but not listening: the port is ours, and whoever connects to it is refused. */
static void test_client_leaves_the_explanation_to_tcp_connect(void **state)
{
    char port[8];
    struct process run;
    int fd = take_port(port, sizeof port);
    (void)state;
    RUN(&run, "CLIENT", "127.0.0.1", port, "hello");
    close(fd);
    assert_string_equal(run.complained, "client: connect: Connection refused\n");
    assert_string_equal(run.said, "");
    assert_int_equal(run.status, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_server_explains_itself_when_asked),
        cmocka_unit_test(test_client_explains_itself_when_asked),
        cmocka_unit_test(test_server_wants_one_argument),
        cmocka_unit_test(test_server_refuses_what_is_not_a_port),
        cmocka_unit_test(test_client_wants_three_arguments),
        cmocka_unit_test(test_client_refuses_what_is_not_a_port),
        cmocka_unit_test(test_server_and_client_echo_and_end_as_told),
        cmocka_unit_test(test_the_longest_message_comes_back),
        cmocka_unit_test(test_server_leaves_the_explanation_to_tcp_listen),
        cmocka_unit_test(test_client_leaves_the_explanation_to_tcp_connect),
    };
    alarm(DEADLINE);
    return cmocka_run_group_tests_name("lab 1 mains", tests, NULL, NULL);
}
