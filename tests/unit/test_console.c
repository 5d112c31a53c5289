/*
 * common/console.c: what leaves, through which descriptor, in how many writes, and what is left
 * behind. Standard output and error are replaced by the end of a SOCK_SEQPACKET pair, on which
 * every write(2) arrives as a packet of its own.
 */
#include "common/console.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { THREADS = 4, LINES = 100, ROOM = 16384, DEADLINE = 20 };

struct fixture {
    int standard;    /* the descriptor that is replaced: 1 or 2 */
    int kept;        /* what it was before */
    int arrives;     /* our end of the pair */
    char text[ROOM]; /* the last packet */
};

static void replace(struct fixture *fixture, int standard)
{
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    fflush(NULL);
    fixture->standard = standard;
    fixture->kept = dup(standard);
    fixture->arrives = pair[1];
    assert_int_equal(dup2(pair[0], standard), standard);
    close(pair[0]);
}

/* Before anything is asserted, so that cmocka's own messages go where they belong. */
static void restore(struct fixture *fixture)
{
    dup2(fixture->kept, fixture->standard);
    close(fixture->kept);
}

/* The next packet, as a string; "" when there is none. Never waits. */
static const char *packet(struct fixture *fixture)
{
    ssize_t length = recv(fixture->arrives, fixture->text, ROOM - 1, MSG_DONTWAIT);
    fixture->text[length > 0 ? length : 0] = '\0';
    return fixture->text;
}

static void test_say_writes_one_line_at_once_to_standard_output(void **state)
{
    struct fixture out;
    (void)state;
    replace(&out, STDOUT_FILENO);
    console_say("listening on port %d", 40276);
    console_say("%s", "");
    restore(&out);
    assert_string_equal(packet(&out), "listening on port 40276\n");
    assert_string_equal(packet(&out), "\n");
    assert_string_equal(packet(&out), "");
    close(out.arrives);
}

static void test_tell_puts_the_port_in_front(void **state)
{
    struct fixture out;
    (void)state;
    replace(&out, STDOUT_FILENO);
    console_tell(40276, "connected");
    console_tell(0, "%s %d", "abc", -1);
    console_tell(65535, "%%");
    restore(&out);
    assert_string_equal(packet(&out), "[40276] connected\n");
    assert_string_equal(packet(&out), "[0] abc -1\n");
    assert_string_equal(packet(&out), "[65535] %\n");
    assert_string_equal(packet(&out), "");
    close(out.arrives);
}

static void test_prompt_leaves_as_it_is_and_at_once(void **state)
{
    struct fixture out;
    (void)state;
    replace(&out, STDOUT_FILENO);
    console_prompt("You want to say: ");
    console_prompt("100%s %n");
    console_say("%s", "answer");
    restore(&out);
    assert_string_equal(packet(&out), "You want to say: ");
    assert_string_equal(packet(&out), "100%s %n");
    assert_string_equal(packet(&out), "answer\n");
    assert_string_equal(packet(&out), "");
    close(out.arrives);
}

static void test_complaints_name_program_call_and_reason_on_standard_error(void **state)
{
    struct fixture err;
    (void)state;
    console_name("server");
    replace(&err, STDERR_FILENO);
    errno = EADDRINUSE;
    complain("bind");
    complain_because("getaddrinfo", gai_strerror(EAI_NONAME));
    complain_because("100%s", "%n");
    restore(&err);
    assert_string_equal(packet(&err), "server: bind: Address already in use\n");
    assert_string_equal(packet(&err), "server: getaddrinfo: Name or service not known\n");
    assert_string_equal(packet(&err), "server: 100%s: %n\n");
    assert_string_equal(packet(&err), "");
    close(err.arrives);
}

/* The lengths around the room on the stack (4096), with and without prefix, and far above it. */
static void test_lines_of_any_length_leave_whole_and_at_once(void **state)
{
    static const int lengths[] = {4084, 4085, 4086, 4087, 4088, 4094, 4095, 4096, 4097, 12000};
    char expected[ROOM];
    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct fixture out;
        replace(&out, STDOUT_FILENO);
        console_say("%*s", lengths[i], "end");
        console_tell(40276, "%*s", lengths[i], "end");
        restore(&out);
        snprintf(expected, sizeof expected, "%*s\n", lengths[i], "end");
        assert_string_equal(packet(&out), expected);
        snprintf(expected, sizeof expected, "[40276] %*s\n", lengths[i], "end");
        assert_string_equal(packet(&out), expected);
        assert_string_equal(packet(&out), "");
        close(out.arrives);
    }
}

static void test_errno_is_kept_even_when_the_console_is_closed(void **state)
{
    int errors[2][5];
    int kept[2] = {dup(STDOUT_FILENO), dup(STDERR_FILENO)};
    (void)state;
    fflush(NULL);
    for (int closed = 0; closed < 2; closed++) {
        int *error = errors[closed];
        int silent = open("/dev/null", O_WRONLY);
        dup2(silent, STDOUT_FILENO);
        dup2(silent, STDERR_FILENO);
        close(silent);
        if (closed) {
            close(STDOUT_FILENO);
            close(STDERR_FILENO);
        }
        errno = EXDEV;
        console_say("%5000s", "");
        error[0] = errno;
        console_tell(1, "x");
        error[1] = errno;
        complain("call");
        error[2] = errno;
        complain_because("call", "reason");
        error[3] = errno;
        console_prompt("text");
        error[4] = errno;
    }
    dup2(kept[0], STDOUT_FILENO);
    dup2(kept[1], STDERR_FILENO);
    close(kept[0]);
    close(kept[1]);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(errors[0][i], EXDEV);
        assert_int_equal(errors[1][i], EXDEV);
    }
}

/* In a child, with SIGPIPE as it is at the start of a program: exits with 0 when it lives to the
   end and no signal is pending or left blocked. */
static _Noreturn void speak_to_nobody(void)
{
    int ends[2];
    sigset_t set;
    signal(SIGPIPE, SIG_DFL);
    if (pipe(ends) != 0 || dup2(ends[1], STDOUT_FILENO) < 0 || dup2(ends[1], STDERR_FILENO) < 0)
        _exit(10);
    close(ends[0]);
    close(ends[1]);
    errno = EXDEV;
    console_say("nobody");
    console_tell(1, "reads");
    console_prompt("any of");
    complain("this");
    if (errno != EXDEV)
        _exit(11);
    sigpending(&set);
    if (sigismember(&set, SIGPIPE))
        _exit(12);
    pthread_sigmask(SIG_BLOCK, NULL, &set);
    _exit(sigismember(&set, SIGPIPE) ? 13 : 0);
}

static void test_a_console_that_is_gone_does_not_end_the_program(void **state)
{
    int status;
    (void)state;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        speak_to_nobody();
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* In a child: exits with what console_end makes of 0 and of 2, added, after a line to FD, or none.
 */
static _Noreturn void end_after(int fd)
{
    int full = open("/dev/full", O_WRONLY);
    if (full < 0 || dup2(full, STDOUT_FILENO) < 0 || dup2(full, STDERR_FILENO) < 0)
        _exit(10);
    if (fd == STDOUT_FILENO)
        console_say("lost");
    if (fd == STDERR_FILENO)
        complain("call");
    _exit(console_end(0) * 4 + console_end(2));
}

/* Only what was lost of standard output is a failure of the program. */
static void test_the_end_tells_whether_a_line_was_lost(void **state)
{
    static const int expected[] = {2, 5, 2};
    (void)state;
    fflush(NULL);
    for (int fd = 0; fd <= 2; fd++) {
        int status;
        pid_t child = fork();
        if (child == 0)
            end_after(fd);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), expected[fd]);
    }
}

/* In a child: the first reason is the one that counts. */
static _Noreturn void lose_twice(int err)
{
    int out[2];
    int full = open("/dev/full", O_WRONLY);
    console_name("client");
    if (full < 0 || pipe(out) != 0 || dup2(full, STDOUT_FILENO) < 0 || dup2(err, STDERR_FILENO) < 0)
        _exit(10);
    console_prompt("lost");
    dup2(out[1], STDOUT_FILENO);
    close(out[1]);
    close(out[0]);
    console_tell(1, "lost as well");
    _exit(console_end(0));
}

static void test_the_end_gives_the_first_reason(void **state)
{
    int ends[2];
    int status;
    char said[200] = "";
    (void)state;
    fflush(NULL);
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0)
        lose_twice(ends[1]);
    close(ends[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
    assert_true(read(ends[0], said, sizeof said - 1) > 0);
    close(ends[0]);
    assert_string_equal(said, "client: write: No space left on device\n");
}

/* What a console shows for LINE: on a terminal, if it is one, or else in a pipe. */
static void show(const char *line, bool terminal, char *shown, size_t room)
{
    int ends[2];
    int status;
    if (terminal) {
        ends[0] = posix_openpt(O_RDWR | O_NOCTTY);
        assert_int_equal(grantpt(ends[0]), 0);
        assert_int_equal(unlockpt(ends[0]), 0);
        ends[1] = open(ptsname(ends[0]), O_RDWR | O_NOCTTY);
    } else {
        assert_int_equal(pipe(ends), 0);
    }
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        console_name("server");
        console_tell(1, "%s", line);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    ssize_t length = read(ends[0], shown, room - 1);
    assert_true(length > 0);
    shown[length] = '\0';
    close(ends[0]);
    close(ends[1]);
}

static void test_a_terminal_gets_no_control_characters(void **state)
{
    static const char line[] = "\x1b[2J\a\r\x7f\x01 a\tb \xc3\xa4\xe5\xa5\xbd \xc2\x9b"
                               "1m \xc2\xa0\xff\x9b\xc2";
    char shown[200];
    (void)state;
    show(line, true, shown, sizeof shown);
    assert_string_equal(shown, "[1] ?[2J???? a\tb \xc3\xa4\xe5\xa5\xbd ??"
                               "1m \xc2\xa0\xff\x9b\xc2\r\n");
    show(line, false, shown, sizeof shown);
    assert_memory_equal(shown, "[1] ", 4);
    assert_memory_equal(shown + 4, line, sizeof line - 1);
    assert_string_equal(shown + 4 + sizeof line - 1, "\n");
}

/* Nobody reads until the pipe is full: the writer waits, and no line is lost. */
static void test_a_console_that_nobody_reads_is_waited_for(void **state)
{
    enum { MANY = 2000 };
    int ends[2];
    int status;
    int waiting = 0;
    char line[200];
    char expected[200];
    (void)state;
    assert_int_equal(pipe(ends), 0);
    int room = fcntl(ends[1], F_GETPIPE_SZ);
    assert_in_range(room, 1, MANY * 100 - 1);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        for (int i = 0; i < MANY; i++)
            console_say("%0100d", i);
        _exit(0);
    }
    close(ends[1]);
    while (waiting < room - room / 32) { /* no line is on two pages of it */
        assert_int_equal(ioctl(ends[0], FIONREAD, &waiting), 0);
        sched_yield();
    }
    FILE *console = fdopen(ends[0], "r");
    assert_non_null(console);
    for (int i = 0; i < MANY; i++) {
        snprintf(expected, sizeof expected, "%0100d\n", i);
        assert_non_null(fgets(line, sizeof line, console));
        assert_string_equal(line, expected);
    }
    assert_null(fgets(line, sizeof line, console));
    fclose(console);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void *speak(void *number)
{
    for (int i = 0; i < LINES; i++)
        console_tell(*(uint16_t *)number, "%0100d", i);
    return NULL;
}

/* The pair holds fewer packets than are written, so the threads wait for each other and for us. */
static void test_lines_of_several_threads_never_mix(void **state)
{
    struct fixture out;
    pthread_t threads[THREADS];
    uint16_t numbers[THREADS];
    int next[THREADS] = {0};
    int torn = 0;
    (void)state;
    replace(&out, STDOUT_FILENO);
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = (uint16_t)i;
        if (pthread_create(&threads[i], NULL, speak, &numbers[i]) != 0)
            abort();
    }
    for (int i = 0; i < THREADS * LINES; i++) {
        char expected[200];
        ssize_t length = recv(out.arrives, out.text, ROOM - 1, 0);
        unsigned number = length > 1 ? (unsigned)(out.text[1] - '0') : THREADS;
        out.text[length > 0 ? length : 0] = '\0';
        if (number < THREADS)
            snprintf(expected, sizeof expected, "[%u] %0100d\n", number, next[number]++);
        if (number >= THREADS || strcmp(out.text, expected) != 0)
            torn++;
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    restore(&out);
    assert_int_equal(torn, 0);
    assert_string_equal(packet(&out), "");
    close(out.arrives);
}

/* What the descriptor FD of this process is open for; "" if it is closed. */
static void name_of(int fd, char *name, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(path, name, size - 1);
    name[length > 0 ? length : 0] = '\0';
}

/* In a child: closes the descriptors of CLOSED, one bit for each, and sets the name. 0 if those are
   open for /dev/null then, and the others as they were. */
static int name_without(unsigned closed)
{
    int zero = open("/dev/zero", O_RDWR);
    for (int fd = 0; fd <= 2; fd++)
        if (dup2(zero, fd) != fd)
            return 1;
    for (int fd = 0; fd <= 2; fd++)
        if (closed >> fd & 1U)
            close(fd);
    console_name("server");
    for (int fd = 0; fd <= 2; fd++) {
        char name[64];
        name_of(fd, name, sizeof name);
        if (strcmp(name, closed >> fd & 1U ? "/dev/null" : "/dev/zero") != 0)
            return 2;
    }
    return 0;
}

static void test_no_socket_becomes_the_console(void **state)
{
    (void)state;
    for (unsigned closed = 0; closed < 8; closed++) {
        int status;
        pid_t child = fork();
        assert_int_not_equal(child, -1);
        if (child == 0)
            _exit(name_without(closed));
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_socket_becomes_the_console),
        cmocka_unit_test(test_say_writes_one_line_at_once_to_standard_output),
        cmocka_unit_test(test_tell_puts_the_port_in_front),
        cmocka_unit_test(test_prompt_leaves_as_it_is_and_at_once),
        cmocka_unit_test(test_complaints_name_program_call_and_reason_on_standard_error),
        cmocka_unit_test(test_lines_of_any_length_leave_whole_and_at_once),
        /* These two before any that loses a line of this process itself. */
        cmocka_unit_test(test_the_end_tells_whether_a_line_was_lost),
        cmocka_unit_test(test_the_end_gives_the_first_reason),
        cmocka_unit_test(test_errno_is_kept_even_when_the_console_is_closed),
        cmocka_unit_test(test_a_console_that_is_gone_does_not_end_the_program),
        cmocka_unit_test(test_a_terminal_gets_no_control_characters),
        cmocka_unit_test(test_a_console_that_nobody_reads_is_waited_for),
        cmocka_unit_test(test_lines_of_several_threads_never_mix),
    };
    alarm(DEADLINE);
    return cmocka_run_group_tests_name("console", tests, NULL, NULL);
}
