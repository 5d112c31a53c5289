/* The place that a debugger stops at: grader/run/debug.h. That it does stop there is shown by
   tests/field, with gdb. */
#include "grader/run/debug.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void assert_place(const char *story, const char *ladder, const char *cause,
                         const char *expected)
{
    static struct result result;
    char place[64];
    snprintf(result.story, sizeof result.story, "%s", story);
    snprintf(result.ladder, sizeof result.ladder, "%s", ladder);
    snprintf(result.cause, sizeof result.cause, "%s", cause);
    debug_find_place(&result, place, sizeof place);
    assert_string_equal(place, expected);
}

static const char ladder[] = "connect  --> accept(3) = 4   serve.c:17\n"
                             "         <-- close(4)        talk_it-2.c:31\n"
                             "             accept(3) …\n";

static void test_the_cause_names_it_first(void **state)
{
    (void)state;
    assert_place("It is blocked, tcp.c:9.", ladder,
                 "Closed too early, serve.c:27: recv had returned 32, echo.c:12.", "serve.c:27");
    assert_place("", "", "(echo.c:7)", "echo.c:7");
}

static void test_then_the_last_step(void **state)
{
    (void)state;
    assert_place("It is blocked, tcp.c:9.", ladder, "No line is known.", "talk_it-2.c:31");
}

static void test_then_the_story(void **state)
{
    (void)state;
    assert_place("It is blocked, tcp.c:9, or line.c:8.", "", "", "tcp.c:9");
}

static void test_what_is_no_place_is_none(void **state)
{
    (void)state;
    assert_place("", "", "", "");
    assert_place("See serve.c: it is there.", "serve.c", "a .c:12 and echo.h:3, tcp.c", "");
    assert_place("", "", ".c:12, echo.c: and x.c:5", "x.c:5");
    assert_place("", "", "`a;!sh echo.c:5", "echo.c:5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_cause_names_it_first),
        cmocka_unit_test(test_then_the_last_step),
        cmocka_unit_test(test_then_the_story),
        cmocka_unit_test(test_what_is_no_place_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
