/* What the reference's run came to, as its JSON tells: grader/run/reference.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "grader/run/export.h"
#include "grader/run/reference.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void nothing(void)
{
}

enum { COUNT = 5 };

static const struct scenario *const scenarios[COUNT] = {
    &(const struct scenario){"one", "does one", 10, "Hint 1.", "One", nothing, false, false, "",
                             false},
    &(const struct scenario){"two", "does two", 20, "Hint 2.", "Two", nothing, false, false, "",
                             false},
    &(const struct scenario){"three", "does three", 30, "Hint 3.", "Three", nothing, false, false,
                             "", false},
    &(const struct scenario){"four", "does four", 30, "Hint 4.", "Four", nothing, false, false, "",
                             false},
    &(const struct scenario){"five", "does five", 10, "Hint 5.", "Five", nothing, false, false, "",
                             false},
};
static const struct lab lab = {.name = "1-echo",
                               .handout = "handouts/en/1-echo.md",
                               .scenarios = scenarios,
                               .count = COUNT,
                               .tasks = 1};

/* What the reference came to here, and what becomes of another run. */
struct run {
    struct result reference[COUNT];
    struct result results[COUNT];
    struct outcome outcome;
    int fd;
};

static int set_up(void **state)
{
    struct run *run = calloc(1, sizeof *run);
    assert_non_null(run);
    run->outcome = (struct outcome){.lab = &lab, .source = "labs", .base = "labs"};
    run->outcome.results = run->reference;
    run->reference[0] = (struct result){.status = PASSED};
    run->reference[1] = (struct result){.status = FAILED, .story = "it ended\nat once"};
    run->reference[2] = (struct result){.status = NOT_EARNED, .story = "no IPv6"};
    run->reference[3] = (struct result){.status = GRADER_FAULT};
    run->reference[4] = (struct result){.status = PASSED};
    run->fd = memfd_create("reference", MFD_CLOEXEC);
    assert_true(run->fd >= 0);
    *state = run;
    return 0;
}

static int tear_down(void **state)
{
    struct run *run = *state;
    close(run->fd);
    free(run);
    return 0;
}

static void put(const struct run *run, const char *bytes)
{
    assert_int_equal(ftruncate(run->fd, 0), 0);
    assert_int_equal(pwrite(run->fd, bytes, strlen(bytes), 0), strlen(bytes));
    assert_int_equal(lseek(run->fd, 0, SEEK_SET), 0);
}

static void assert_refused(struct run *run, const char *words)
{
    const char *why = NULL;
    assert_int_equal(lseek(run->fd, 0, SEEK_SET), 0);
    assert_false(reference_read(run->fd, &lab, run->results, &why));
    assert_non_null(why);
    if (strstr(why, words) == NULL)
        fail_msg("it does not say \"%s\", but: %s", words, why);
}

static void test_what_did_not_pass_there_is_out(void **state)
{
    struct run *run = *state;
    const char *why = NULL;
    assert_true(export_json(&run->outcome, run->fd));
    assert_int_equal(lseek(run->fd, 0, SEEK_SET), 0);
    assert_true(reference_read(run->fd, &lab, run->results, &why));
    static const enum status expected[COUNT] = {NOT_RUN, OUT, OUT, OUT, NOT_RUN};
    for (size_t i = 0; i < COUNT; i++)
        assert_int_equal(run->results[i].status, expected[i]);
    assert_string_equal(run->results[1].story, "it ended\nat once");
    assert_string_equal(run->results[2].story, "no IPv6");
    assert_string_equal(run->results[3].story, "The reference did not pass it either.");
}

/* A run with a fault has no score; a run of which all is out, neither. What passed is told. */
static void test_a_whole_reference_leaves_nothing_out(void **state)
{
    struct run *run = *state;
    const char *why = NULL;
    for (size_t i = 0; i < COUNT; i++)
        run->reference[i] = (struct result){.status = PASSED};
    assert_true(export_json(&run->outcome, run->fd));
    assert_int_equal(lseek(run->fd, 0, SEEK_SET), 0);
    assert_true(reference_read(run->fd, &lab, run->results, &why));
    for (size_t i = 0; i < COUNT; i++)
        assert_int_equal(run->results[i].status, NOT_RUN);
}

static void test_what_is_not_its_results_is_refused(void **state)
{
    struct run *run = *state;
    static const char *const wrong[] = {"", "{", "{\"tests\": [", "no JSON", "{\"a\": \"\xFF"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        put(run, wrong[i]);
        assert_refused(run, "are no JSON");
    }
    static const char *const strange[] = {"{}",
                                          "[]",
                                          "7",
                                          "{\"extra_data\": []}",
                                          "{\"extra_data\": {\"lab\": \"2-chat\"}}",
                                          "{\"extra_data\": {\"lab\": 1}}"};
    for (size_t i = 0; i < sizeof strange / sizeof strange[0]; i++) {
        put(run, strange[i]);
        assert_refused(run, "of another lab");
    }
    put(run, "{\"extra_data\": {\"lab\": \"1-echo\"}, \"tests\": [7, {\"extra_data\": {}}]}");
    assert_refused(run, "do not tell of every test");
}

/* One that was stopped half way, or was asked for one test only. */
static void test_a_part_is_no_reference(void **state)
{
    struct run *run = *state;
    run->reference[4].status = NOT_RUN;
    assert_true(export_json(&run->outcome, run->fd));
    assert_refused(run, "do not tell of every test");
}

static void test_a_descriptor_that_cannot_be_read_is_told(void **state)
{
    struct run *run = *state;
    const char *why = NULL;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_false(reference_read(ends[1], &lab, run->results, &why));
    assert_string_equal(why, "the results of the reference cannot be read");
    close(ends[0]);
    close(ends[1]);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_did_not_pass_there_is_out),
        TEST(test_a_whole_reference_leaves_nothing_out),
        TEST(test_what_is_not_its_results_is_refused),
        TEST(test_a_part_is_no_reference),
        TEST(test_a_descriptor_that_cannot_be_read_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
