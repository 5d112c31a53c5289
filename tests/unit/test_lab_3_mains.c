/*
 * The main of lab 3, labs/3-fork/server.c, as a person meets it: its command line, messages and
 * exit status, and conversations with clients of lab 2. The environment says which programs: SERVER
 * is the path of the server built from solutions/3-fork, CLIENT that of the client beside it.
 */
#include "mains.h"

#include <dirent.h>
#include <sched.h>

#define USAGE "usage: server [-i] PORT\n"
#define PROMPT "You want to say: "

static void test_server_explains_itself_when_asked(void **state)
{
    (void)state;
    assert_explains_itself("SERVER", USAGE);
}

static void test_client_is_that_of_lab_2(void **state)
{
    (void)state;
    assert_explains_itself("CLIENT", "usage: client HOST PORT\n");
}

static void test_server_wants_a_port_and_nothing_else(void **state)
{
    static const char complaint[] = "server: one argument is expected, the port\n" USAGE;
    struct process run;
    (void)state;
    RUN(&run, "SERVER", NULL);
    assert_wrong_usage(&run, complaint);
    RUN(&run, "SERVER", "-i");
    assert_wrong_usage(&run, complaint);
    RUN(&run, "SERVER", "0", "0");
    assert_wrong_usage(&run, complaint);
    RUN(&run, "SERVER", "0", "-i");
    assert_wrong_usage(&run, complaint);
    RUN(&run, "SERVER", "-i", "0", "0");
    assert_wrong_usage(&run, complaint);
}

static void test_server_refuses_what_is_not_a_port(void **state)
{
    static const char *const bad[] = {"", "-1", "80abc", "65536", "http", "-x", "-ii"};
    char complaint[200];
    struct process run;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(complaint, sizeof complaint, "server: \"%s\" is not a port (0 to 65535)\n" USAGE,
                 bad[i]);
        RUN(&run, "SERVER", bad[i]);
        assert_wrong_usage(&run, complaint);
        RUN(&run, "SERVER", "-i", bad[i]);
        assert_wrong_usage(&run, complaint);
    }
}

static void test_server_leaves_the_explanation_to_tcp_listen(void **state)
{
    char port[8];
    struct process run;
    int taken = take_port(port, sizeof port);
    (void)state;
    RUN(&run, "SERVER", "-i", port);
    close(taken);
    assert_string_equal(run.complained, "server: bind: Address already in use\n");
    assert_string_equal(run.said, "");
    assert_int_equal(run.status, 1);
}

/* Starts a client and waits until the server has said its number, which is returned. */
static unsigned connect_client(struct process *server, struct process *client, const char *port)
{
    unsigned number = 0;
    size_t before = server->length;
    START(client, "CLIENT", "127.0.0.1", port);
    hear(server, " connected\n");
    assert_int_equal(sscanf(server->said + before, "[%u]", &number), 1);
    hear(client, PROMPT);
    return number;
}

/* The client says WORDS, and gets them back. */
static void say(struct process *client, const char *words)
{
    char answer[100];
    snprintf(answer, sizeof answer, "server says: %s\n" PROMPT, words);
    type(client, words);
    type(client, "\n");
    hear(client, answer);
}

/* Two clients at once: they come, speak and go, and the console says who. */
static void test_server_repeats_for_all_and_says_who(void **state)
{
    struct process server;
    struct process clients[2];
    unsigned numbers[2];
    char port[8];
    char expected[400];
    (void)state;
    START(&server, "SERVER", "0");
    hear_port(&server, port, sizeof port);
    numbers[0] = connect_client(&server, &clients[0], port);
    numbers[1] = connect_client(&server, &clients[1], port);
    say(&clients[1], "123");
    say(&clients[0], "abc");
    say(&clients[1], "");
    for (int i = 1; i >= 0; i--) {
        finish(&clients[i]);
        assert_string_equal(clients[i].complained, "");
        assert_int_equal(clients[i].status, 0);
        hear(&server, " disconnected\n");
    }
    end(&server);
    snprintf(expected, sizeof expected,
             "[%u] connected\n[%u] connected\n[%u] 123\n[%u] abc\n[%u] \n"
             "[%u] disconnected\n[%u] disconnected\n",
             numbers[0], numbers[1], numbers[1], numbers[0], numbers[1], numbers[1], numbers[0]);
    assert_string_equal(server.said, expected);
    assert_string_equal(server.complained, "");
    assert_int_equal(server.status, -1);
}

/* The three terminals of the operator and two clients; one client asks while the other waits. */
static void test_operator_answers_all_from_the_keyboard(void **state)
{
    struct process server;
    struct process clients[2];
    char port[8];
    (void)state;
    START(&server, "SERVER", "-i", "0");
    hear_port(&server, port, sizeof port);
    for (int i = 0; i < 2; i++)
        connect_client(&server, &clients[i], port);
    for (int i = 0; i < 2; i++) {
        type(&clients[i], i == 0 ? "I am one\n" : "I am two\n");
        hear(&server, i == 0 ? "client says: I am one\n" PROMPT : "client says: I am two\n" PROMPT);
        type(&server, i == 0 ? "Hello one\n" : "Hello two\n");
        hear(&clients[i], i == 0 ? "server says: Hello one\n" : "server says: Hello two\n");
    }
    for (int i = 0; i < 2; i++) {
        finish(&clients[i]);
        assert_int_equal(clients[i].status, 0);
        hear(&server, " disconnected\n");
    }
    end(&server);
    assert_string_equal(server.complained, "");
}

/* The operator's line is too long: it ends one session, whole, and the next client gets the line
   after it. */
static void test_a_typed_line_that_is_too_long_is_thrown_away(void **state)
{
    struct process server;
    struct process client;
    char line[3001];
    char port[8];
    (void)state;
    START(&server, "SERVER", "-i", "0");
    hear_port(&server, port, sizeof port);
    connect_client(&server, &client, port);
    type(&client, "hello\n");
    hear(&server, PROMPT);
    (void)memset(line, 'x', sizeof line);
    strcpy(line + sizeof line - 2, "\n");
    type(&server, line);
    hear(&client, "server left\n");
    finish(&client);
    hear(&server, " disconnected\n");
    connect_client(&server, &client, port);
    type(&client, "hello\n");
    hear(&server, PROMPT);
    type(&server, "second\n");
    hear(&client, "server says: second\n");
    finish(&client);
    end(&server);
    assert_string_equal(server.complained, "server: line: longer than 1024 bytes\n");
}

/* A child of PID; 0 if it has none. */
static pid_t child_of(pid_t pid)
{
    const struct dirent *entry;
    pid_t found = 0;
    DIR *processes = opendir("/proc");
    assert_non_null(processes);
    while (found == 0 && (entry = readdir(processes)) != NULL) {
        char path[300];
        int process;
        int parent;
        snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
        FILE *stat = fopen(path, "re");
        if (stat == NULL)
            continue;
        if (fscanf(stat, "%d (%*[^)]) %*c %d", &process, &parent) == 2 && parent == (int)pid)
            found = process;
        fclose(stat);
    }
    closedir(processes);
    return found;
}

/* Whoever has started the server has blocked SIGCHLD, and ignored it: each child is reaped all the
   same. */
static void test_children_are_reaped_whatever_was_blocked(void **state)
{
    struct process server;
    struct process client;
    sigset_t children;
    char port[8];
    (void)state;
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    sigprocmask(SIG_BLOCK, &children, NULL);
    signal(SIGCHLD, SIG_IGN);
    START(&server, "SERVER", "0");
    signal(SIGCHLD, SIG_DFL);
    sigprocmask(SIG_UNBLOCK, &children, NULL);
    hear_port(&server, port, sizeof port);
    connect_client(&server, &client, port);
    pid_t child = child_of(server.pid);
    assert_true(child > 0);
    finish(&client);
    hear(&server, " disconnected\n");
    while (kill(child, 0) == 0) /* a zombie would stay until the alarm */
        sched_yield();
    end(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_server_explains_itself_when_asked),
        cmocka_unit_test(test_client_is_that_of_lab_2),
        cmocka_unit_test(test_server_wants_a_port_and_nothing_else),
        cmocka_unit_test(test_server_refuses_what_is_not_a_port),
        cmocka_unit_test(test_server_leaves_the_explanation_to_tcp_listen),
        cmocka_unit_test(test_server_repeats_for_all_and_says_who),
        cmocka_unit_test(test_operator_answers_all_from_the_keyboard),
        cmocka_unit_test(test_a_typed_line_that_is_too_long_is_thrown_away),
        cmocka_unit_test(test_children_are_reaped_whatever_was_blocked),
    };
    alarm(DEADLINE);
    return cmocka_run_group_tests_name("lab 3 mains", tests, NULL, NULL);
}
