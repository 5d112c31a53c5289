/* What namespaces keep apart: grader/play/namespace.h. */
#include "grader/play/namespace.h"

#include "grader/base/remove.h"
#include "grader/play/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Plays INSIDE in a namespace, if there can be one; its exit status, or -1: there was none. */
static int enter_and(int (*inside)(void))
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        namespace_enter();
        _exit(getpid() != 1 ? 77 : inside());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status) == 77 ? -1 : WEXITSTATUS(status);
}

#define ENTER_AND(inside, expected)                                                                \
    do {                                                                                           \
        int status = enter_and(inside);                                                            \
        if (status == -1)                                                                          \
            skip();                                                                                \
        assert_int_equal(status, expected);                                                        \
    } while (0)

static int exit_with_seven(void)
{
    return 7;
}

static void test_the_status_comes_out(void **state)
{
    (void)state;
    ENTER_AND(exit_with_seven, 7);
}

static pid_t outside;

static int sees_nobody(void)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d", outside);
    return kill(outside, 0) == -1 && errno == ESRCH && access(path, F_OK) == -1 &&
                   access("/proc/1", F_OK) == 0
               ? 0
               : 1;
}

static void test_other_processes_are_not_seen(void **state)
{
    (void)state;
    outside = getpid();
    assert_int_equal(kill(outside, 0), 0);
    ENTER_AND(sees_nobody, 0);
}

static int is_not_killed(void)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(kill(1, SIGKILL) == -1);
    int status;
    return waitpid(pid, &status, 0) == pid && status == 0 ? 0 : 1;
}

static void test_nobody_inside_kills_the_first(void **state)
{
    (void)state;
    ENTER_AND(is_not_killed, 0);
}

static void test_numbers_differ_from_those_of_others(void **state)
{
    (void)state;
    assert_int_equal(namespace_number(1234), 1234);
}

static int numbers(void)
{
    return namespace_number(2) != namespace_number(3) && namespace_number(2) > 1U << 15 &&
                   namespace_number(4000000) < 1U << 31
               ? 0
               : 1;
}

static void test_numbers_inside_tell_where(void **state)
{
    (void)state;
    ENTER_AND(numbers, 0);
}

/* ---- ends ---- */

static int ends[2]; /* a pipe, whose writing end only those inside hold */

static int stay_with_a_daemon(void)
{
    if (fork() == 0) { /* as daemons do */
        setsid();
        if (fork() != 0)
            _exit(0);
    }
    if (write(ends[1], "", 1) == 1)
        pause();
    return 1;
}

/* Starts the three processes; returns the first. 0: there is no namespace here. */
static pid_t start_family(void)
{
    char byte;
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        namespace_enter();
        _exit(getpid() != 1 ? 77 : stay_with_a_daemon());
    }
    close(ends[1]);
    for (int processes = 0; processes < 2; processes++)
        if (read(ends[0], &byte, 1) != 1) {
            assert_int_equal(waitpid(pid, NULL, 0), pid);
            return 0;
        }
    return pid;
}

/* Everything that holds the other end is gone soon. */
static void assert_all_end(void)
{
    enum { MOST_MS = 20000 };
    char byte;
    struct pollfd fd = {.fd = ends[0], .events = POLLIN};
    assert_int_equal(poll(&fd, 1, MOST_MS), 1);
    assert_int_equal(read(ends[0], &byte, 1), 0);
    close(ends[0]);
}

static void test_all_end_when_the_outermost_is_killed(void **state)
{
    (void)state;
    pid_t pid = start_family();
    if (pid == 0)
        skip();
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_all_end();
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* Behind the filter no namespace can be made, as on many a machine. */
static void test_what_the_grader_leaves_is_ended(void **state)
{
    (void)state;
    char byte;
    int status;
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        pid_t before = getpid();
        if (!filter_install())
            _exit(77);
        namespace_enter();
        if (getpid() == before || getpid() == 1)
            _exit(1);
        if (fork() == 0)
            stay_with_a_daemon();
        bool both = read(ends[0], &byte, 1) == 1 && read(ends[0], &byte, 1) == 1;
        kill(getpid(), both ? SIGKILL : SIGTERM);
    }
    close(ends[1]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(WEXITSTATUS(status), 128 + SIGKILL);
    assert_all_end();
}

static int take_the_signal(void)
{
    sigset_t set;
    siginfo_t info;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return write(ends[1], "", 1) == 1 && sigwaitinfo(&set, &info) == SIGTERM ? 5 : 1;
}

static void test_signals_are_passed_on(void **state)
{
    (void)state;
    int status;
    char byte;
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        namespace_enter();
        _exit(getpid() != 1 ? 77 : take_the_signal());
    }
    close(ends[1]);
    bool inside = read(ends[0], &byte, 1) == 1;
    kill(pid, SIGTERM);
    close(ends[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (!inside)
        skip();
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 5);
}

/* ---- files ---- */

static char scratch[] = "/tmp/namespace.XXXXXX";
static key_t key;

static int make_scratch(void **state)
{
    (void)state;
    snprintf(scratch, sizeof scratch, "/tmp/namespace.XXXXXX");
    key = (key_t)(0x50c4 << 16 | (getpid() & 0xffff));
    return mkdtemp(scratch) == NULL ? -1 : 0;
}

static int remove_scratch(void **state)
{
    (void)state;
    return remove_tree(AT_FDCWD, scratch, geteuid(), 60) ? 0 : -1;
}

static void name_files(char names[4][64])
{
    snprintf(names[0], 64, "%s/left", scratch);
    snprintf(names[1], 64, "/tmp/namespace.left.%d", key);
    snprintf(names[2], 64, "/var/tmp/namespace.left.%d", key);
    snprintf(names[3], 64, "/dev/shm/namespace.left.%d", key);
}

/* Leaves files everywhere, and memory; returns how many can be seen now. */
static int leave(void)
{
    int seen = shmget(key, 4096, IPC_CREAT | 0600) != -1;
    char names[4][64];
    name_files(names);
    for (int i = 0; i < 4; i++) {
        close(open(names[i], O_WRONLY | O_CREAT, 0600));
        seen += access(names[i], F_OK) == 0;
    }
    return seen;
}

/* How many have stayed; removes them. */
static int stayed(void)
{
    int memory = shmget(key, 4096, 0600);
    int seen = memory != -1;
    char names[4][64];
    name_files(names);
    if (memory != -1)
        shmctl(memory, IPC_RMID, NULL);
    for (int i = 0; i < 4; i++)
        seen += unlink(names[i]) == 0;
    return seen;
}

static int leave_in_own(void)
{
    const char *const needed[] = {scratch, NULL};
    return namespace_own_files(scratch, needed) ? leave() : 99;
}

static void test_what_is_left_goes_with_the_test(void **state)
{
    (void)state;
    assert_int_equal(leave(), 5);
    assert_int_equal(stayed(), 5);
    ENTER_AND(leave_in_own, 5);
    assert_int_equal(stayed(), 0);
}

static int fill(void)
{
    static const char block[1 << 20];
    int count = 0;
    const char *const needed[] = {scratch, NULL};
    if (!namespace_own_files(scratch, needed) || chdir(scratch) == -1)
        return 99;
    int fd = open("file", O_WRONLY | O_CREAT, 0600);
    while (write(fd, block, sizeof block) == (ssize_t)sizeof block && count < 90)
        count++;
    return count;
}

static void test_there_is_only_so_much_room(void **state)
{
    (void)state;
    ENTER_AND(fill, 64);
}

static char kept[64];

static int sees_what_it_needs(void)
{
    const char *const needed[] = {kept, scratch, NULL};
    return namespace_own_files(scratch, needed) && access(kept, R_OK) == 0 &&
                   access(kept, W_OK) == -1 && access(scratch, W_OK) == 0
               ? 0
               : 1;
}

/* In /tmp, where everything else is covered. */
static void test_what_is_needed_is_seen_and_not_changed(void **state)
{
    (void)state;
    snprintf(kept, sizeof kept, "/tmp/namespace.kept.%d", key);
    close(open(kept, O_WRONLY | O_CREAT | O_EXCL, 0666));
    int status = enter_and(sees_what_it_needs);
    assert_int_equal(unlink(kept), 0);
    if (status == -1)
        skip();
    assert_int_equal(status, 0);
}

#define WITH_SCRATCH(test) cmocka_unit_test_setup_teardown(test, make_scratch, remove_scratch)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_status_comes_out),
        cmocka_unit_test(test_other_processes_are_not_seen),
        cmocka_unit_test(test_nobody_inside_kills_the_first),
        cmocka_unit_test(test_numbers_differ_from_those_of_others),
        cmocka_unit_test(test_numbers_inside_tell_where),
        cmocka_unit_test(test_all_end_when_the_outermost_is_killed),
        cmocka_unit_test(test_what_the_grader_leaves_is_ended),
        cmocka_unit_test(test_signals_are_passed_on),
        WITH_SCRATCH(test_what_is_left_goes_with_the_test),
        WITH_SCRATCH(test_there_is_only_so_much_room),
        WITH_SCRATCH(test_what_is_needed_is_seen_and_not_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
