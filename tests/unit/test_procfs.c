/* What /proc says of processes, and their end: grader/observe/procfs.h. The processes are forked
 * here. */
#include "grader/observe/blocked.h"
#include "grader/observe/procfs.h"
#include "grader/play/descendants.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { ROOM = 64, LONG = 3600, DEADLINE = 20 };

static int quiet[2]; /* nobody writes to it */
static int there[2]; /* a child writes its number to it when it is where it should be */

static int open_pipes(void **state)
{
    (void)state;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    return pipe(quiet) == 0 && pipe(there) == 0 ? 0 : -1;
}

static int close_pipes(void **state)
{
    (void)state;
    int ends[] = {quiet[0], quiet[1], there[0], there[1]};
    for (size_t i = 0; i < 4; i++)
        close(ends[i]);
    return descendants_end(NULL, 0) == -1 ? -1 : 0;
}

/* ---- what the children do ---- */

static void tell(void)
{
    pid_t pid = getpid();
    if (write(there[1], &pid, sizeof pid) != sizeof pid)
        _exit(1);
}

static pid_t next_told(void)
{
    pid_t pid;
    assert_int_equal(read(there[0], &pid, sizeof pid), sizeof pid);
    return pid;
}

static void read_for_ever(void)
{
    char byte;
    tell();
    (void)!read(quiet[0], &byte, 1);
}

static void sleep_long(void)
{
    tell();
    nanosleep(&(struct timespec){.tv_sec = LONG}, NULL);
}

static void poll_long(void)
{
    struct pollfd fd = {.fd = quiet[0], .events = POLLIN};
    tell();
    poll(&fd, 1, LONG * 1000);
}

static void poll_for_ever(void)
{
    struct pollfd fd = {.fd = quiet[0], .events = POLLIN};
    tell();
    poll(&fd, 1, -1);
}

static void be_busy(void)
{
    tell();
    for (volatile unsigned long i = 0;; i++)
        ;
}

static void *burn(void *unused)
{
    be_busy();
    return unused;
}

static void have_a_busy_thread(void)
{
    pthread_t thread;
    char byte;
    if (pthread_create(&thread, NULL, burn, NULL) == 0)
        (void)!read(quiet[0], &byte, 1);
}

/* A grandchild in a session of its own that nobody waits for, and that cannot be asked to go. */
static void leave_a_daemon(void)
{
    pid_t between = fork();
    if (between == 0) {
        setsid();
        signal(SIGTERM, SIG_IGN);
        signal(SIGHUP, SIG_IGN);
        if (fork() == 0) {
            read_for_ever();
            _exit(0);
        }
        _exit(0);
    }
    waitpid(between, NULL, 0);
    read_for_ever();
}

static void stop(void)
{
    tell();
    raise(SIGSTOP);
}

static pid_t fork_to(void (*what)(void))
{
    pid_t pid = fork();
    assert_int_not_equal(pid, -1);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        what();
        _exit(0);
    }
    return pid;
}

/* ---- waiting for a state, which a process comes to by itself ---- */

static char state_of(pid_t pid)
{
    char path[64];
    char line[512] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return '\0';
    (void)!fgets(line, sizeof line, file);
    fclose(file);
    const char *after_name = strrchr(line, ')');
    return after_name == NULL ? '\0' : after_name[2];
}

static void wait_for_state(pid_t pid, char wanted)
{
    time_t begun = time(NULL);
    while (state_of(pid) != wanted) {
        if (time(NULL) - begun > DEADLINE)
            fail_msg("process %d did not come to state %c", pid, wanted);
        sched_yield();
    }
}

static void wait_until_all_blocked(uint64_t *mark)
{
    time_t begun = time(NULL);
    while (!all_are_blocked(mark)) {
        if (time(NULL) - begun > DEADLINE)
            fail_msg("not all processes are blocked");
        sched_yield();
    }
}

/* ---- who is there ---- */

static bool is_in(pid_t pid, const pid_t *pids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (pids[i] == pid)
            return true;
    return false;
}

static void test_children_and_their_children_are_found(void **state)
{
    (void)state;
    pid_t pids[ROOM];
    assert_int_equal(procfs_descendants(pids, ROOM), 0);
    pid_t child = fork_to(leave_a_daemon);
    pid_t told[] = {next_told(), next_told()};
    size_t count = procfs_descendants(pids, ROOM);
    assert_int_equal(count, 2); /* the one between has gone */
    assert_true(is_in(child, pids, count));
    assert_true(is_in(told[0], pids, count) && is_in(told[1], pids, count));
    assert_int_equal(procfs_descendants(pids, 1), 1);
}

static void test_who_has_ended_counts_until_it_is_reaped(void **state)
{
    (void)state;
    pid_t pids[ROOM];
    pid_t child = fork_to(tell);
    wait_for_state(child, 'Z');
    assert_int_equal(procfs_descendants(pids, ROOM), 1);
    waitpid(child, NULL, 0);
    assert_int_equal(procfs_descendants(pids, ROOM), 0);
}

static void test_sockets_are_counted(void **state)
{
    (void)state;
    int pair[2];
    int before = procfs_count_sockets(getpid());
    assert_in_range(before, 0, 1000);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(procfs_count_sockets(getpid()), before + 2);
    pid_t child = fork_to(read_for_ever);
    next_told();
    assert_int_equal(procfs_count_sockets(child), before + 2);
    close(pair[0]);
    assert_int_equal(procfs_count_sockets(getpid()), before + 1);
    close(pair[1]);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    assert_int_equal(procfs_count_sockets(child), -1);
}

static void test_descriptors_are_counted(void **state)
{
    (void)state;
    int ends[2];
    int before = procfs_count_descriptors(getpid());
    assert_in_range(before, 3, 1000);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(procfs_count_descriptors(getpid()), before + 2);
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(procfs_count_descriptors(getpid()), before);
}

static void test_processor_time_is_counted(void **state)
{
    (void)state;
    pid_t child = fork_to(be_busy);
    time_t begun = time(NULL);
    while (procfs_cpu_seconds(child) < 0.05 && time(NULL) - begun < DEADLINE)
        sched_yield();
    assert_true(procfs_cpu_seconds(child) >= 0.05);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    assert_true(procfs_cpu_seconds(child) == 0);
    child = fork_to(read_for_ever);
    next_told();
    next_told();
    assert_true(procfs_cpu_seconds(child) < 0.05);
}

static void be_busy_on_one_processor(void)
{
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    sched_setaffinity(getppid(), sizeof one, &one); /* its next child is there as well */
    sched_setaffinity(0, sizeof one, &one);
    be_busy();
}

static void test_who_shares_a_processor_is_delayed(void **state)
{
    (void)state;
    cpu_set_t before;
    if (access("/proc/self/schedstat", R_OK) != 0)
        skip();
    assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
    fork_to(be_busy_on_one_processor);
    next_told();
    fork_to(be_busy);
    next_told();
    sched_setaffinity(0, sizeof before, &before);
    double delayed = procfs_delayed_seconds();
    time_t begun = time(NULL);
    while (procfs_delayed_seconds() < delayed + 0.05 && time(NULL) - begun < DEADLINE)
        sched_yield();
    assert_true(procfs_delayed_seconds() >= delayed + 0.05);
}

/* ---- blocked, or not ---- */

static void test_nobody_at_all_is_blocked(void **state)
{
    (void)state;
    uint64_t mark;
    assert_true(all_are_blocked(&mark));
}

static void test_who_waits_for_others_is_blocked(void **state)
{
    (void)state;
    uint64_t mark;
    uint64_t again;
    fork_to(read_for_ever);
    next_told();
    wait_until_all_blocked(&mark);
    assert_true(all_are_blocked(&again));
    assert_true(mark == again);
    fork_to(poll_for_ever);
    next_told();
    wait_until_all_blocked(&again);
    assert_true(mark != again);
}

static void test_who_has_run_in_between_leaves_another_mark(void **state)
{
    (void)state;
    uint64_t mark;
    uint64_t again;
    pid_t child = fork_to(read_for_ever);
    next_told();
    wait_until_all_blocked(&mark);
    kill(child, SIGSTOP);
    wait_for_state(child, 'T');
    assert_true(all_are_blocked(&again)); /* only the test lets it go on */
    kill(child, SIGCONT);
    wait_until_all_blocked(&again);
    assert_true(mark != again);
}

/* It ticks, or it runs: however often one progress. */
static void is_never_blocked(void (*what)(void), char settled)
{
    uint64_t mark;
    pid_t child = fork_to(what);
    next_told();
    wait_for_state(child, settled);
    for (int look = 0; look < 20; look++)
        assert_false(all_are_blocked(&mark));
    assert_int_equal(descendants_end(&child, 1), 0);
}

static void test_who_sleeps_or_runs_is_not_blocked(void **state)
{
    (void)state;
    is_never_blocked(sleep_long, 'S');
    is_never_blocked(poll_long, 'S');
    is_never_blocked(be_busy, 'R');
    is_never_blocked(have_a_busy_thread, 'S');
}

/* ---- the end ---- */

static void test_who_is_expected_is_not_counted(void **state)
{
    (void)state;
    pid_t pids[ROOM];
    assert_int_equal(descendants_end(NULL, 0), 0);
    pid_t child = fork_to(read_for_ever);
    fork_to(read_for_ever);
    fork_to(sleep_long);
    assert_int_equal(descendants_end(&child, 1), 2);
    assert_int_equal(procfs_descendants(pids, ROOM), 0);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void test_daemons_and_stopped_processes_are_ended(void **state)
{
    (void)state;
    pid_t pids[ROOM];
    fork_to(leave_a_daemon);
    pid_t told[] = {next_told(), next_told()};
    pid_t stopped = fork_to(stop);
    next_told();
    wait_for_state(stopped, 'T');
    assert_int_equal(descendants_end(NULL, 0), 3);
    assert_int_equal(procfs_descendants(pids, ROOM), 0);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(kill(told[i], 0), -1);
        assert_int_equal(errno, ESRCH);
    }
}

static void fork_on_and_on(void)
{
    tell();
    for (;;) {
        pid_t pid = fork();
        if (pid != 0) /* the parent goes, the child goes on */
            _exit(0);
    }
}

static void test_who_forks_on_and_on_is_ended(void **state)
{
    (void)state;
    pid_t pids[ROOM];
    fork_to(fork_on_and_on);
    next_told();
    assert_int_not_equal(descendants_end(NULL, 0), -1);
    assert_int_equal(procfs_descendants(pids, ROOM), 0);
}

#define WITH_PIPES(test) cmocka_unit_test_setup_teardown(test, open_pipes, close_pipes)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PIPES(test_children_and_their_children_are_found),
        WITH_PIPES(test_who_has_ended_counts_until_it_is_reaped),
        WITH_PIPES(test_sockets_are_counted),
        cmocka_unit_test(test_descriptors_are_counted),
        WITH_PIPES(test_processor_time_is_counted),
        WITH_PIPES(test_who_shares_a_processor_is_delayed),
        WITH_PIPES(test_nobody_at_all_is_blocked),
        WITH_PIPES(test_who_waits_for_others_is_blocked),
        WITH_PIPES(test_who_has_run_in_between_leaves_another_mark),
        WITH_PIPES(test_who_sleeps_or_runs_is_not_blocked),
        WITH_PIPES(test_who_is_expected_is_not_counted),
        WITH_PIPES(test_daemons_and_stopped_processes_are_ended),
        WITH_PIPES(test_who_forks_on_and_on_is_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
