/* How much time a test and a lab may take: grader/observe/budget.h. */
#include "fixture.h"

#include "grader/base/settings.h"
#include "grader/observe/budget.h"
#include "grader/observe/procfs.h"

#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { BUSY = 3 };

static int open_budget(void **state)
{
    (void)state;
    read_settings();
    budget_place(0);
    return budget_open() ? 0 : -1;
}

static int close_budget(void **state)
{
    (void)state;
    budget_close();
    return 0;
}

static void let_pass(double seconds)
{
    for (double begun = budget_elapsed(); budget_elapsed() - begun < seconds;)
        sched_yield();
}

static void test_a_test_is_over_when_its_time_is(void **state)
{
    (void)state;
    budget_begin();
    assert_false(budget_is_over(false, 0)); /* yet: there are 8 s */
    settings.patience = 0.01;
    let_pass(budget_of_test(true));
    /* On a busy machine it takes longer until that much has passed. */
    while (!budget_is_over(false, 0))
        let_pass(0.01);
    assert_false(budget_is_over(false, 100));
}

static void test_who_misses_often_finds_less_patience(void **state)
{
    (void)state;
    budget_miss();
    budget_miss();
    assert_true(budget_patience() == 1);
    budget_miss();
    assert_true(budget_patience() < 1);
    budget_forgive();
    assert_true(budget_patience() == 1);
    budget_close(); /* nothing is shared: nothing is counted */
    for (int i = 0; i < 10; i++)
        budget_miss();
    assert_true(budget_patience() == 1);
}

static void test_a_lab_has_no_more_than_its_time(void **state)
{
    (void)state;
    double seconds = 0;
    const char *slowest = NULL;
    settings.patience = 0.01;
    double most = budget_of_test(false);
    assert_false(budget_is_used_up(&seconds, &slowest));
    budget_begin();
    let_pass(0.3);
    budget_end("the_slow_one");
    assert_true(budget_of_test(false) < most); /* more than half of 0.45 s is gone */
    budget_begin();
    let_pass(0.2);
    budget_end("another");
    assert_true(budget_is_used_up(&seconds, &slowest));
    assert_true(seconds > 0.4 && seconds < 0.5);
    assert_string_equal(slowest, "the_slow_one");
    assert_true(budget_of_test(false) < most / 3);
    assert_true(budget_patience() < 1);
}

/* Children that share one processor, all the time. */
static void compete(pid_t *pids)
{
    cpu_set_t all;
    cpu_set_t one;
    int number = 0;
    assert_int_equal(sched_getaffinity(0, sizeof all, &all), 0);
    while (!CPU_ISSET(number, &all))
        number++;
    CPU_ZERO(&one);
    CPU_SET(number, &one);
    for (size_t i = 0; i < BUSY; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            sched_setaffinity(0, sizeof one, &one);
            for (volatile unsigned long turn = 0;; turn++)
                ;
        }
    }
}

static void test_time_without_a_processor_does_not_count(void **state)
{
    (void)state;
    pid_t pids[BUSY];
    budget_begin();
    compete(pids);
    while (budget_delayed() == 0)
        let_pass(0.05);
    assert_true(budget_paused(0) > 0);
    assert_true(budget_paused(1) == 0);
    assert_true(budget_delayed() < budget_elapsed());
    /* In the eyes of who watches: its time is over, unless that much of it did not count. */
    double age = budget_of_test(false) + 100;
    assert_true(budget_is_long_over(1, age, 0, false));
    assert_false(budget_is_long_over(1, 1, 0, false));
    assert_true(budget_is_long_over(0, age, budget_paused(0), false));
    for (size_t i = 0; i < BUSY; i++)
        kill(pids[i], SIGKILL);
    while (waitpid(-1, NULL, 0) > 0)
        continue;
}

#define WITH_BUDGET(test) cmocka_unit_test_setup_teardown(test, open_budget, close_budget)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BUDGET(test_a_test_is_over_when_its_time_is),
        WITH_BUDGET(test_who_misses_often_finds_less_patience),
        WITH_BUDGET(test_a_lab_has_no_more_than_its_time),
        WITH_BUDGET(test_time_without_a_processor_does_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
