/* Whether the programs under test are why a call failed: grader/observe/blame.h. */
#include "fixture.h"

#include "grader/observe/blame.h"
#include "grader/observe/procfs.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { SOCKETS = 2100 };

static char story[1024];

static int begin(void **state)
{
    (void)state;
    read_settings();
    story[0] = '\0';
    blame_begin();
    return 0;
}

static void test_nobody_is_blamed_without_proof(void **state)
{
    (void)state;
    static const int errors[] = {EMFILE, ENFILE, ENOMEM, EAGAIN, EADDRINUSE, EADDRNOTAVAIL, ENOSPC};
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
        assert_false(blame_program("socket", errors[i], story, sizeof story));
    assert_string_equal(story, "");
}

static void test_whoever_changes_the_limits_of_the_test_is(void **state)
{
    (void)state;
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_CORE, &limit), 0);
    struct rlimit kept = limit;
    limit.rlim_cur = limit.rlim_cur == 0 ? 4096 : 0;
    limit.rlim_max = limit.rlim_max < 4096 ? 4096 : limit.rlim_max;
    if (setrlimit(RLIMIT_CORE, &limit) == -1)
        skip();
    assert_true(blame_program("pipe2", EMFILE, story, sizeof story));
    assert_int_equal(setrlimit(RLIMIT_CORE, &kept), 0);
    assert_non_null(strstr(story, "limits of the test's own process"));
    assert_non_null(strstr(story, "pipe2: Too many open files"));
}

static void hold_sockets(int tell)
{
    struct rlimit limit = {0};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    char done = 'y';
    for (int i = 0; i < SOCKETS; i++)
        if (socket(AF_INET, SOCK_DGRAM, 0) == -1)
            done = 'n';
    if (write(tell, &done, 1) == 1)
        pause();
    _exit(0);
}

static void test_whoever_holds_thousands_of_sockets_is(void **state)
{
    (void)state;
    int ends[2];
    char done;
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0)
        hold_sockets(ends[1]);
    assert_int_equal(read(ends[0], &done, 1), 1);
    bool blamed = blame_program("bind", EADDRINUSE, story, sizeof story);
    bool blamed_for_another = blame_program("bind", EACCES, story, sizeof story);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    close(ends[0]);
    close(ends[1]);
    if (done == 'n')
        skip(); /* this machine allows too few */
    assert_true(blamed);
    assert_false(blamed_for_another);
    assert_non_null(strstr(story, "has 2100 sockets"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_nobody_is_blamed_without_proof, begin),
        cmocka_unit_test_setup(test_whoever_changes_the_limits_of_the_test_is, begin),
        cmocka_unit_test_setup(test_whoever_holds_thousands_of_sockets_is, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
