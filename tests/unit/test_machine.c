/* What machine.c says of this machine, and of one that lacks something. */
#include "grader/base/machine.h"
#include "grader/base/text.h"

#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static bool describes(const char *words)
{
    struct text said = {0};
    machine_describe(&said);
    bool found = said.start != NULL && strstr(said.start, words) != NULL;
    text_free(&said);
    return found;
}

static void facts_stay_the_same(void **state)
{
    struct text one = {0};
    struct text other = {0};
    (void)state;
    machine_facts(&one);
    pid_t busy = fork(); /* a busy machine is the same machine */
    if (busy == 0)
        for (;;)
            continue;
    machine_facts(&other);
    kill(busy, SIGKILL);
    waitpid(busy, NULL, 0);
    assert_non_null(strstr(one.start, "loopback up"));
    assert_non_null(strstr(one.start, "valgrind /"));
    assert_string_equal(one.start, other.start);
    text_free(&one);
    text_free(&other);
}

/* Lowers the soft limit RESOURCE to MOST; what it was goes to *BEFORE. */
static void lower(int resource, rlim_t most, struct rlimit *before)
{
    assert_int_equal(getrlimit(resource, before), 0);
    struct rlimit now = {.rlim_cur = most, .rlim_max = before->rlim_max};
    assert_int_equal(setrlimit(resource, &now), 0);
}

static void another_limit_is_another_fact(void **state)
{
    struct text one = {0};
    struct text other = {0};
    struct rlimit before;
    (void)state;
    machine_facts(&one);
    lower(RLIMIT_NOFILE, 200, &before);
    machine_facts(&other);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_string_not_equal(one.start, other.start);
    text_free(&one);
    text_free(&other);
}

static void tells_of_small_limits(void **state)
{
    struct rlimit before;
    (void)state;
    lower(RLIMIT_NOFILE, 200, &before);
    assert_true(describes("ulimit -n 1024"));
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_false(describes("ulimit -n 1024"));
    lower(RLIMIT_STACK, 256 << 10, &before);
    assert_true(describes("ulimit -s 8192"));
    assert_int_equal(setrlimit(RLIMIT_STACK, &before), 0);
    assert_false(describes("ulimit -s 8192"));
}

static void tells_how_many_tasks_there_is_room_for(void **state)
{
    struct rlimit before;
    (void)state;
    lower(RLIMIT_NPROC, 120, &before);
    struct machine_room room = machine_room();
    bool told = describes("more processes and threads at once");
    assert_int_equal(setrlimit(RLIMIT_NPROC, &before), 0);
    assert_in_range(room.each, 0, 120);
    assert_true(room.together >= room.each);
    assert_true(told);
    if (getuid() == 0) /* whose programs run as users of their own, with nothing else */
        assert_int_equal(room.each, room.together < 120 ? room.together : 120);
}

static void tells_that_valgrind_is_not_installed(void **state)
{
    (void)state;
    char *path = strdup(getenv("PATH"));
    assert_non_null(path);
    setenv("PATH", "/nowhere", 1);
    bool told = describes("valgrind is not installed");
    setenv("PATH", path, 1);
    free(path);
    assert_true(told);
    assert_false(describes("valgrind is not installed"));
}

/* In a network of its own, where nothing is up. */
static int look_without_loopback(void)
{
    if (unshare(CLONE_NEWNET) == -1 && unshare(CLONE_NEWUSER | CLONE_NEWNET) == -1)
        return 77;
    return !machine_has_loopback() && describes("ip link set lo up") ? 0 : 1;
}

static void tells_that_the_loopback_is_down(void **state)
{
    int status;
    (void)state;
    assert_true(machine_has_loopback());
    assert_false(describes("ip link set lo up"));
    pid_t child = fork();
    if (child == 0)
        _exit(look_without_loopback());
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        skip(); /* no namespaces here */
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_stay_the_same),
        cmocka_unit_test(another_limit_is_another_fact),
        cmocka_unit_test(tells_of_small_limits),
        cmocka_unit_test(tells_how_many_tasks_there_is_room_for),
        cmocka_unit_test(tells_that_valgrind_is_not_installed),
        cmocka_unit_test(tells_that_the_loopback_is_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
