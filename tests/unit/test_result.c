/* The table of a lab and the arithmetic of a run: grader/base/lab.h, grader/base/result.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "grader/base/result.h"

#include <stdio.h>
#include <string.h>
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

/* 1/3 of the points is no whole number: what is rounded shows. */
static const struct scenario *const sound_scenarios[] = {
    ENTRY(one, 33, "does one thing", "think of one", "One"),
    ENTRY(two, 33, "does two things", "think of two", "Two"),
    VALGRIND_ENTRY(three, 34, "does three things", "think of three", "Three"),
};
static const struct lab sound_lab = {.name = "1-echo",
                                     .handout = "handouts/en/1-echo.md",
                                     .scenarios = sound_scenarios,
                                     .count = 3,
                                     .tasks = 64};

/* A copy of the table above for each test to spoil. */
struct table {
    struct scenario scenarios[3];
    const struct scenario *listed[3];
    struct lab lab;
};

static void copy_table(struct table *table)
{
    for (size_t i = 0; i < sound_lab.count; i++) {
        table->scenarios[i] = *sound_scenarios[i];
        table->listed[i] = &table->scenarios[i];
    }
    table->lab = sound_lab;
    table->lab.scenarios = table->listed;
}

/* Is LAB called unsound, with WORDS on standard error? */
static void assert_unsound(const struct lab *lab, const char *words)
{
    char said[2048] = "";
    FILE *file = tmpfile();
    assert_non_null(file);
    int kept = dup(STDERR_FILENO);
    assert_true(kept >= 0 && dup2(fileno(file), STDERR_FILENO) >= 0);
    bool sound = lab_is_sound(lab);
    assert_true(dup2(kept, STDERR_FILENO) >= 0);
    close(kept);

    rewind(file);
    said[fread(said, 1, sizeof said - 1, file)] = '\0';
    fclose(file);
    assert_false(sound);
    if (!strstr(said, words))
        fail_msg("\"%s\" is not in: %s", words, said);
}

static void test_a_sound_table_is_sound(void **state)
{
    (void)state;
    assert_true(lab_is_sound(&sound_lab));
    assert_string_equal(sound_scenarios[0]->id, "one");
    assert_false(sound_scenarios[0]->valgrind);
    assert_true(sound_scenarios[2]->valgrind);
}

static void test_points_must_add_up_to_100(void **state)
{
    (void)state;
    struct table table;
    copy_table(&table);
    table.scenarios[0].points = 32;
    assert_unsound(&table.lab, "lab 1-echo: the points add up to 99, not 100");
    table.scenarios[0].points = 0;
    table.scenarios[1].points = 66;
    assert_unsound(&table.lab, "scenario 1 (one): it is worth no points");
    table.lab.count = 0;
    assert_unsound(&table.lab, "the points add up to 0, not 100");
}

static void test_ids_and_sentences_are_unique(void **state)
{
    (void)state;
    struct table table;
    copy_table(&table);
    table.scenarios[2].id = "one";
    assert_unsound(&table.lab, "scenario 3 (one): another scenario has the same id");
    copy_table(&table);
    table.scenarios[1].sentence = table.scenarios[0].sentence;
    assert_unsound(&table.lab, "scenario 2 (two): another scenario has the same sentence");
}

static void test_ids_can_be_typed(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", NULL, "two words", "Two", "a-b", "\"", "é"};
    struct table table;
    copy_table(&table);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        table.scenarios[1].id = wrong[i];
        assert_unsound(&table.lab, "the id is not made of a-z, 0-9 and _");
    }
}

static void test_no_text_is_empty(void **state)
{
    (void)state;
    struct table table;
    copy_table(&table);
    table.scenarios[0].hint = "";
    assert_unsound(&table.lab, "scenario 1 (one): sentence, hint or section is empty");
    copy_table(&table);
    table.scenarios[1].section = NULL;
    assert_unsound(&table.lab, "scenario 2 (two): sentence, hint or section is empty");
    copy_table(&table);
    table.scenarios[2].sentence = NULL;
    assert_unsound(&table.lab, "scenario 3 (three): sentence, hint or section is empty");
    copy_table(&table);
    table.scenarios[2].run = NULL;
    assert_unsound(&table.lab, "there is no function to run");
    copy_table(&table);
    table.lab.tasks = 0;
    assert_unsound(&table.lab, "its programs may have no tasks");
    copy_table(&table);
    table.lab.handout = "";
    assert_unsound(&table.lab, "it names no handout");
    table.lab.name = "echo";
    assert_unsound(&table.lab, "a lab's name begins with its number");
}

static void test_a_sentence_fits_its_line(void **state)
{
    (void)state;
    char sentence[SENTENCE_COLUMNS + 4];
    struct table table;
    copy_table(&table);
    /* é: two bytes, one column */
    snprintf(sentence, sizeof sentence, "%0*dé", SENTENCE_COLUMNS - 1, 0);
    table.scenarios[0].sentence = sentence;
    assert_true(lab_is_sound(&table.lab));
    snprintf(sentence, sizeof sentence, "%0*déx", SENTENCE_COLUMNS - 1, 0);
    assert_unsound(&table.lab, "the sentence is too long for its line in the report");
}

static const struct scenario *find(const char *id)
{
    return lab_find(&sound_lab, id, strlen(id));
}

/* The name that is close to ID; "" if none is. */
static const char *find_close(const char *id)
{
    static char close[LAB_NAME];
    bool found = lab_find_close(&sound_lab, id, strlen(id), close);
    assert_int_equal(found, close[0] != '\0');
    return close;
}

#define LAB result
SCENARIO(four, 0, "does four things", "think of four", "Four")
{
}

static void test_a_scenario_is_defined_by_its_head(void **state)
{
    (void)state;
    const struct scenario *const listed[] = {sound_scenarios[0], LIST_SCENARIO(four)};
    const struct lab lab = {.name = "1-echo",
                            .handout = "handouts/en/1-echo.md",
                            .scenarios = listed,
                            .count = 2,
                            .tasks = 64};
    assert_string_equal(listed[1]->id, "four");
    assert_string_equal(listed[1]->section, "Four");
    assert_ptr_equal(listed[1]->run, four);
    assert_false(listed[1]->valgrind || listed[1]->slow);
    assert_int_equal(lab_index(&lab, sound_scenarios[0]), 0);
    assert_int_equal(lab_index(&lab, lab_find(&lab, "four", 4)), 1);
}

static void test_a_scenario_is_found_by_its_id(void **state)
{
    (void)state;
    assert_ptr_equal(find("two"), sound_scenarios[1]);
    assert_ptr_equal(lab_find(&sound_lab, "two,three", 3), sound_scenarios[1]);
    assert_null(find("tw"));
    assert_null(find("twos"));
    assert_null(find(""));
}

static void test_a_mistyped_name_is_recognized(void **state)
{
    (void)state;
    char close[LAB_NAME];
    char endless[1000];
    memset(endless, 'e', sizeof endless);
    assert_string_equal(find_close("tree"), "three");
    assert_string_equal(find_close("three_"), "three");
    assert_string_equal(find_close("thrfe"), "three");
    assert_string_equal(find_close("test_resulr"), "test_result"); /* a group */
    assert_string_equal(find_close("ne"), ""); /* half of two letters could be anything */
    assert_string_equal(find_close("four"), "");
    assert_string_equal(find_close(""), "");
    assert_false(lab_find_close(&sound_lab, endless, sizeof endless, close));
}

static void test_a_scenario_belongs_to_groups(void **state)
{
    (void)state;
    const struct scenario with = {.id = "deaf", .sentence = "room: goes on", .file = "a/room_b.c"};
    const struct scenario without = {.id = "one", .sentence = "serves", .file = "a/threads_b.c"};
    const struct scenario option = {.id = "two", .sentence = "-e: serves", .file = "a/threads.c"};
    const struct scenario *const listed[] = {&with, &without, &option};
    const struct lab lab = {.scenarios = listed, .count = 3};
    char part[LAB_NAME];
    scenario_part(&with, part);
    assert_string_equal(part, "room");
    assert_true(lab_means(&lab, "deaf", 4, &with));
    assert_true(lab_means(&lab, "room", 4, &with));
    assert_true(lab_means(&lab, "room_b,", 6, &with));
    assert_false(lab_means(&lab, "roo", 3, &with));
    assert_false(lab_means(&lab, "", 0, &with));
    scenario_part(&without, part);
    assert_string_equal(part, "threads");
    assert_true(lab_means(&lab, "threads", 7, &without));
    assert_false(lab_means(&lab, "b", 1, &without));
    scenario_part(&option, part);
    assert_string_equal(part, "-e");
    assert_true(lab_means(&lab, "-e", 2, &option));
    assert_true(lab_means(&lab, "threads", 7, &option));
    assert_false(lab_means(&lab, "-e", 2, &with));
}

static void test_a_step_is_a_group(void **state)
{
    (void)state;
    const struct scenario one = {.id = "one", .sentence = "x", .file = "a/threads.c"};
    const struct scenario two = {.id = "two", .sentence = "y", .file = "a/threads.c"};
    const struct scenario *const listed[] = {&one, &two};
    const struct step_of_lab steps[] = {{"serve", 1}, {"room, and the rest", 1}};
    const struct lab lab = {.scenarios = listed, .count = 2, .steps = steps, .step_count = 2};
    char close[LAB_NAME];
    assert_true(lab_means(&lab, "serve", 5, &one));
    assert_false(lab_means(&lab, "serve", 5, &two));
    assert_true(lab_means(&lab, "room", 4, &two));
    assert_false(lab_means(&lab, "room", 4, &one));
    assert_true(lab_find_close(&lab, "servee", 6, close));
    assert_string_equal(close, "serve");
}

static void test_an_id_comes_before_a_group(void **state)
{
    (void)state;
    const struct scenario one = {.id = "room_b", .sentence = "x", .file = "a/room_a.c"};
    const struct scenario two = {.id = "two", .sentence = "y", .file = "a/room_b.c"};
    const struct scenario *const listed[] = {&one, &two};
    const struct lab lab = {.scenarios = listed, .count = 2};
    assert_true(lab_means(&lab, "room_b", 6, &one));
    assert_false(lab_means(&lab, "room_b", 6, &two));
}

static struct outcome run_of(struct result *results, enum status first, enum status second,
                             enum status third)
{
    results[0].status = first;
    results[1].status = second;
    results[2].status = third;
    return (struct outcome){
        .lab = &sound_lab, .source = "labs", .base = "labs", .results = results};
}

enum { NO_SCORE = -1 };

/* SCORE in hundredths. */
static void assert_points(const struct outcome *outcome, int earned, int possible, int out,
                          int score)
{
    assert_int_equal(outcome_earned(outcome), earned);
    assert_int_equal(outcome_possible(outcome), possible);
    assert_int_equal(outcome_out(outcome), out);
    assert_int_equal(outcome_has_score(outcome), score != NO_SCORE);
    if (score != NO_SCORE)
        assert_true(outcome_score(outcome) == score / 100.0);
}

static void test_passed_scenarios_earn_their_points(void **state)
{
    (void)state;
    static struct result results[3];
    struct outcome outcome = run_of(results, PASSED, PASSED, PASSED);
    assert_points(&outcome, 100, 100, 0, 10000);
    outcome = run_of(results, PASSED, FAILED, PASSED);
    assert_points(&outcome, 67, 100, 0, 6700);
    outcome = run_of(results, FAILED, FAILED, FAILED);
    assert_points(&outcome, 0, 100, 0, 0);
}

static void test_what_is_out_is_out_for_everybody(void **state)
{
    (void)state;
    static struct result results[3];
    struct outcome outcome = run_of(results, PASSED, OUT, PASSED);
    assert_points(&outcome, 67, 67, 33, 10000);
    outcome = run_of(results, PASSED, OUT, FAILED);
    assert_points(&outcome, 33, 67, 33, 4925);
    outcome = run_of(results, OUT, OUT, OUT);
    assert_points(&outcome, 0, 0, 100, NO_SCORE);
}

/* Who hides from the tests has no more than who fails them. */
static void test_what_is_not_earned_counts(void **state)
{
    (void)state;
    static struct result results[3];
    struct outcome outcome = run_of(results, PASSED, NOT_EARNED, PASSED);
    assert_points(&outcome, 67, 100, 0, 6700);
    outcome = run_of(results, NOT_EARNED, NOT_EARNED, NOT_EARNED);
    assert_points(&outcome, 0, 100, 0, 0);
}

/* Neither full marks nor a zero. */
static void test_a_fault_of_the_grader_leaves_no_score(void **state)
{
    (void)state;
    static struct result results[3];
    struct outcome outcome = run_of(results, PASSED, GRADER_FAULT, PASSED);
    assert_points(&outcome, 67, 67, 0, NO_SCORE);
    outcome = run_of(results, FAILED, GRADER_FAULT, FAILED);
    assert_points(&outcome, 0, 67, 0, NO_SCORE);
    outcome = run_of(results, PASSED, PASSED, PASSED);
    outcome.fault = "no memory";
    assert_points(&outcome, 100, 100, 0, NO_SCORE);
}

static void test_what_was_not_run_does_not_count(void **state)
{
    (void)state;
    static struct result results[3];
    struct outcome outcome = run_of(results, NOT_RUN, PASSED, NOT_RUN);
    assert_points(&outcome, 33, 33, 0, 10000);
    assert_int_equal(outcome_count(&outcome, NOT_RUN), 2);
    assert_int_equal(outcome_count(&outcome, PASSED), 1);
    assert_int_equal(outcome_status(&outcome, 1), PASSED);
    outcome = run_of(results, NOT_RUN, NOT_RUN, NOT_RUN);
    assert_points(&outcome, 0, 0, 0, NO_SCORE);
}

/* 19999 points of 20000 are more than 99.99 %, and still not all. */
static void test_only_everything_earns_100(void **state)
{
    (void)state;
    static struct result results[3];
    struct table table;
    copy_table(&table);
    struct outcome outcome = run_of(results, PASSED, PASSED, FAILED);
    outcome.lab = &table.lab;
    table.scenarios[0].points = 10000;
    table.scenarios[1].points = 9999;
    table.scenarios[2].points = 1;
    assert_points(&outcome, 19999, 20000, 0, 9999);
}

static void test_programs_not_built_earn_0_of_100(void **state)
{
    (void)state;
    struct outcome outcome = {.lab = &sound_lab, .source = "labs", .base = "labs"};
    assert_points(&outcome, 0, 100, 0, 0);
    assert_int_equal(outcome_count(&outcome, FAILED), 3);
    assert_int_equal(outcome_status(&outcome, 2), FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_sound_table_is_sound),
        cmocka_unit_test(test_points_must_add_up_to_100),
        cmocka_unit_test(test_ids_and_sentences_are_unique),
        cmocka_unit_test(test_ids_can_be_typed),
        cmocka_unit_test(test_no_text_is_empty),
        cmocka_unit_test(test_a_sentence_fits_its_line),
        cmocka_unit_test(test_a_scenario_is_defined_by_its_head),
        cmocka_unit_test(test_a_scenario_is_found_by_its_id),
        cmocka_unit_test(test_a_mistyped_name_is_recognized),
        cmocka_unit_test(test_a_scenario_belongs_to_groups),
        cmocka_unit_test(test_a_step_is_a_group),
        cmocka_unit_test(test_an_id_comes_before_a_group),
        cmocka_unit_test(test_passed_scenarios_earn_their_points),
        cmocka_unit_test(test_what_is_out_is_out_for_everybody),
        cmocka_unit_test(test_what_is_not_earned_counts),
        cmocka_unit_test(test_a_fault_of_the_grader_leaves_no_score),
        cmocka_unit_test(test_what_was_not_run_does_not_count),
        cmocka_unit_test(test_only_everything_earns_100),
        cmocka_unit_test(test_programs_not_built_earn_0_of_100),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
