/* Results for other programs: grader/run/export.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "grader/base/version.h"
#include "grader/run/export.h"

#include <cjson/cJSON.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void one(void)
{
}

static void two(void)
{
}

static void three(void)
{
}

static void four(void)
{
}

enum { COUNT = 4 };

static const struct scenario *const scenarios[COUNT] = {
    ENTRY(one, 10, "does one", "Hint 1.", "One"),
    ENTRY(two, 20, "keeps <a> & \"b\"", "Hint 2.", "Two"),
    ENTRY(three, 30, "does three", "Hint 3.", "Three"),
    ENTRY(four, 40, "does four", "Hint 4.", "Four"),
};
static const struct lab lab = {.name = "1-echo",
                               .handout = "handouts/en/1-echo.md",
                               .scenarios = scenarios,
                               .count = COUNT,
                               .tasks = 1};

/* A run, and what was written about it. */
struct exported {
    struct result results[COUNT];
    struct outcome outcome;
    int fd;
    char content[16384];
    cJSON *json;
};

static int set_up(void **state)
{
    struct exported *run = calloc(1, sizeof *run);
    assert_non_null(run);
    run->outcome = (struct outcome){.lab = &lab, .source = "labs", .base = "labs"};
    run->outcome.results = run->results;
    run->outcome.seconds = 1.2344;
    run->results[0] = (struct result){.status = PASSED, .seconds = 0.0015, .plays = 1};
    run->results[1] = (struct result){.status = FAILED,
                                      .plays = 1,
                                      .story = "sent <&> ]]>\nnothing came back.\n",
                                      .ladder = "client  server\nsend ──▶ recv\n",
                                      .cause = "it said \033[2J \xFF\xEF\xBF\xBF."};
    run->results[2] = (struct result){.status = NOT_EARNED, .story = "never asked.", .plays = 1};
    run->results[3] = (struct result){.status = OUT, .story = "no IPv6."};
    run->fd = memfd_create("results", MFD_CLOEXEC);
    assert_true(run->fd >= 0);
    *state = run;
    return 0;
}

static int tear_down(void **state)
{
    struct exported *run = *state;
    cJSON_Delete(run->json);
    close(run->fd);
    free(run);
    return 0;
}

typedef bool export_fn(const struct outcome *outcome, int fd);

/* What EXPORT writes. */
static const char *export(struct exported *run, export_fn *function)
{
    assert_int_equal(ftruncate(run->fd, 0), 0);
    assert_int_equal(lseek(run->fd, 0, SEEK_SET), 0);
    assert_true(function(&run->outcome, run->fd));
    ssize_t count = pread(run->fd, run->content, sizeof run->content - 1, 0);
    assert_true(count >= 0);
    run->content[count] = '\0';
    return run->content;
}

static const cJSON *export_and_parse(struct exported *run)
{
    const char *content = export(run, export_json);
    cJSON_Delete(run->json);
    run->json = cJSON_Parse(content);
    assert_non_null(run->json);
    return run->json;
}

static const char *string_in(const cJSON *object, const char *key)
{
    const char *string = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    if (!string)
        fail_msg("there is no string \"%s\"", key);
    return string;
}

static double number_in(const cJSON *object, const char *key)
{
    const cJSON *number = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!cJSON_IsNumber(number))
        fail_msg("there is no number \"%s\"", key);
    return number->valuedouble;
}

static const cJSON *test_at(const cJSON *json, int index)
{
    const cJSON *tests = cJSON_GetObjectItemCaseSensitive(json, "tests");
    return cJSON_GetArrayItem(tests, index);
}

static void assert_has(const char *text, const char *words)
{
    if (!strstr(text, words))
        fail_msg("this is missing:\n%s\nfrom this:\n%s", words, text);
}

static void test_json_has_what_gradescope_reads(void **state)
{
    const cJSON *json = export_and_parse(*state);
    assert_true(number_in(json, "score") == 16.66); /* 10 of 60 */
    assert_true(number_in(json, "execution_time") == 1.234);
    assert_has(string_in(json, "output"), "10/60: 40 points cannot be tested on this machine");
    assert_null(cJSON_GetObjectItemCaseSensitive(json, "max_score"));

    const cJSON *passed = test_at(json, 0);
    assert_string_equal(string_in(passed, "name"), "does one");
    assert_string_equal(string_in(passed, "status"), "passed");
    assert_true(number_in(passed, "score") == 10);
    assert_true(number_in(passed, "max_score") == 10);
    const cJSON *tags = cJSON_GetObjectItemCaseSensitive(passed, "tags");
    assert_int_equal(cJSON_GetArraySize(tags), 1);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetArrayItem(tags, 0)), "one");
}

/* What is whole needs no remark. */
static void test_json_of_a_whole_run_is_the_points(void **state)
{
    struct exported *run = *state;
    run->results[3].status = PASSED;
    const cJSON *json = export_and_parse(run);
    assert_true(number_in(json, "score") == 50);
    assert_null(cJSON_GetObjectItemCaseSensitive(json, "output"));
}

static void test_json_explains_a_failure(void **state)
{
    const cJSON *failed = test_at(export_and_parse(*state), 1);
    assert_string_equal(string_in(failed, "name"), "keeps <a> & \"b\"");
    assert_string_equal(string_in(failed, "status"), "failed");
    assert_true(number_in(failed, "score") == 0);
    assert_true(number_in(failed, "max_score") == 20);
    assert_string_equal(string_in(failed, "output"), "sent <&> ]]>\nnothing came back.\n\n"
                                                     "client  server\nsend ──▶ recv\n\n"
                                                     "it said \\e[2J \\xff\\xef\\xbf\\xbf.\n\n"
                                                     "Hint 2.\nhandouts/en/1-echo.md, \"Two\"");
}

static void test_json_counts_what_was_not_earned(void **state)
{
    const cJSON *test = test_at(export_and_parse(*state), 2);
    assert_string_equal(string_in(test, "status"), "failed");
    assert_true(number_in(test, "score") == 0);
    assert_true(number_in(test, "max_score") == 30);
    assert_has(string_in(test, "output"), "never asked.\n\nSo this could not be tested, because");
}

static void test_json_takes_no_points_for_what_is_out(void **state)
{
    struct exported *run = *state;
    run->outcome.machine = "There is no IPv6 here.";
    const cJSON *json = export_and_parse(run);
    const cJSON *test = test_at(json, 3);
    assert_string_equal(string_in(test, "status"), "passed");
    assert_true(number_in(test, "score") == 0);
    assert_true(number_in(test, "max_score") == 0);
    assert_has(string_in(test, "output"), "no IPv6.\n\nThis machine cannot run the test");
    assert_has(string_in(json, "output"), "\n\nThere is no IPv6 here.");
}

static void test_json_gives_no_score_after_a_fault(void **state)
{
    struct exported *run = *state;
    run->results[2] = (struct result){.status = GRADER_FAULT, .story = "no memory.", .plays = 2};
    const cJSON *json = export_and_parse(run);
    assert_null(strstr(run->content, "\"score\""));
    assert_null(strstr(run->content, "\"earned\""));
    assert_has(string_in(json, "output"),
               "There is no score: the autograder has failed in 1 test.");
    const cJSON *test = test_at(json, 2);
    assert_string_equal(string_in(test, "status"), "failed");
    assert_true(number_in(test, "max_score") == 0);
    assert_has(string_in(test, "output"), "no memory.\n\nThis is a fault of the autograder");
    assert_string_equal(string_in(test_at(json, 0), "status"), "passed");
    assert_string_equal(export(run, export_score), "no score\n");
}

static void test_json_gives_no_score_where_nothing_can_be_earned(void **state)
{
    struct exported *run = *state;
    for (int i = 0; i < COUNT; i++)
        run->results[i].status = OUT;
    const cJSON *json = export_and_parse(run);
    assert_null(strstr(run->content, "\"score\""));
    assert_has(string_in(json, "output"), "this machine can run none of the tests");
}

static void test_json_of_a_fault_of_all_says_why(void **state)
{
    struct exported *run = *state;
    run->outcome.results = NULL;
    run->outcome.fault = "the kernel is too old";
    const cJSON *json = export_and_parse(run);
    assert_null(strstr(run->content, "\"score\""));
    assert_string_equal(string_in(json, "output"), "There is no score: the kernel is too old.");
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(json, "tests")), 0);
    assert_has(export(run, export_junit), "<error message=\"the kernel is too old\">");
    assert_has(run->content, "tests=\"1\" failures=\"0\" errors=\"1\"");
}

static void assert_id(const cJSON *data, const char *list, const char *id)
{
    const cJSON *ids = cJSON_GetObjectItemCaseSensitive(data, list);
    assert_int_equal(cJSON_GetArraySize(ids), 1);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetArrayItem(ids, 0)), id);
}

static void test_json_names_what_was_out_and_not_earned(void **state)
{
    struct exported *run = *state;
    const cJSON *data = cJSON_GetObjectItem(export_and_parse(run), "extra_data");
    assert_string_equal(string_in(data, "lab"), "1-echo");
    assert_string_equal(string_in(data, "version"), KIT_VERSION);
    assert_true(number_in(data, "earned") == 10);
    assert_true(number_in(data, "possible") == 60);
    assert_id(data, "not_earned", "three");
    assert_id(data, "out", "four");
    run->results[0].status = GRADER_FAULT;
    assert_id(cJSON_GetObjectItem(export_and_parse(run), "extra_data"), "faults", "one");
}

static void test_json_has_a_verdict_for_each_test(void **state)
{
    static const char *const verdicts[] = {"passed", "failed", "not earned", "out"};
    const cJSON *json = export_and_parse(*state);
    for (int i = 0; i < COUNT; i++) {
        const cJSON *data = cJSON_GetObjectItem(test_at(json, i), "extra_data");
        assert_string_equal(string_in(data, "id"), scenarios[i]->id);
        assert_string_equal(string_in(data, "verdict"), verdicts[i]);
        assert_true(number_in(data, "points") == scenarios[i]->points);
        assert_true(number_in(data, "plays") == (i == 3 ? 0 : 1));
    }
    const cJSON *passed = cJSON_GetObjectItem(test_at(json, 0), "extra_data");
    assert_null(cJSON_GetObjectItem(passed, "reason"));
    const cJSON *failed = cJSON_GetObjectItem(test_at(json, 1), "extra_data");
    assert_string_equal(string_in(failed, "reason"), "sent <&> ]]>\nnothing came back.");
}

static void test_json_of_a_part_is_not_scaled(void **state)
{
    struct exported *run = *state;
    run->results[1].status = run->results[2].status = run->results[3].status = NOT_RUN;
    const cJSON *json = export_and_parse(run);
    assert_true(number_in(json, "score") == 10);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(json, "tests")), 1);
    assert_has(string_in(json, "output"), "Only a part of the lab was run: 10 of its points");
}

static void test_json_of_programs_not_built_is_zero(void **state)
{
    struct exported *run = *state;
    run->outcome.results = NULL;
    run->outcome.build = "tcp.c:1:2: error: <a> & b";
    const cJSON *json = export_and_parse(run);
    assert_true(number_in(json, "score") == 0);
    assert_string_equal(string_in(json, "output"), "The programs could not be built.\n\n"
                                                   "tcp.c:1:2: error: <a> & b");
    for (int i = 0; i < COUNT; i++) {
        assert_true(number_in(test_at(json, i), "score") == 0);
        assert_true(number_in(test_at(json, i), "max_score") == scenarios[i]->points);
        assert_string_equal(string_in(test_at(json, i), "status"), "failed");
        assert_string_equal(string_in(test_at(json, i), "output"),
                            "The programs could not be built.");
    }
}

static const char junit[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<testsuites>\n"
    "  <testsuite name=\"lab 1-echo\" tests=\"4\" failures=\"2\" errors=\"0\" skipped=\"1\" "
    "time=\"1.234\">\n"
    "    <properties><property name=\"points\" value=\"10/60\"/></properties>\n"
    "    <testcase classname=\"1-echo\" name=\"one: does one\" time=\"0.002\"/>\n"
    "    <testcase classname=\"1-echo\" name=\"two: keeps &lt;a&gt; &amp; &quot;b&quot;\" "
    "time=\"0.000\">\n"
    "      <failure message=\"sent &lt;&amp;&gt; ]]&gt;\">sent &lt;&amp;&gt; ]]&gt;\n"
    "nothing came back.\n\n"
    "client  server\nsend ──▶ recv\n\n"
    "it said \\e[2J \\xff\\xef\\xbf\\xbf.\n\n"
    "Hint 2.\nhandouts/en/1-echo.md, &quot;Two&quot;</failure>\n"
    "    </testcase>\n"
    "    <testcase classname=\"1-echo\" name=\"three: does three\" time=\"0.000\">\n"
    "      <failure message=\"never asked.\">never asked.\n\n"
    "So this could not be tested, because of the program, and earns no points.</failure>\n"
    "    </testcase>\n"
    "    <testcase classname=\"1-echo\" name=\"four: does four\" time=\"0.000\">\n"
    "      <skipped message=\"no IPv6.\">no IPv6.\n\n"
    "This machine cannot run the test, not with the reference either: it is out for everybody, and "
    "no points are lost.</skipped>\n"
    "    </testcase>\n"
    "  </testsuite>\n"
    "</testsuites>\n";

static void test_junit_is_as_it_should_be_to_the_byte(void **state)
{
    assert_string_equal(export(*state, export_junit), junit);
}

static void test_junit_of_a_part_leaves_out_the_rest(void **state)
{
    struct exported *run = *state;
    run->results[0].status = run->results[2].status = NOT_RUN;
    assert_has(export(run, export_junit), "tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"1\"");
    assert_null(strstr(run->content, "does one"));
}

static void test_junit_tells_of_faults(void **state)
{
    struct exported *run = *state;
    run->results[2] = (struct result){.status = GRADER_FAULT, .story = "no memory."};
    assert_has(export(run, export_junit), "tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"1\"");
    assert_has(run->content, "name=\"points\" value=\"no score\"");
    assert_has(run->content, "<error message=\"no memory.\">");
}

/* The compiler's words once. */
static void test_junit_of_programs_not_built_is_all_failures(void **state)
{
    struct exported *run = *state;
    run->outcome.results = NULL;
    run->outcome.build = "tcp.c:1:2: error: <a> & b";
    assert_has(export(run, export_junit), "tests=\"4\" failures=\"4\"");
    assert_has(run->content, "<failure message=\"The programs could not be built.\">");
    const char *words = "<system-out>tcp.c:1:2: error: &lt;a&gt; &amp; b</system-out>";
    assert_has(run->content, words);
    assert_null(strstr(strstr(run->content, words) + strlen(words), "tcp.c:1:2"));
}

static void test_the_score_is_what_could_be_earned(void **state)
{
    struct exported *run = *state;
    assert_string_equal(export(run, export_score), "10/60\n");
    run->results[3].status = PASSED;
    assert_string_equal(export(run, export_score), "50/100\n");
    run->outcome.results = NULL;
    assert_string_equal(export(run, export_score), "0/100\n");
}

/* As when the disk is full: /dev/full takes nothing. */
static void test_what_cannot_be_written_is_told(void **state)
{
    static const struct {
        export_fn *function;
        const char *words;
    } exports[] = {{export_json, "grader: the JSON cannot be written: No space left on device\n"},
                   {export_junit, "grader: the XML cannot be written: No space"},
                   {export_score, "grader: the score cannot be written: No space"}};
    struct exported *run = *state;
    int full = open("/dev/full", O_WRONLY);
    assert_true(full >= 0);
    for (size_t i = 0; i < sizeof exports / sizeof exports[0]; i++) {
        int kept = dup(STDERR_FILENO);
        assert_int_equal(ftruncate(run->fd, 0), 0);
        assert_int_equal(lseek(run->fd, 0, SEEK_SET), 0);
        assert_true(kept >= 0 && dup2(run->fd, STDERR_FILENO) >= 0);
        bool done = exports[i].function(&run->outcome, full);
        assert_true(dup2(kept, STDERR_FILENO) >= 0);
        close(kept);
        memset(run->content, 0, sizeof run->content);
        assert_true(pread(run->fd, run->content, sizeof run->content - 1, 0) > 0);
        assert_false(done);
        assert_has(run->content, exports[i].words);
    }
    close(full);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

static const cJSON *extra_data_of(struct exported *run, int index)
{
    return cJSON_GetObjectItem(test_at(export_and_parse(run), index), "extra_data");
}

static void test_the_cause_has_its_id_and_gives_the_hint(void **state)
{
    struct exported *run = *state;
    struct result *failed = &run->results[1];
    assert_null(cJSON_GetObjectItem(extra_data_of(run, 1), "cause"));
    strcpy(failed->cause_id, "threads-not-joined");
    const cJSON *data = extra_data_of(run, 1);
    assert_string_equal(string_in(data, "cause"), "threads-not-joined");
    assert_non_null(strstr(run->content, "Detach the threads that nobody joins"));
    assert_non_null(strstr(run->content, "Detached or joined"));
    assert_null(strstr(run->content, "Hint 2."));
    strcpy(failed->cause_id, "not-written"); /* which has no hint, and takes none of the test */
    assert_string_equal(string_in(extra_data_of(run, 1), "cause"), "not-written");
    assert_null(strstr(run->content, "Hint 2."));
    strcpy(failed->cause_id, "no-such-cause");
    assert_null(cJSON_GetObjectItem(extra_data_of(run, 1), "cause"));
    assert_non_null(strstr(run->content, "Hint 2."));
    memset(failed->cause_id, 'x', sizeof failed->cause_id);
    assert_null(cJSON_GetObjectItem(extra_data_of(run, 1), "cause"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_json_has_what_gradescope_reads),
        TEST(test_json_of_a_whole_run_is_the_points),
        TEST(test_json_explains_a_failure),
        TEST(test_the_cause_has_its_id_and_gives_the_hint),
        TEST(test_json_counts_what_was_not_earned),
        TEST(test_json_takes_no_points_for_what_is_out),
        TEST(test_json_gives_no_score_after_a_fault),
        TEST(test_json_gives_no_score_where_nothing_can_be_earned),
        TEST(test_json_of_a_fault_of_all_says_why),
        TEST(test_json_names_what_was_out_and_not_earned),
        TEST(test_json_has_a_verdict_for_each_test),
        TEST(test_json_of_a_part_is_not_scaled),
        TEST(test_json_of_programs_not_built_is_zero),
        TEST(test_junit_is_as_it_should_be_to_the_byte),
        TEST(test_junit_of_a_part_leaves_out_the_rest),
        TEST(test_junit_tells_of_faults),
        TEST(test_junit_of_programs_not_built_is_all_failures),
        TEST(test_the_score_is_what_could_be_earned),
        TEST(test_what_cannot_be_written_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
