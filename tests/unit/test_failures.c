/* Failures with the same cause, and their order: grader/run/failures.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "grader/run/failures.h"

#include <stdio.h>
#include <string.h>

static void nothing(void)
{
}

/* Two parts, server and room; that of server has a test behind those of room as well. */
static const struct scenario *const scenarios[] = {
    ENTRY(nothing, 1, "server: one", "h", "s"),   ENTRY(nothing, 2, "server: two", "h", "s"),
    ENTRY(nothing, 4, "server: fifty", "h", "s"), ENTRY(nothing, 8, "room: torn", "h", "s"),
    ENTRY(nothing, 16, "room: races", "h", "s"),  ENTRY(nothing, 32, "server: valgrind", "h", "s"),
};
enum { ONE, TWO, FIFTY, TORN, RACES, VALGRIND, COUNT };
static const struct lab lab = {.name = "1-echo", .scenarios = scenarios, .count = COUNT};

static struct result results[COUNT];
static struct failures failures;
static const struct outcome outcome = {.lab = &lab, .results = results};

static int set_up(void **state)
{
    (void)state;
    memset(results, 0, sizeof results);
    for (size_t i = 0; i < COUNT; i++)
        results[i].status = PASSED;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    failures_free(&failures);
    return 0;
}

static void fails(size_t index, const char *id, const char *cause, const char *story, size_t peers)
{
    struct result *result = &results[index];
    result->status = FAILED;
    result->peers = peers;
    snprintf(result->cause_id, sizeof result->cause_id, "%s", id);
    snprintf(result->cause, sizeof result->cause, "%s", cause);
    snprintf(result->story, sizeof result->story, "%s", story);
}

static void is_not_begun(size_t index, const char *function)
{
    fails(index, "not-written", "", "", 0);
    snprintf(results[index].unwritten, sizeof results[index].unwritten, "%s", function);
}

/* The failures, in order, are told by these tests. */
static void assert_order(const size_t *told, size_t count)
{
    failures_find(&failures, &outcome);
    assert_int_equal(failures.count, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(failures.list[i].told, told[i]);
}
#define ASSERT_ORDER(...)                                                                          \
    assert_order((const size_t[]){__VA_ARGS__},                                                    \
                 sizeof((const size_t[]){__VA_ARGS__}) / sizeof(size_t))

static void test_where_nothing_failed_there_is_nothing(void **state)
{
    (void)state;
    results[ONE].status = OUT;
    results[TWO].status = NOT_RUN;
    results[FIFTY].status = GRADER_FAULT;
    failures_find(&failures, &outcome);
    assert_int_equal(failures.count, 0);
    assert_int_equal(failures.of[ONE], 0);
}

static void test_the_same_cause_is_one_failure_whatever_it_says(void **state)
{
    (void)state;
    fails(ONE, "shared-argument", "Thread 4 used descriptor 0.", "A.", 1);
    fails(FIFTY, "shared-argument", "Thread 5 used descriptor 9.", "B.", 50);
    fails(TORN, "another", "", "A.", 1);
    ASSERT_ORDER(ONE, TORN);
    assert_int_equal(failures.list[0].count, 2);
    assert_int_equal(failures.list[0].points, 5);
    assert_int_equal(failures.of[FIFTY], 0);
    assert_int_equal(failures.of[TORN], 1);
    assert_int_equal(failures.of[TWO], 2);
}

static void test_two_clients_tell_it_before_fifty(void **state)
{
    (void)state;
    fails(ONE, "zombie", "", "", 50);
    fails(TWO, "zombie", "", "", 2);
    fails(FIFTY, "zombie", "", "", 2);
    ASSERT_ORDER(TWO);
    assert_int_equal(failures.list[0].first, ONE);
}

/* Without a cause: what differs from test to test does not count, and the beginning does not. */
static void test_stories_that_end_alike_are_one_failure(void **state)
{
    (void)state;
    static const char end[] =
        ", and the server is blocked: no bytes are on their way, however long.";
    char story[256];
    snprintf(story, sizeof story, "The client sent 24 bytes and got \"abc\"%s", end);
    fails(ONE, "", "The server is blocked in read on descriptor 4, line.c:23.", story, 1);
    snprintf(story, sizeof story, "Another client sent 9 bytes and got \"x 1\"%s", end);
    fails(TWO, "", "The server is blocked in read on descriptor 17, line.c:23.", story, 1);
    snprintf(story, sizeof story, "Another client sent 9 bytes and got \"x 1\"%s", end);
    fails(FIFTY, "", "The server is blocked in read on descriptor 17, line.c:24.", story, 1);
    ASSERT_ORDER(ONE, FIFTY);
    assert_int_equal(failures.of[TWO], 0);
}

static void test_a_part_that_comes_before_is_mended_before(void **state)
{
    (void)state;
    fails(TORN, "a", "", "", 1);
    fails(VALGRIND, "b", "", "", 9);
    ASSERT_ORDER(VALGRIND, TORN);
}

static void test_a_missing_lock_comes_before_what_it_tears(void **state)
{
    (void)state;
    fails(TORN, "", "", "It got half a line.", 3);
    fails(RACES, "", "", "helgrind found 2 mistakes.", 2);
    results[RACES].proven = true;
    fails(TWO, "", "", "Nothing came back.", 2);
    ASSERT_ORDER(TWO, RACES, TORN);
}

static void test_what_is_not_begun_comes_last_by_its_function(void **state)
{
    (void)state;
    is_not_begun(ONE, "serve");
    is_not_begun(FIFTY, "room_open");
    is_not_begun(TORN, "serve");
    fails(RACES, "race", "", "", 2);
    results[VALGRIND].status = NOT_EARNED;
    ASSERT_ORDER(RACES, VALGRIND, ONE, FIFTY); /* what was not tested may suffer from the other */
    assert_true(failures.list[2].not_begun);
    assert_false(failures.list[1].not_begun);
    assert_int_equal(failures.list[2].count, 2);
}

static void test_what_could_not_be_tested_is_no_failure_of_the_same_kind(void **state)
{
    (void)state;
    results[ONE].status = NOT_EARNED;
    fails(TWO, "", "", "", 1);
    ASSERT_ORDER(TWO, ONE);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_where_nothing_failed_there_is_nothing),
        TEST(test_the_same_cause_is_one_failure_whatever_it_says),
        TEST(test_two_clients_tell_it_before_fifty),
        TEST(test_stories_that_end_alike_are_one_failure),
        TEST(test_a_part_that_comes_before_is_mended_before),
        TEST(test_a_missing_lock_comes_before_what_it_tears),
        TEST(test_what_is_not_begun_comes_last_by_its_function),
        TEST(test_what_could_not_be_tested_is_no_failure_of_the_same_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
