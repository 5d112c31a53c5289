/* Questions to the calls of a program: grader/explain/query.h. */
#include "grader/explain/query.h"

#include "fixture.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { FIRST_PID = 100, CHILD_PID = 101, STEPS = 7 };

/* A server with a child: the first process accepts twice, the child talks. */
static struct step steps[STEPS] = {
    {.event = {.call = CALL_ACCEPT, .pid = FIRST_PID, .tid = FIRST_PID, .fd = 3, .result = 4}},
    {.event = {.call = CALL_FORK, .pid = FIRST_PID, .tid = FIRST_PID, .fd = -1, .result = 101}},
    {.event = {.call = CALL_CLOSE, .pid = FIRST_PID, .tid = FIRST_PID, .fd = 4}},
    {.event = {.call = CALL_RECV,
               .pid = CHILD_PID,
               .tid = CHILD_PID,
               .fd = 4,
               .is_socket = 1,
               .result = 5}},
    {.event = {.call = CALL_WRITE, .pid = CHILD_PID, .tid = CHILD_PID, .fd = 1, .result = 5},
     .line = {.file = "console.c", .number = 9}},
    {.event = {.call = CALL_SEND,
               .pid = CHILD_PID,
               .tid = CHILD_PID,
               .fd = 4,
               .is_socket = 1,
               .result = -1,
               .error = EPIPE,
               .faulted = 1}},
    {.event =
         {.call = CALL_ACCEPT4, .state = EVENT_BEGUN, .pid = FIRST_PID, .tid = FIRST_PID, .fd = 3}},
};
static const struct evidence server = {
    .steps = steps, .count = STEPS, .program = {.role = "server", .pid = FIRST_PID}};
static const struct evidence *const e = &server;

static void test_groups_and_calls_are_found_from_both_ends(void **state)
{
    (void)state;
    assert_ptr_equal(FIRST(e, NULL, .group = GROUP_ACCEPTING), &steps[0]);
    assert_ptr_equal(LAST(e, NULL, .group = GROUP_ACCEPTING), &steps[6]);
    assert_ptr_equal(LAST(e, NULL, .call = IS(CALL_ACCEPT)), &steps[0]);
    assert_ptr_equal(FIRST(e, &steps[0], .group = GROUP_ACCEPTING), &steps[6]);
    assert_ptr_equal(LAST(e, &steps[6], .group = GROUP_ACCEPTING), &steps[0]);
    assert_null(FIRST(e, &steps[6], .group = GROUP_ACCEPTING));
    assert_null(LAST(e, &steps[0], .group = GROUP_ACCEPTING));
    assert_null(FIRST(e, NULL, .call = IS(CALL_LISTEN)));
}

static void test_all_that_is_wanted_must_hold(void **state)
{
    (void)state;
    assert_ptr_equal(FIRST(e, NULL, .fd = IS(4), .pid = IS(CHILD_PID)), &steps[3]);
    assert_ptr_equal(FIRST(e, NULL, .result = IS(0)), &steps[2]);
    assert_ptr_equal(FIRST(e, NULL, .error = IS(EPIPE)), &steps[5]);
    assert_ptr_equal(FIRST(e, NULL, .fd = IS(4), .not_tid = IS(FIRST_PID)), &steps[3]);
    assert_null(FIRST(e, NULL, .fd = IS(4), .group = GROUP_ACCEPTING));
}

static void test_how_it_went_can_be_asked(void **state)
{
    (void)state;
    assert_ptr_equal(FIRST(e, NULL, .how = PENDING), &steps[6]);
    assert_ptr_equal(FIRST(e, NULL, .how = FAILED_WITH_ERRNO), &steps[5]);
    assert_null(FIRST(e, NULL, .how = FAILED_WITH_ERRNO | UNTOUCHED));
    assert_ptr_equal(FIRST(e, NULL, .how = ON_SOCKET | MOVED), &steps[3]);
    assert_ptr_equal(FIRST(e, NULL, .how = IN_CHILD | OFF_SOCKET), &steps[4]);
    assert_null(FIRST(e, NULL, .how = IN_CHILD | OFF_SOCKET | OUTSIDE_CONSOLE));
    assert_int_equal(COUNT(e, .how = IN_FIRST), 4);
    assert_int_equal(COUNT(e, .how = IN_FIRST | WENT_WELL), 3);
    assert_int_equal(COUNT(e, .how = RETURNED), 6);
    assert_true(LIKE(e, &steps[5], .group = GROUP_SENDING, .how = IN_ERROR));
}

static void test_each_step_is_visited_once(void **state)
{
    size_t seen = 0;
    (void)state;
    EACH(e, step, .how = 0)
    assert_ptr_equal(step, &steps[seen++]);
    assert_int_equal(seen, STEPS);
}

static void test_the_console_is_passed_over(void **state)
{
    (void)state;
    assert_ptr_equal(query_next(e, &steps[3]), &steps[5]);
    assert_null(query_next(e, &steps[5]));
}

static void test_without_calls_nothing_is_found(void **state)
{
    static const struct evidence nothing = {.waiting = -1};
    (void)state;
    assert_null(FIRST(&nothing, NULL, .how = 0));
    assert_null(LAST(&nothing, NULL, .how = 0));
    assert_int_equal(COUNT(&nothing, .how = 0), 0);
    assert_null(peer_of(&nothing));
}

static void test_the_program_is_known(void **state)
{
    (void)state;
    assert_true(is_server(e) && !is_client(e));
    assert_true(has_forked(e) && !has_threads(e));
    assert_false(has_exited(e) || was_killed_by(e, 13));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_groups_and_calls_are_found_from_both_ends),
        cmocka_unit_test(test_all_that_is_wanted_must_hold),
        cmocka_unit_test(test_how_it_went_can_be_asked),
        cmocka_unit_test(test_each_step_is_visited_once),
        cmocka_unit_test(test_the_console_is_passed_over),
        cmocka_unit_test(test_without_calls_nothing_is_found),
        cmocka_unit_test(test_the_program_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
