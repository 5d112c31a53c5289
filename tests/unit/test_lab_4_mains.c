/*
 * The mains of lab 4, labs/4-pthread/server.c and client.c, as a person meets them: command lines,
 * messages, exit status and conversations in the room; and the reference under them with a thousand
 * clients at once. The environment says which programs: SERVER and CLIENT are the paths of those
 * built from solutions/4-pthread.
 */
#include "mains.h"

#include <dirent.h>
#include <sched.h>
#include <sys/resource.h>

#define SERVER_USAGE "usage: server [-e] PORT\n"
#define CLIENT_USAGE "usage: client HOST PORT\n"

enum { CROWD = 1000, DESCRIPTORS = CROWD + 100, NAME = 32 };

/* More than what glibc keeps for the next threads: unused stacks of 40 MB in all, the one of the
   thread that has ended last, and its heap. A thousand lost stacks would be 8 GB. */
enum { KEPT_KB = 64 * 1024 };

static void test_both_explain_themselves_when_asked(void **state)
{
    (void)state;
    assert_explains_itself("SERVER", SERVER_USAGE);
    assert_explains_itself("CLIENT", CLIENT_USAGE);
}

static void test_server_wants_a_port_and_nothing_else(void **state)
{
    static const char complaint[] = "server: one argument is expected, the port\n" SERVER_USAGE;
    struct process run;
    (void)state;
    RUN(&run, "SERVER", NULL);
    assert_wrong_usage(&run, complaint);
    RUN(&run, "SERVER", "-e");
    assert_wrong_usage(&run, complaint);
    RUN(&run, "SERVER", "0", "0");
    assert_wrong_usage(&run, complaint);
    RUN(&run, "SERVER", "0", "-e");
    assert_wrong_usage(&run, complaint);
    RUN(&run, "SERVER", "-e", "0", "0");
    assert_wrong_usage(&run, complaint);
}

static void test_server_refuses_what_is_not_a_port(void **state)
{
    static const char *const bad[] = {"", "-1", "80abc", "65536", "http", "-i", "-ee"};
    char complaint[200];
    struct process run;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(complaint, sizeof complaint,
                 "server: \"%s\" is not a port (0 to 65535)\n" SERVER_USAGE, bad[i]);
        RUN(&run, "SERVER", bad[i]);
        assert_wrong_usage(&run, complaint);
        RUN(&run, "SERVER", "-e", bad[i]);
        assert_wrong_usage(&run, complaint);
    }
}

static void test_client_wants_a_host_and_a_port(void **state)
{
    static const char complaint[] =
        "client: two arguments are expected: host and port\n" CLIENT_USAGE;
    static const char *const bad[] = {"", "0", "-1", "80abc", "65536", "http"};
    char refusal[200];
    struct process run;
    (void)state;
    RUN(&run, "CLIENT", NULL);
    assert_wrong_usage(&run, complaint);
    RUN(&run, "CLIENT", "localhost");
    assert_wrong_usage(&run, complaint);
    RUN(&run, "CLIENT", "localhost", "80", "hello");
    assert_wrong_usage(&run, complaint);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(refusal, sizeof refusal,
                 "client: \"%s\" is not a port to connect to (1 to 65535)\n" CLIENT_USAGE, bad[i]);
        RUN(&run, "CLIENT", "localhost", bad[i]);
        assert_wrong_usage(&run, refusal);
    }
}

/* A port that is taken, and where nobody listens. */
static void test_both_leave_the_explanation_to_the_functions_of_lab_1(void **state)
{
    char port[8];
    struct process run;
    int taken = take_port(port, sizeof port);
    (void)state;
    RUN(&run, "SERVER", port);
    assert_string_equal(run.complained, "server: bind: Address already in use\n");
    assert_string_equal(run.said, "");
    assert_int_equal(run.status, 1);
    RUN(&run, "CLIENT", "127.0.0.1", port);
    assert_string_equal(run.complained, "client: connect: Connection refused\n");
    assert_string_equal(run.said, "");
    assert_int_equal(run.status, 1);
    close(taken);
}

/* Starts a client, and waits until it knows that it is in the room. Returns its number. */
static unsigned connect_client(struct process *server, struct process *client, const char *port)
{
    unsigned number = 0;
    size_t before = server->length;
    START(client, "CLIENT", "127.0.0.1", port);
    hear(server, " connected\n");
    assert_int_equal(sscanf(server->said + before, "[%u]", &number), 1);
    hear(client, " joined\n");
    return number;
}

/* The three terminals: the operator and two people, who come, speak and go. */
static void test_room_carries_a_conversation_of_three(void **state)
{
    struct process server;
    struct process first;
    struct process second;
    unsigned one;
    unsigned two;
    char port[8];
    char expected[400];
    (void)state;
    START(&server, "SERVER", "0");
    hear_port(&server, port, sizeof port);
    one = connect_client(&server, &first, port);
    two = connect_client(&server, &second, port);
    hear(&first, " joined\n");
    type(&first, "hello\n");
    hear(&second, " hello\n");
    type(&second, "\n");
    hear(&first, "] \n");
    type(&server, "welcome\n");
    hear(&second, "server says: welcome\n");
    finish(&second);
    hear(&first, " left\n");
    hear(&server, " disconnected\n");
    finish(&first);
    hear(&server, " disconnected\n");
    end(&server);

    snprintf(expected, sizeof expected,
             "[%u] joined\n[%u] joined\n[%u] \nserver says: welcome\n[%u] left\n", one, two, two,
             two);
    assert_string_equal(first.said, expected);
    snprintf(expected, sizeof expected, "[%u] joined\n[%u] hello\nserver says: welcome\n", two,
             one);
    assert_string_equal(second.said, expected);
    snprintf(expected, sizeof expected,
             "[%u] connected\n[%u] connected\n[%u] hello\n[%u] \n[%u] disconnected\n"
             "[%u] disconnected\n",
             one, two, one, two, two, one);
    assert_string_equal(server.said, expected);
    assert_string_equal(first.complained, "");
    assert_string_equal(second.complained, "");
    assert_string_equal(server.complained, "");
    assert_int_equal(first.status, 0);
    assert_int_equal(second.status, 0);
    assert_int_equal(server.status, -1);
}

/* Nobody types anything: the client hears of it all the same. */
static void test_client_is_told_when_the_server_goes(void **state)
{
    struct process server;
    struct process client;
    char port[8];
    (void)state;
    START(&server, "SERVER", "0");
    hear_port(&server, port, sizeof port);
    connect_client(&server, &client, port);
    end(&server);
    hear(&client, "server left\n");
    finish(&client);
    assert_string_equal(client.complained, "");
    assert_int_equal(client.status, 0);
}

/* What the room sends is lost. */
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

/* With -e nothing is told to others, and the keyboard of the server says nothing. */
static void test_server_only_echoes_when_asked_to(void **state)
{
    struct process server;
    struct process client;
    char port[8];
    (void)state;
    START(&server, "SERVER", "-e", "0");
    hear_port(&server, port, sizeof port);
    type(&server, "is anybody there?\n");
    START(&client, "CLIENT", "127.0.0.1", port);
    hear(&server, " connected\n");
    type(&client, "abc\n\nlast");
    finish(&client);
    hear(&server, " disconnected\n");
    end(&server);
    assert_string_equal(client.said, "abc\n\nlast\n");
    assert_string_equal(client.complained, "");
    assert_int_equal(client.status, 0);
    assert_string_equal(server.complained, "");
}

static void say(int fd, const char *words)
{
    assert_int_equal(send(fd, words, strlen(words), MSG_NOSIGNAL), strlen(words));
}

/* Reads from FD until what has come ends with WORDS. */
static void listen_until(int fd, const char *words)
{
    static char heard[65536];
    size_t length = 0;
    size_t wanted = strlen(words);
    do {
        if (length > sizeof heard / 2) {
            memmove(heard, heard + length - wanted, wanted);
            length = wanted;
        }
        ssize_t got = recv(fd, heard + length, sizeof heard - length, 0);
        if (got <= 0)
            fail_msg("the connection ended before \"%s\"", words);
        length += (size_t)got;
    } while (length < wanted || memcmp(heard + length - wanted, words, wanted) != 0);
}

/* The next that comes from FD is WORDS, and nothing else is in front. */
static void listen_to(int fd, const char *words)
{
    char heard[2048] = "";
    assert_true(strlen(words) < sizeof heard);
    assert_int_equal(recv(fd, heard, strlen(words), MSG_WAITALL), strlen(words));
    assert_string_equal(heard, words);
}

/* Reads what there is until the end of the stream, and closes FD. */
static void listen_to_the_end(int fd)
{
    char some[4096];
    while (recv(fd, some, sizeof some, 0) > 0)
        ;
    close(fd);
}

/* A line of LENGTH bytes from a client, with what its server makes of it. */
static void expect_let_go(size_t length, const char *complaint)
{
    char line[2048];
    char port[8];
    struct process server;
    (void)memset(line, 'x', length);
    line[length] = '\n';
    line[length + 1] = '\0';
    START(&server, "SERVER", "0");
    hear_port(&server, port, sizeof port);
    int other = dial(port);
    listen_until(other, " joined\n");
    int client = dial(port);
    listen_until(other, " joined\n");
    say(client, line);
    listen_until(other, " left\n");
    listen_to_the_end(client);
    hear(&server, " disconnected\n");

    say(other, "still there\n"); /* who goes on as if nothing had happened */
    hear(&server, " still there\n");
    assert_null(strstr(server.said, "xxx"));
    end(&server);
    listen_to_the_end(other);
    assert_string_equal(server.complained, complaint);
}

static void test_client_with_too_long_a_line_is_let_go(void **state)
{
    (void)state;
    expect_let_go(1001, "server: room: a line is longer than 1000 bytes\n");
    expect_let_go(1024, "server: room: a line is longer than 1000 bytes\n");
    expect_let_go(1025, "server: line: longer than 1024 bytes\n");
}

/* A line at the limit is said to all, one above it to nobody; and the server needs no keyboard. */
static void test_operator_may_say_a_thousand_bytes_and_go(void **state)
{
    char line[1003];
    char port[8];
    struct process server;
    (void)state;
    (void)memset(line, 'y', sizeof line);
    START(&server, "SERVER", "0");
    hear_port(&server, port, sizeof port);
    int client = dial(port);
    listen_until(client, " joined\n");
    strcpy(line + 1001, "\n");
    type(&server, line);
    strcpy(line + 1000, "\n");
    type(&server, line);
    listen_to(client, "server says: ");
    listen_to(client, line);
    end_keyboard(&server);
    int other = dial(port);
    listen_until(other, " joined\n");
    listen_until(client, " joined\n");
    say(other, "who is that?\n");
    listen_until(client, " who is that?\n");
    end(&server);
    listen_to_the_end(client);
    listen_to_the_end(other);
    assert_string_equal(server.complained, "server: room: a line is longer than 1000 bytes\n");
}

/* What the operator types is thrown away up to its newline, however long it is, and no more. */
static void test_operators_line_that_is_too_long_is_thrown_away(void **state)
{
    static const size_t lengths[] = {1025, 1026, 1027, 4095};
    char line[4200];
    char port[8];
    struct process server;
    (void)state;
    START(&server, "SERVER", "0");
    hear_port(&server, port, sizeof port);
    int client = dial(port);
    listen_until(client, " joined\n");
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        (void)memset(line, 'x', lengths[i]);
        strcpy(line + lengths[i], "\nnext\nlast\n");
        type(&server, line);
        listen_to(client, "server says: next\nserver says: last\n");
    }
    end(&server);
    listen_to_the_end(client);
    assert_string_equal(server.complained, "server: line: longer than 1024 bytes\n"
                                           "server: line: longer than 1024 bytes\n"
                                           "server: line: longer than 1024 bytes\n"
                                           "server: line: longer than 1024 bytes\n");
}

/* Becomes a process with a terminal, in whose background the server runs; its process number goes
   to TOLD. */
static _Noreturn void become_terminal_of(const char *path, int out, int err, int told)
{
    char name[] = "SERVER";
    char port[] = "0";
    char *argv[] = {name, port, NULL};
    int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setsid();
    if (grantpt(terminal) != 0 || unlockpt(terminal) != 0)
        _exit(1);
    int keyboard = open(ptsname(terminal), O_RDWR); /* a session has the first that it opens */
    pid_t pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        become(path, argv, (const int[3]){keyboard, out, err});
    }
    if (write(told, &pid, sizeof pid) != sizeof pid)
        _exit(1);
    waitpid(pid, NULL, 0);
    _exit(0);
}

/* Nobody can type there, and the room goes on. */
static void test_server_goes_on_in_the_background_of_a_terminal(void **state)
{
    char port[8];
    char complaint[sizeof "server: read: Input/output error"] = "";
    int out[2];
    int err[2];
    int told[2];
    struct process server = {.in = -1};
    const char *path = path_of("SERVER");
    (void)state;
    open_pipe(out);
    open_pipe(err);
    open_pipe(told);
    pid_t terminal = fork();
    if (terminal == 0)
        become_terminal_of(path, out[1], err[1], told[1]);
    assert_true(terminal > 0);
    close(out[1]);
    close(err[1]);
    server.out = out[0];
    hear_port(&server, port, sizeof port);
    assert_int_equal(read(told[0], &server.pid, sizeof server.pid), sizeof server.pid);
    for (size_t length = 0; length < sizeof complaint - 1; length++)
        assert_int_equal(read(err[0], complaint + length, 1), 1);
    assert_string_equal(complaint, "server: read: Input/output error");
    int client = dial(port);
    listen_until(client, " joined\n");
    kill(server.pid, SIGTERM);
    assert_int_equal(waitpid(terminal, NULL, 0), terminal);
    listen_to_the_end(client);
    close(out[0]);
    close(err[0]);
    close(told[0]);
    close(told[1]);
}

/* What a server has of the things that a client leaves behind. */
struct holdings {
    long threads;
    long descriptors;
    long memory; /* its address space in kB: a stack that is lost shows nowhere else */
};

/* The number behind NAME in /proc/PID/status. */
static long status_of(pid_t pid, const char *name)
{
    char line[200];
    long number = -1;
    snprintf(line, sizeof line, "/proc/%d/status", (int)pid);
    FILE *file = fopen(line, "re");
    assert_non_null(file);
    while (number < 0 && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, name, strlen(name)) == 0)
            number = strtol(line + strlen(name), NULL, 10);
    fclose(file);
    return number;
}

static long descriptors_of(pid_t pid)
{
    char path[NAME];
    long count = 0;
    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    DIR *folder = opendir(path);
    assert_non_null(folder);
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count;
}

static struct holdings holdings_of(pid_t pid)
{
    return (struct holdings){.threads = status_of(pid, "Threads:"),
                             .descriptors = descriptors_of(pid),
                             .memory = status_of(pid, "VmSize:")};
}

/* Takes what SERVER says until COUNT lines have ended with WORDS. */
static void hear_often(const struct process *server, const char *words, int count)
{
    FILE *console = fdopen(dup(server->out), "r");
    char line[2048];
    assert_non_null(console);
    setvbuf(console, NULL, _IONBF, 0); /* what comes after is still in the pipe */
    while (count > 0) {
        if (fgets(line, sizeof line, console) == NULL)
            fail_msg("the server ended %d times short of \"%s\"", count, words);
        size_t length = strlen(line);
        count -= length >= strlen(words) && strcmp(line + length - strlen(words), words) == 0;
    }
    fclose(console);
}

/* Starts a server whose holdings depend on nothing but its clients: without a limit of descriptors
   that is too low, and without areas of memory that malloc adds when several threads call it. */
static void start_for_a_crowd(struct process *server, char *port, size_t room, const char *option)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    if (limit.rlim_cur < DESCRIPTORS) {
        limit.rlim_cur = limit.rlim_max < DESCRIPTORS ? limit.rlim_max : DESCRIPTORS;
        setrlimit(RLIMIT_NOFILE, &limit); /* if not, 1,024 are just enough */
    }
    setenv("MALLOC_ARENA_MAX", "1", 1);
    if (option != NULL)
        START(server, "SERVER", option, "0");
    else
        START(server, "SERVER", "0");
    hear_port(server, port, room);
}

/* Waits until PID has no more than COUNT threads. */
static void wait_for_threads(pid_t pid, long count)
{
    while (status_of(pid, "Threads:") > count)
        sched_yield();
}

/* The client on FD leaves. */
static void leave(int fd)
{
    shutdown(fd, SHUT_WR);
    listen_to_the_end(fd);
}

/* All CLIENTS leave at once, and the SERVER on PORT is as BEFORE. Whoever has left refuses what is
   still sent to it. One more client comes and goes: threads that end at the same time do not see
   that they are too many for what glibc keeps, but the next one does. A thread that has said
   `disconnected` has a few instructions to go; what it does then ends with its disappearing from
   the process. */
static void expect_nothing_left(const struct process *server, const char *port, const int *clients,
                                struct holdings before)
{
    for (int i = 0; i < CROWD; i++)
        shutdown(clients[i], SHUT_RDWR);
    for (int i = 0; i < CROWD; i++)
        close(clients[i]);
    hear_often(server, " disconnected\n", CROWD);
    wait_for_threads(server->pid, before.threads);
    leave(dial(port));
    hear_often(server, " disconnected\n", 1);
    wait_for_threads(server->pid, before.threads);
    struct holdings after = holdings_of(server->pid);
    assert_int_equal(after.threads, before.threads);
    assert_int_equal(after.descriptors, before.descriptors);
    assert_in_range(after.memory, 1, before.memory + KEPT_KB);
}

static void expect_all_there(const struct process *server, struct holdings before)
{
    struct holdings now = holdings_of(server->pid);
    assert_int_equal(now.threads, before.threads + CROWD);
    assert_int_equal(now.descriptors, before.descriptors + CROWD);
}

static void test_reference_echoes_for_a_thousand_at_once(void **state)
{
    struct process server;
    char port[8];
    char line[NAME];
    int clients[CROWD];
    (void)state;
    start_for_a_crowd(&server, port, sizeof port, "-e");
    struct holdings before = holdings_of(server.pid);
    for (int i = 0; i < CROWD; i++)
        clients[i] = dial(port);
    hear_often(&server, " connected\n", CROWD);
    expect_all_there(&server, before);
    for (int i = CROWD - 1; i >= 0; i--) {
        snprintf(line, sizeof line, "I am %d\n", i);
        say(clients[i], line);
    }
    for (int i = 0; i < CROWD; i++) {
        snprintf(line, sizeof line, "I am %d\n", i);
        listen_until(clients[i], line);
    }
    expect_nothing_left(&server, port, clients, before);
    end(&server);
    assert_string_equal(server.complained, "");
}

/* Each is told of all who come after it, so that 500,000 lines go out before the operator's. */
static void test_reference_has_room_for_a_thousand_at_once(void **state)
{
    struct process server;
    char port[8];
    int clients[CROWD];
    (void)state;
    start_for_a_crowd(&server, port, sizeof port, NULL);
    struct holdings before = holdings_of(server.pid);
    for (int i = 0; i < CROWD; i++) {
        char drained[4096];
        clients[i] = dial(port);
        listen_until(clients[i], " joined\n");
        for (int other = 0; i % 50 == 0 && other < i; other++) /* they all read */
            while (recv(clients[other], drained, sizeof drained, MSG_DONTWAIT) > 0)
                ;
    }
    expect_all_there(&server, before);
    type(&server, "all of you\n");
    for (int i = 0; i < CROWD; i++)
        listen_until(clients[i], "server says: all of you\n");
    say(clients[CROWD / 2], "even me\n");
    for (int i = 0; i < CROWD; i++)
        if (i != CROWD / 2)
            listen_until(clients[i], "] even me\n");
    expect_nothing_left(&server, port, clients, before);
    end(&server);
    assert_string_equal(server.complained, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_explain_themselves_when_asked),
        cmocka_unit_test(test_server_wants_a_port_and_nothing_else),
        cmocka_unit_test(test_server_refuses_what_is_not_a_port),
        cmocka_unit_test(test_client_wants_a_host_and_a_port),
        cmocka_unit_test(test_both_leave_the_explanation_to_the_functions_of_lab_1),
        cmocka_unit_test(test_room_carries_a_conversation_of_three),
        cmocka_unit_test(test_client_is_told_when_the_server_goes),
        cmocka_unit_test(test_client_tells_that_its_console_is_full),
        cmocka_unit_test(test_server_only_echoes_when_asked_to),
        cmocka_unit_test(test_client_with_too_long_a_line_is_let_go),
        cmocka_unit_test(test_operator_may_say_a_thousand_bytes_and_go),
        cmocka_unit_test(test_operators_line_that_is_too_long_is_thrown_away),
        cmocka_unit_test(test_server_goes_on_in_the_background_of_a_terminal),
        cmocka_unit_test(test_reference_echoes_for_a_thousand_at_once),
        cmocka_unit_test(test_reference_has_room_for_a_thousand_at_once),
    };
    alarm(5 * DEADLINE); /* a thousand at once take their time on a busy machine */
    return cmocka_run_group_tests_name("lab 4 mains", tests, NULL, NULL);
}
