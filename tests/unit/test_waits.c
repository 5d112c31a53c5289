/*
 * The probe where threads wait, and where memory ends: tests/probe/wait.c, condition.c, heap.c and
 * crash.c. The program is programs/waits.c.
 */
#include "fixture.h"

#include "grader/observe/trace.h"
#include "grader/play/orders.h"
#include "grader/play/places.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void go(struct program *program)
{
    assert_int_equal(write(program->in, "g", 1), 1);
}

/* ---- waiting ---- */

/* The program is blocked in CALL, at the line that it has named, and in nothing else before. */
static void assert_waits(const char *what, int call)
{
    size_t count;
    struct program *program = program_start("waits", what, NULL);
    assert_int_equal(program_wait(program), STALLED);
    struct step *steps = places_of_steps(program, &count);
    assert_int_equal(count, 1);
    assert_int_equal(steps[0].event.call, call);
    assert_true(trace_is_pending(&steps[0].event));
    assert_int_equal(steps[0].line.number, number_said(program, "at "));
    free(steps);
}

static void test_where_a_program_waits_is_written_down(void **state)
{
    (void)state;
    assert_waits("semaphore", CALL_SEM_WAIT);
    assert_waits("rwlock", CALL_PTHREAD_RWLOCK_WRLOCK);
    assert_waits("barrier", CALL_PTHREAD_BARRIER_WAIT);
    assert_waits("pause", CALL_PAUSE);
    assert_waits("sigsuspend", CALL_SIGSUSPEND);
}

static void test_a_mutex_that_is_initialised_is_written_down(void **state)
{
    size_t count;
    (void)state;
    struct program *program = program_start("waits", "init", NULL);
    wait_for_end(program);
    struct step *steps = places_of_steps(program, &count);
    assert_int_equal(count, 1);
    assert_int_equal(steps[0].event.call, CALL_PTHREAD_MUTEX_INIT);
    assert_int_equal(
        steps[0].event.mutex,
        (int64_t)program->trace
            ->locks[(uint64_t)steps[0].event.mutex / sizeof(pthread_mutex_t) % PROBE_LOCKS]
            .mutex);
    assert_int_equal(steps[0].line.number, number_said(program, "at "));
    free(steps);
}

/* ---- conditions ---- */

static const struct step *last_wait(const struct program *program, struct step **steps)
{
    size_t count;
    *steps = places_of_steps(program, &count);
    const struct step *last = NULL;
    for (size_t i = 0; i < count; i++)
        if ((*steps)[i].event.call == CALL_PTHREAD_COND_WAIT)
            last = &(*steps)[i];
    assert_non_null(last);
    return last;
}

static void test_a_wait_for_a_condition_is_written_down(void **state)
{
    struct step *steps;
    (void)state;
    struct program *program = program_start("waits", "condition", NULL);
    go(program);
    assert_int_equal(program_wait(program), STALLED);
    const struct step *wait = last_wait(program, &steps);
    assert_true(trace_is_pending(&wait->event));
    assert_int_equal(wait->line.number, number_said(program, "at "));
    free(steps);
    go(program);
    assert_int_equal(program_wait(program), STALLED);
    assert_said(program, "woken\n");
    wait = last_wait(program, &steps);
    assert_false(trace_is_pending(&wait->event));
    assert_int_equal(wait->event.error, 0);
    free(steps);
}

static void test_a_gate_holds_who_was_woken_without_the_mutex(void **state)
{
    (void)state;
    struct program *program = program_start("waits", "condition", NULL);
    go(program);
    assert_int_equal(program_wait(program), STALLED);
    gate_arm(program, GROUP_WAKING, 0, true);
    go(program);
    assert_int_equal(gate_wait(program, GROUP_WAKING), DONE);
    go(program);
    assert_int_equal(program_wait(program), STALLED);
    assert_said(program, "free\n");
    assert_null(strstr(program->said.start, "woken"));
    gate_open(program, GROUP_WAKING);
    wait_for_end(program);
    assert_said(program, "woken\n");
}

static void test_a_gate_holds_who_is_about_to_wait(void **state)
{
    (void)state;
    struct program *program = program_start("waits", "condition", NULL);
    gate_arm(program, GROUP_WAKING, 0, false);
    go(program);
    assert_int_equal(gate_wait(program, GROUP_WAKING), DONE);
    gate_open(program, GROUP_WAKING);
    assert_int_equal(program_wait(program), STALLED);
    go(program);
    go(program);
    wait_for_end(program);
}

static void test_a_fault_wakes_who_was_not_signalled(void **state)
{
    (void)state;
    struct program *program = program_start("waits", "condition", NULL);
    fault_error(program, GROUP_WAKING, EINTR, 1, 0);
    go(program);
    assert_int_equal(program_wait(program), STALLED);
    assert_said(program, "woken\n");
    assert_int_equal(fault_hits(program, GROUP_WAKING), 1);
    go(program);
    go(program);
    wait_for_end(program);
}

/* ---- memory ---- */

static void test_a_fault_of_the_heap_is_for_the_program_alone(void **state)
{
    (void)state;
    struct program *program = program_start("waits", "memory", NULL);
    fault_error(program, GROUP_ALLOCATING, ENOMEM, 2, 0);
    go(program);
    wait_for_end(program);
    assert_said(program, "malloc NULL 1\ncalloc NULL 1\nrealloc well\nstrdup well\n");
    assert_int_equal(fault_hits(program, GROUP_ALLOCATING), 2);
}

static void test_without_a_fault_there_is_memory(void **state)
{
    (void)state;
    struct program *program = program_start("waits", "memory", NULL);
    go(program);
    wait_for_end(program);
    assert_said(program, "malloc well 0\ncalloc well 0\nrealloc well\nstrdup well\n");
}

/* ---- crashes ---- */

static struct program *crash(const char *how)
{
    struct program *program = program_start("waits", how, NULL);
    wait_for_end(program);
    return program;
}

static void assert_full(const char *how)
{
    const struct program *program = crash(how);
    assert_int_equal(atomic_load(&program->trace->crash.signal), SIGSEGV);
    assert_true(program->trace->crash.stack_full);
    assert_true(program->trace->crash.count > 0);
}

static void assert_not_full(const char *how)
{
    const struct program *program = crash(how);
    assert_true(WIFSIGNALED(program->status));
    assert_int_equal(WTERMSIG(program->status), SIGSEGV);
    if (program->trace->crash.stack_full)
        fail_msg("%s is taken for a full stack", how);
}

static void test_a_full_stack_is_told_from_other_crashes(void **state)
{
    (void)state;
    assert_full("large");
    assert_full("recursion");
    assert_full("large in a thread");
    assert_full("recursion in a thread");
    assert_not_full("wild");
    assert_not_full("overwritten");
    assert_not_full("beyond");
}

#define ON_STAGE(test) cmocka_unit_test_setup_teardown(test, open_stage, close_stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_STAGE(test_where_a_program_waits_is_written_down),
        ON_STAGE(test_a_mutex_that_is_initialised_is_written_down),
        ON_STAGE(test_a_wait_for_a_condition_is_written_down),
        ON_STAGE(test_a_gate_holds_who_was_woken_without_the_mutex),
        ON_STAGE(test_a_gate_holds_who_is_about_to_wait),
        ON_STAGE(test_a_fault_wakes_who_was_not_signalled),
        ON_STAGE(test_a_fault_of_the_heap_is_for_the_program_alone),
        ON_STAGE(test_without_a_fault_there_is_memory),
        ON_STAGE(test_a_full_stack_is_told_from_other_crashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
