/* Threads, seen from outside: grader/observe/threads.h. The programs are programs/calls.c. */
#include "fixture.h"

#include "grader/base/settings.h"
#include "grader/expect/count.h"
#include "grader/observe/procfs.h"
#include "grader/run/run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { STACK = 8 * 1024 }; /* kB */

static void test_the_limits_allow_400_threads(void **state)
{
    (void)state;
    struct program *program = program_start("calls", "crowd", "400", NULL);
    assert_int_equal(program_wait_line(program, "threads = 400"), DONE);
    assert_int_equal(threads_of(program), 401);
    assert_true(procfs_has_thread(program->pid, program->pid));
    assert_true(address_space_of(program) > 400L * STACK);
    program_terminate(program);
    assert_int_equal(threads_of(program), 0);
    assert_int_equal(address_space_of(program), 0);
}

/* More memory than that is refused, whatever it is for. */
static void test_the_limits_allow_no_4000_threads(void **state)
{
    (void)state;
    struct program *program = program_start("calls", "crowd", "4000", NULL);
    program_settle(program);
    assert_in_range(number_said(program, "threads = "), 400, 512);
    assert_true(address_space_of(program) <= 4L << 20);
}

static void test_a_first_thread_that_has_ended_is_not_counted(void **state)
{
    (void)state;
    struct program *program = program_start("calls", "outlived", NULL);
    assert_int_equal(program_wait_line(program, "outlived"), DONE);
    assert_int_equal(program_settle(program), STALLED);
    assert_int_equal(threads_of(program), 1);
    assert_false(procfs_has_thread(program->pid, program->pid));
    assert_true(address_space_of(program) > STACK);
    expect_threads_at_most(program, 1, "Afterwards");
}

static void test_threads_that_nobody_joins_leave_their_stacks(void **state)
{
    (void)state;
    static const char *const kinds[] = {"joined", "forgotten"};
    long grown[2];
    for (size_t i = 0; i < 2; i++) {
        struct program *program = program_start("calls", kinds[i], "1", NULL);
        assert_int_equal(program_wait_line(program, "threads = 1"), DONE);
        grown[i] = -address_space_of(program);
        assert_int_equal(write(program->in, "g", 1), 1);
        assert_int_equal(program_wait_line(program, "threads = 20"), DONE);
        expect_threads_at_most(program, 1, "After twenty threads");
        grown[i] += address_space_of(program);
    }
    assert_int_equal(grown[0], 0);
    assert_in_range(grown[1], 19L * STACK, 21L * STACK);
}

/* ---- what is told ---- */

static void too_many(void)
{
    struct program *program = program_start("calls", "crowd", "3", NULL);
    program_wait_line(program, "threads = 3");
    expect_threads_at_most(program, 2, "After %s had left", "all");
}

static void ended(void)
{
    struct program *program = program_start("calls", "exits", "7", NULL);
    program_wait(program);
    expect_threads_at_most(program, 2, "Then");
}

static const struct {
    const struct scenario *scenario;
    const char *words;
} cases[] = {
    {ENTRY(too_many, 1, "", "", ""),
     "After all had left, the calls should have at most 2 threads. It has 4."},
    {ENTRY(ended, 1, "", "", ""), "Then, the calls should go on, but it has ended."},
};
enum { COUNT = sizeof cases / sizeof cases[0] };

static bool is_everything(const struct scenario *scenario, void *argument)
{
    (void)argument;
    return scenario->run != NULL;
}

static void ignore(size_t index, void *argument)
{
    (void)index;
    (void)argument;
}

static void test_too_many_threads_are_told(void **state)
{
    (void)state;
    static const struct scenario *scenarios[COUNT];
    const struct lab lab = {.name = "4-threads", .scenarios = scenarios, .count = COUNT};
    for (size_t i = 0; i < COUNT; i++)
        scenarios[i] = cases[i].scenario;
    read_settings();
    struct result *results = run_results(COUNT);
    assert_non_null(results);
    assert_true(run_scenarios(&lab, results, 2, is_everything, ignore, NULL));
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(results[i].status, FAILED);
        assert_string_equal(results[i].story, cases[i].words);
    }
}

#define ON_STAGE(test) cmocka_unit_test_setup_teardown(test, open_stage, close_stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_STAGE(test_the_limits_allow_400_threads),
        ON_STAGE(test_the_limits_allow_no_4000_threads),
        ON_STAGE(test_a_first_thread_that_has_ended_is_not_counted),
        ON_STAGE(test_threads_that_nobody_joins_leave_their_stacks),
        cmocka_unit_test(test_too_many_threads_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
