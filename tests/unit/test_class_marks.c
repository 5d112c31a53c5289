/* Points, due dates, and what Gradescope says of submissions: tests/class. */
#include "class/alike.h"
#include "class/gradescope.h"
#include "class/late.h"
#include "class/marks.h"
#include "class/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static struct text why;

static int end(void **state)
{
    (void)state;
    text_free(&why);
    why = (struct text){0};
    return 0;
}

static bool read_string(struct marks *marks, const char *string)
{
    struct text bytes = {0};
    *marks = (struct marks){0};
    text_add(&bytes, "%s", string);
    bool good = marks_read(marks, &bytes, &why);
    text_free(&bytes);
    return good;
}

static void assert_wrong(const char *string, const char *words)
{
    struct marks marks;
    assert_false(read_string(&marks, string));
    assert_non_null(strstr(why.start, words));
    marks_free(&marks);
    end(NULL);
}

static void test_points(void **state)
{
    struct marks marks;
    (void)state;
    assert_true(
        read_string(&marks, "# lab test points\r\n\n2-chat, cut, 4, hidden\n3 two off # later"));
    assert_int_equal(marks.count, 2);
    const struct mark *cut = mark_of(&marks, 1, "cut");
    assert_non_null(cut);
    assert_true(cut->points == 4 && cut->hidden && !cut->off);
    const struct mark *two = mark_of(&marks, 2, "two");
    assert_non_null(two);
    assert_true(two->points == KEEP_POINTS && !two->hidden && two->off);
    assert_null(mark_of(&marks, 1, "two"));
    assert_true(marks_touch(&marks, 1) && !marks_touch(&marks, 0));
    marks_free(&marks);
}

static void test_wrong_points(void **state)
{
    (void)state;
    assert_wrong("1 a 4\n6 a 4\n", "line 2: the first word is no lab");
    assert_wrong("1\n", "line 1: the second word");
    assert_wrong("1 a\n", "after the test come");
    assert_wrong("1 a -4\n", "after the test come");
    assert_wrong("1 a 4 5\n", "after the test come");
    assert_wrong("1 a hiden\n", "after the test come");
    assert_wrong("1 a 4\n1-echo a off\n", "line 2: the test has a line already");
}

static void test_points_of_a_lab(void **state)
{
    const struct text list = {.start = "one   60  a: b\ntwo  40  c: 7\n", .length = 28};
    struct marks marks;
    (void)state;
    assert_true(read_string(&marks, "1 one hidden\n"));
    assert_true(marks_check(&marks, 0, &list, &why));
    assert_int_equal(why.length, 0);
    marks_free(&marks);
    assert_true(read_string(&marks, "1 one 30\n"));
    assert_true(marks_check(&marks, 0, &list, &why));
    assert_non_null(strstr(why.start, "add up to 70"));
    end(NULL);
    marks_free(&marks);
    assert_true(read_string(&marks, "1 one 100\n1 two off"));
    assert_true(marks_check(&marks, 0, &list, &why));
    assert_int_equal(why.length, 0);
    marks_free(&marks);
    assert_true(read_string(&marks, "1 on 100\n"));
    assert_false(marks_check(&marks, 0, &list, &why));
    assert_non_null(strstr(why.start, "has no test on "));
    end(NULL);
    marks_free(&marks);
    assert_true(read_string(&marks, "1 one off\n1 two 0\n"));
    assert_false(marks_check(&marks, 0, &list, &why));
    marks_free(&marks);
}

static void test_points_of_a_student(void **state)
{
    struct test tests[] = {{.id = "one", .points = 60, .status = TEST_PASSED},
                           {.id = "two", .points = 30, .status = TEST_FAILED},
                           {.id = "three", .points = 10, .status = TEST_NOT_EARNED}};
    struct verdict verdict = {.scored = true, .score = 60, .tests = tests, .count = 3};
    struct marks marks;
    (void)state;
    assert_true(read_string(&marks, "1 one 20 hidden\n1 two off\n"));
    marks_apply(&marks, 1, &verdict);
    assert_true(verdict.score == 60);
    marks_apply(&marks, 0, &verdict);
    assert_int_equal(verdict.earned, 20);
    assert_int_equal(verdict.possible, 30);
    assert_true(verdict.score > 66.6 && verdict.score < 66.7);
    assert_true(tests[0].hidden && !tests[2].hidden);
    marks_free(&marks);
}

static void test_late(void **state)
{
    struct late late;
    (void)state;
    assert_true(late_read(&late, "1970-01-02T00:00Z", "10%/day"));
    assert_int_equal(late.due, 86400);
    assert_true(late_cost(&late, 0) == 0 && late_cost(&late, 86400) == 0);
    assert_true(late_cost(&late, 86401) == 10 && late_cost(&late, 2 * INT64_C(86400)) == 10);
    assert_true(late_cost(&late, 2 * INT64_C(86400) + 1) == 20 &&
                late_cost(&late, 900 * INT64_C(86400)) == 100);
    assert_true(late_read(&late, "2026-12-01T18:00", "12.5%"));
    assert_true(late_cost(&late, late.due + 900 * INT64_C(86400)) == 12.5);
    assert_true(late_read(&late, "2026-12-01T18:00:30", NULL));
    assert_true(late_cost(&late, late.due + 1) == 0);
    assert_false(late_read(&late, "2026-12-01", "10%/day"));
    assert_false(late_read(&late, "2026-13-01T18:00", "10%/day"));
    assert_false(late_read(&late, "2026-12-01T18:00", "10"));
    assert_false(late_read(&late, "2026-12-01T18:00", "10%/week"));
    assert_false(late_read(&late, "2026-12-01T18:00", "-10%"));
}

/* The names in earlier submissions and in results are not the submitters'. */
static void test_gradescope(void **state)
{
    static const char list[] = "---\nsubmission_12:\n  :submitters:\n  - :name: Solo\n"
                               "submission_1:\n  :submitters:\n"
                               "  - :name: 'Séan O''Brien'\n    :sid: '100'\n    :email: s@x\n"
                               "  - :name: \"Li \\\"Bo\\\"\"\n    :sid: '101'\n"
                               "  :created_at: 1970-01-02 01:00:00.469587000 Z\n"
                               "  :results:\n    :name: none\n"
                               "  :history:\n  - :id: 7\n    :created_at: 1970-01-01 00:00:09 Z\n"
                               "    :submitters:\n    - :name: none\n";
    const struct text bytes = {.start = strdup(list), .length = strlen(list)};
    struct gradescope found;
    (void)state;
    assert_true(gradescope_find(&found, &bytes, "submission_1"));
    assert_string_equal(found.names.start, "Séan O'Brien & Li \"Bo\"");
    assert_string_equal(found.id.start, "100");
    assert_string_equal(found.email.start, "s@x");
    assert_int_equal(found.handed_in, 90000);
    gradescope_free(&found);
    assert_true(gradescope_find(&found, &bytes, "submission_12"));
    assert_string_equal(found.names.start, "Solo");
    assert_int_equal(found.handed_in, 0);
    gradescope_free(&found);
    assert_false(gradescope_find(&found, &bytes, "submission_2"));
    gradescope_free(&found);
    free(bytes.start);
}

/* 0 and 1 are alike; 2 is as much like the starter as like 0; a line that is none says nothing. */
static void test_alike(void **state)
{
    static const char said[] = "Total input: 5 files\n\n"
                               "1.c consists for 99 % of 0.c material\n"
                               "2.c consists for 97 % of given-labs.c material\n"
                               "2.c consists for 96 % of 0.c material\n"
                               "0.c consists for 95 % of 1.c material\n"
                               "0.c consists for 94 % of 9.c material\n"
                               "given-labs.c consists for 93 % of 2.c material\n";
    const struct job jobs[3] = {0};
    struct alike alike = {0};
    (void)state;
    alike_read(&alike, said, jobs, 3);
    assert_int_equal(alike.count, 1);
    assert_ptr_equal(alike.pairs[0].one, &jobs[1]);
    assert_ptr_equal(alike.pairs[0].other, &jobs[0]);
    assert_int_equal(alike.pairs[0].percent, 99);
    alike_free(&alike);
}

/* ---- what the autograder wrote ---- */

static void test_numbers_of_a_result_that_do_not_fit_are_cut(void **state)
{
    struct verdict verdict;
    struct text json = {0};
    (void)state;
    text_add(&json, "{\"extra_data\": {\"earned\": 1e300, \"possible\": -1e300}, \"tests\":"
                    " [{\"extra_data\": {\"points\": 1e99, \"verdict\": \"passed\"}}]}");
    assert_true(verdict_read(&verdict, &json));
    assert_true(verdict.earned > 0);
    assert_int_equal(verdict.possible, 0);
    assert_true(verdict.tests[0].points > 0);
    verdict_free(&verdict);
    text_free(&json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_points, end),
        cmocka_unit_test_teardown(test_wrong_points, end),
        cmocka_unit_test_teardown(test_points_of_a_lab, end),
        cmocka_unit_test_teardown(test_points_of_a_student, end),
        cmocka_unit_test(test_late),
        cmocka_unit_test(test_gradescope),
        cmocka_unit_test(test_alike),
        cmocka_unit_test(test_numbers_of_a_result_that_do_not_fit_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
