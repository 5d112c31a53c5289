/* What is counted in a program that runs, and how hard it works: grader/expect/count.h,
   grader/expect/effort.h. The programs are programs/calls.c. */
#include "fixture.h"

#include "grader/expect/count.h"
#include "grader/expect/effort.h"
#include "grader/observe/procfs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

static struct program *begin(const char *what)
{
    struct program *program = program_start("calls", what, NULL);
    while (program->said.length == 0 && !program->ended)
        program_settle(program);
    assert_false(program->ended);
    return program;
}

static void test_who_never_rests_is_counted_at_its_most(void **state)
{
    (void)state;
    struct program *program = begin("flickers");
    long most = count_at_rest(program, descriptors_of);
    assert_int_equal(count_at_most(program, descriptors_of, most - 1), most - 1);
    assert_int_equal(write(program->in, "g", 1), 1);
    assert_int_equal(program_wait_line(program, "kept = 1"), DONE);
    assert_int_equal(count_at_rest(program, descriptors_of), most);
    assert_int_equal(count_at_most(program, descriptors_of, most - 1), most);
    assert_int_equal(stage.last, STALLED);
}

static void test_who_has_ended_has_nothing(void **state)
{
    (void)state;
    struct program *program = program_start("calls", "exits", "7", NULL);
    program_wait(program);
    assert_int_equal(count_at_rest(program, threads_of), 0);
    assert_int_equal(count_at_rest(program, descriptors_of), -1);
}

static void test_who_computes_is_busy(void **state)
{
    (void)state;
    struct program *program = begin("computes");
    struct effort before = effort_now();
    assert_true(keeps_busy(program, 10 * 1000));
    assert_int_equal(stage.last, SPUN);
    assert_true(have_been_busy(&before));
}

static void test_who_sleeps_again_and_again_is_not_busy(void **state)
{
    (void)state;
    struct program *program = begin("flickers");
    struct effort before = effort_now();
    assert_false(keeps_busy(program, 200));
    assert_false(have_been_busy(&before));
    program = begin("stubborn");
    assert_false(keeps_busy(program, 200));
}

static void test_delays_of_those_who_have_ended_stay(void **state)
{
    (void)state;
    struct program *program = begin("computes");
    keeps_busy(program, 10 * 1000);
    double delayed = procfs_delayed_seconds();
    program_terminate(program);
    assert_true(procfs_delayed_seconds() >= delayed);
}

#define ON_STAGE(test) cmocka_unit_test_setup_teardown(test, open_stage, close_stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_STAGE(test_who_never_rests_is_counted_at_its_most),
        ON_STAGE(test_who_has_ended_has_nothing),
        ON_STAGE(test_who_computes_is_busy),
        ON_STAGE(test_who_sleeps_again_and_again_is_not_busy),
        ON_STAGE(test_delays_of_those_who_have_ended_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
