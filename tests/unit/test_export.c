/* Results for other programs: grader/export.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "grader/export.h"

#include <cjson/cJSON.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
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

static const struct scenario scenarios[COUNT] = {
    SCENARIO(one, 10, "does one", "Hint 1.", "One"),
    SCENARIO(two, 20, "keeps <a> & \"b\"", "Hint 2.", "Two"),
    SCENARIO(three, 30, "does three", "Hint 3.", "Three"),
    SCENARIO(four, 40, "does four", "Hint 4.", "Four"),
};
static const struct lab lab = {"1-echo", "handouts/en/1-echo.md", scenarios, COUNT, 1};

/* A run with each verdict once, and a directory of its own to write into. */
struct run {
    struct result results[COUNT];
    struct outcome outcome;
    char directory[64];
    char path[96];
    char content[16384];
    cJSON *json;
};

static int set_up(void **state)
{
    struct run *run = calloc(1, sizeof *run);
    assert_non_null(run);
    run->outcome = (struct outcome){&lab, "labs", "labs", NULL, run->results, 1.2344};
    run->results[0] = (struct result){.status = PASSED, .seconds = 0.0015};
    run->results[1] = (struct result){.status = FAILED,
                                      .story = "sent <&> ]]>\nnothing came back.\n",
                                      .ladder = "client  server\nsend ──▶ recv\n",
                                      .cause = "it said \033[2J \xFF\xEF\xBF\xBF."};
    run->results[2] = (struct result){.status = NOT_TESTED, .story = "never asked."};
    run->results[3] = (struct result){.status = GRADER_FAULT, .story = "no memory."};
    snprintf(run->directory, sizeof run->directory, "/tmp/test_export.XXXXXX");
    assert_non_null(mkdtemp(run->directory));
    snprintf(run->path, sizeof run->path, "%s/results", run->directory);
    *state = run;
    return 0;
}

static int tear_down(void **state)
{
    struct run *run = *state;
    cJSON_Delete(run->json);
    unlink(run->path);
    /* Fails the test if anything else was left behind. */
    int left = rmdir(run->directory);
    free(run);
    return left;
}

static const char *read_back(struct run *run)
{
    FILE *file = fopen(run->path, "r");
    assert_non_null(file);
    run->content[fread(run->content, 1, sizeof run->content - 1, file)] = '\0';
    fclose(file);
    return run->content;
}

static const cJSON *export_and_parse(struct run *run)
{
    assert_true(export_json(&run->outcome, run->path));
    cJSON_Delete(run->json);
    run->json = cJSON_Parse(read_back(run));
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

/* Calls EXPORT, which is to fail, and looks for WORDS on standard error. */
static void assert_refused(bool (*export)(const struct outcome *, const char *),
                           const struct outcome *outcome, const char *path, const char *words)
{
    char said[512] = "";
    FILE *file = tmpfile();
    assert_non_null(file);
    int kept = dup(STDERR_FILENO);
    assert_true(kept >= 0 && dup2(fileno(file), STDERR_FILENO) >= 0);
    bool done = export(outcome, path);
    assert_true(dup2(kept, STDERR_FILENO) >= 0);
    close(kept);
    rewind(file);
    said[fread(said, 1, sizeof said - 1, file)] = '\0';
    fclose(file);
    assert_false(done);
    assert_has(said, path);
    assert_has(said, words);
}

static void test_json_has_what_gradescope_reads(void **state)
{
    const cJSON *json = export_and_parse(*state);
    assert_true(number_in(json, "score") == 33); /* 10 of 30 */
    assert_true(number_in(json, "execution_time") == 1.234);
    assert_string_equal(string_in(json, "output"),
                        "70 points left out for want of a verdict: 10 of the other 30 earned.");
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

static void test_json_gives_no_score_without_a_verdict(void **state)
{
    struct run *run = *state;
    const cJSON *json = export_and_parse(run);
    assert_has(string_in(test_at(json, 2), "output"), "never asked.\n\nSo this was not tested");
    assert_has(string_in(test_at(json, 3), "output"), "no memory.\n\nThis is a fault of the auto");
    for (int i = 2; i < COUNT; i++) {
        const cJSON *test = test_at(json, i);
        assert_true(number_in(test, "max_score") == 0);
        assert_null(cJSON_GetObjectItemCaseSensitive(test, "score"));
        assert_null(cJSON_GetObjectItemCaseSensitive(test, "status"));
    }

    run->results[0].status = run->results[1].status = GRADER_FAULT;
    json = export_and_parse(run);
    assert_null(strstr(run->content, "\"score\""));
    assert_has(string_in(json, "output"), "there is no score");
}

static void test_json_of_a_part_is_not_scaled(void **state)
{
    struct run *run = *state;
    run->results[1].status = run->results[2].status = run->results[3].status = NOT_RUN;
    const cJSON *json = export_and_parse(run);
    assert_true(number_in(json, "score") == 10);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(json, "tests")), 1);
    assert_has(string_in(json, "output"), "Only a part of the lab was run: 10 of its points");
}

static void test_json_of_programs_not_built_is_zero(void **state)
{
    struct run *run = *state;
    run->outcome.results = NULL;
    const cJSON *json = export_and_parse(run);
    assert_true(number_in(json, "score") == 0);
    assert_string_equal(string_in(json, "output"), "The programs could not be built.");
    for (int i = 0; i < COUNT; i++) {
        assert_true(number_in(test_at(json, i), "score") == 0);
        assert_true(number_in(test_at(json, i), "max_score") == scenarios[i].points);
        assert_string_equal(string_in(test_at(json, i), "status"), "failed");
    }
}

static const char junit[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<testsuites>\n"
    "  <testsuite name=\"lab 1-echo\" tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"1\" "
    "time=\"1.234\">\n"
    "    <properties><property name=\"points\" value=\"10/30\"/></properties>\n"
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
    "      <skipped message=\"never asked.\">never asked.\n\n"
    "So this was not tested, and no points are lost.</skipped>\n"
    "    </testcase>\n"
    "    <testcase classname=\"1-echo\" name=\"four: does four\" time=\"0.000\">\n"
    "      <error message=\"no memory.\">no memory.\n\n"
    "This is a fault of the autograder, and no points are lost.</error>\n"
    "    </testcase>\n"
    "  </testsuite>\n"
    "</testsuites>\n";

static void test_junit_is_as_it_should_be_to_the_byte(void **state)
{
    struct run *run = *state;
    assert_true(export_junit(&run->outcome, run->path));
    assert_string_equal(read_back(run), junit);
}

static void test_junit_of_a_part_leaves_out_the_rest(void **state)
{
    struct run *run = *state;
    run->results[0].status = run->results[2].status = NOT_RUN;
    assert_true(export_junit(&run->outcome, run->path));
    assert_has(read_back(run), "tests=\"2\" failures=\"1\" errors=\"1\" skipped=\"0\"");
    assert_null(strstr(run->content, "does one"));
}

static void test_junit_of_programs_not_built_is_all_failures(void **state)
{
    struct run *run = *state;
    run->outcome.results = NULL;
    assert_true(export_junit(&run->outcome, run->path));
    assert_has(read_back(run), "tests=\"4\" failures=\"4\"");
    assert_has(run->content, "<failure message=\"The programs could not be built.\">");
}

static void test_a_file_is_replaced_and_readable_as_the_mask_allows(void **state)
{
    struct run *run = *state;
    FILE *old = fopen(run->path, "w");
    assert_non_null(old);
    fputs(junit, old);
    fputs("and more", old);
    fclose(old);

    mode_t mask = umask(027);
    assert_true(export_junit(&run->outcome, run->path));
    umask(mask);
    assert_string_equal(read_back(run), junit);
    struct stat now;
    assert_int_equal(stat(run->path, &now), 0);
    assert_int_equal(now.st_mode & 0777, 0640);
}

static void test_a_directory_that_is_not_there_is_told(void **state)
{
    struct run *run = *state;
    char path[128];
    snprintf(path, sizeof path, "%s/none/results", run->directory);
    assert_refused(export_json, &run->outcome, path, "there is no such directory");
    assert_refused(export_junit, &run->outcome, path, "there is no such directory");
}

/* JSON=/dev/stdout, typed by root, must not cost the machine its /dev/stdout. Tried in a directory
   of its own, for the same reason. */
static void test_links_and_pipes_stay_what_they_are(void **state)
{
    struct run *run = *state;
    char target[128];
    snprintf(target, sizeof target, "%s/target", run->directory);
    assert_true(export_junit(&run->outcome, target));
    assert_int_equal(symlink("target", run->path), 0);
    assert_refused(export_json, &run->outcome, run->path, "not a regular file");
    struct stat now;
    assert_int_equal(lstat(run->path, &now), 0);
    assert_true(S_ISLNK(now.st_mode));
    assert_string_equal(read_back(run), junit);
    assert_int_equal(unlink(target), 0);
    assert_int_equal(unlink(run->path), 0);

    assert_int_equal(mkfifo(run->path, 0600), 0);
    assert_refused(export_junit, &run->outcome, run->path, "not a regular file");
    assert_int_equal(lstat(run->path, &now), 0);
    assert_true(S_ISFIFO(now.st_mode));
    assert_refused(export_junit, &run->outcome, run->directory, "not a regular file");
}

/* As when the disk is full: no file may grow beyond a few bytes, enough for the message on
   standard error. What was there before stays; tear_down sees that nothing else is left. */
static void test_a_file_that_cannot_be_written_leaves_the_old_one(void **state)
{
    struct run *run = *state;
    FILE *old = fopen(run->path, "w");
    assert_non_null(old);
    fputs("old", old);
    fclose(old);

    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    struct rlimit small = {.rlim_cur = 256, .rlim_max = before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_refused(export_json, &run->outcome, run->path, "File too large");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_DFL);
    assert_string_equal(read_back(run), "old");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_json_has_what_gradescope_reads),
        TEST(test_json_explains_a_failure),
        TEST(test_json_gives_no_score_without_a_verdict),
        TEST(test_json_of_a_part_is_not_scaled),
        TEST(test_json_of_programs_not_built_is_zero),
        TEST(test_junit_is_as_it_should_be_to_the_byte),
        TEST(test_junit_of_a_part_leaves_out_the_rest),
        TEST(test_junit_of_programs_not_built_is_all_failures),
        TEST(test_a_file_is_replaced_and_readable_as_the_mask_allows),
        TEST(test_a_directory_that_is_not_there_is_told),
        TEST(test_links_and_pipes_stay_what_they_are),
        TEST(test_a_file_that_cannot_be_written_leaves_the_old_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
