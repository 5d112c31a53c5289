/* The report on one screen: grader/run/brief.h and next.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "grader/base/text.h"
#include "played.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void nothing(void)
{
}

/* clang-format off */
#define LISTED(id, points, sentence) \
    &(const struct scenario){id, sentence, points, "Think of " id ".", "All of " id, nothing, false, false, "tests/lab-1/" id ".c", false}
/* clang-format on */

/* Enough of them to fill a screen if each had its line. */
#define TEN(name, points)                                                                          \
    LISTED(name "_0", points, name ": does 0"), LISTED(name "_1", points, name ": does 1"),        \
        LISTED(name "_2", points, name ": does 2"), LISTED(name "_3", points, name ": does 3"),    \
        LISTED(name "_4", points, name ": does 4"), LISTED(name "_5", points, name ": does 5"),    \
        LISTED(name "_6", points, name ": does 6"), LISTED(name "_7", points, name ": does 7"),    \
        LISTED(name "_8", points, name ": does 8"), LISTED(name "_9", points, name ": does 9")
static const struct scenario *const scenarios[] = {
    TEN("server", 1),
    TEN("room", 1),
    TEN("client", 1),
    TEN("rest", 7),
};
enum { SERVER = 0, ROOM = 10, CLIENT = 20, REST = 30, COUNT = 40 };
static const struct lab lab = {.name = "1-echo",
                               .handout = "handouts/en/1-echo.md",
                               .scenarios = scenarios,
                               .count = COUNT,
                               .tasks = 1,
                               .after = "lab 2: handouts/en/2-chat.md."};

static int set_up(void **state)
{
    struct played *run = played_new(&lab);
    assert_non_null(run);
    *state = run;
    return 0;
}

static void fails(struct played *run, size_t index, const char *cause, const char *story)
{
    run->results[index].status = FAILED;
    put(run->results[index].story, story);
    put(run->results[index].cause_id, cause);
    put(run->results[index].cause, cause);
}

static void is_not_begun(struct played *run, size_t first, size_t count, const char *function,
                         const char *file)
{
    for (size_t i = first; i < first + count; i++) {
        fails(run, i, "not-written", "Connection refused.");
        put(run->results[i].unwritten, function);
        put(run->results[i].unwritten_in, file);
    }
}

static void assert_has(const char *said, const char *words)
{
    if (strstr(said, words) == NULL)
        fail_msg("this is missing:\n%s\nfrom this:\n%s", words, said);
}

static void assert_lacks(const char *said, const char *words)
{
    if (strstr(said, words) != NULL)
        fail_msg("this should not be here:\n%s\nin this:\n%s", words, said);
}

static void assert_ends(const char *said, const char *words)
{
    size_t length = strlen(said);
    size_t tail = strlen(words);
    if (length < tail || strcmp(said + length - tail, words) != 0)
        fail_msg("this is not the end:\n%s\nof this:\n%s", words, said);
}

static size_t lines_of(const char *said)
{
    size_t lines = 0;
    for (; *said != '\0'; said++)
        lines += *said == '\n';
    return lines;
}

static void assert_at_most(const char *said, size_t lines, size_t columns)
{
    char line[1024];
    if (lines_of(said) > lines)
        fail_msg("%zu lines:\n%s", lines_of(said), said);
    for (const char *end; (end = strchr(said, '\n')) != NULL; said = end + 1) {
        snprintf(line, sizeof line, "%.*s", (int)(end - said), said);
        if (text_columns(line) > columns)
            fail_msg("%zu columns: %s", text_columns(line), line);
    }
}

static void test_a_run_that_passed_says_what_comes_next(void **state)
{
    static const char expected[] =
        "lab 1-echo · labs\n\n"
        "✓ server: 10 tests passed                                                  10/10\n"
        "✓ room: 10 tests passed                                                    10/10\n"
        "✓ client: 10 tests passed                                                  10/10\n"
        "✓ rest: 10 tests passed                                                    70/70\n"
        "\n"
        "next: try the question of \"Predict, then run\" in handouts/en/1-echo.md. Then lab\n"
        "      2: handouts/en/2-chat.md.\n"
        "\n40 passed in 0.9 s\n"
        "lab 1-echo: 100/100\n";
    assert_string_equal(played_tell(*state), expected);
}

static void test_a_failure_is_told_whole_at_the_end(void **state)
{
    static const char expected[] =
        "lab 1-echo · labs\n\n"
        "✗ server: 9 of 10 tests passed                                              9/10\n"
        "✓ room: 10 tests passed                                                    10/10\n"
        "✓ client: 10 tests passed                                                  10/10\n"
        "✓ rest: 10 tests passed                                                    70/70\n"
        "\n"
        "✗ server: does 3                                                             0/1\n"
        "    sent 5000 bytes; 32 came back.\n"
        "\n"
        "      client        server\n"
        "      send 5000 ──▶ recv(4, 32) = 32\n"
        "\n"
        "    one-bite\n"
        "    handouts/en/1-echo.md, \"All of server_3\"\n"
        "\n"
        "next: Think of server_3.\n"
        "      make lab-1 ONLY=server_3 BASE=solutions\n"
        "\n39 passed, 1 failed in 0.9 s\n"
        "lab 1-echo: 99/100\n";
    struct played *run = *state;
    fails(run, 3, "one-bite", "sent 5000 bytes; 32 came back.");
    put(run->results[3].ladder, "client        server\nsend 5000 ──▶ recv(4, 32) = 32\n");
    run->outcome.base = "solutions";
    played_tell(run);
    char *first = strchr(run->said, '\n'); /* names the base as well */
    assert_string_equal(first, strchr(expected, '\n'));
}

static void test_the_same_cause_is_told_once(void **state)
{
    struct played *run = *state;
    for (size_t i = CLIENT; i < CLIENT + 10; i++) {
        fails(run, i, "shared", "nothing came back.");
        run->results[i].peers = i == CLIENT + 5 ? 2 : 50;
    }
    const char *said = played_tell(run);
    assert_has(said, "✗ client: does 5  ");
    assert_has(said, "    the same: client_0, client_1, client_2, client_3, client_4, client_6,\n"
                     "    client_7, client_8, client_9\n");
    assert_int_equal(lines_of(said), 19);
}

static void test_other_failures_are_told_before_it(void **state)
{
    struct played *run = *state;
    fails(run, SERVER, "first-cause", "nothing came back.");
    fails(run, CLIENT, "second-cause", "nothing came back.");
    fails(run, CLIENT + 1, "second-cause", "nothing came back.");
    fails(run, REST, "", "expected:\n  [1] abc\nreceived:\n  [1] abd");
    const char *said = played_tell(run);
    assert_has(said, "✗ client: does 0, and 1 more                                                 "
                     "0/2\n"
                     "    client_0, client_1\n"
                     "    second-cause\n"
                     "✗ rest: does 0                                                               "
                     "0/7\n"
                     "    rest_0\n"
                     "    expected:\n"
                     "      [1] abc\n"
                     "    received:\n"
                     "      [1] abd\n"
                     "\n"
                     "✗ server: does 0");
}

static void test_a_file_that_is_not_begun_takes_a_line(void **state)
{
    struct played *run = *state;
    is_not_begun(run, ROOM, 10, "room_open", "labs/1-echo/room.c");
    const char *said = played_tell(run);
    assert_has(said, "· room: 10 tests, not begun                                                 "
                     "0/10\n");
    assert_lacks(said, "refused");
    assert_ends(said, "\n"
                      "next: write room_open in labs/1-echo/room.c: the comments in it and the "
                      "header\n      say what it must do (handouts/en/1-echo.md, \"Steps\").\n"
                      "      make lab-1\n"
                      "\n30 passed, 10 not begun in 0.9 s\nlab 1-echo: 90/100\n");
    assert_at_most(said, 13, 80);
}

static void test_functions_that_are_not_begun_take_a_line_each(void **state)
{
    struct played *run = *state;
    is_not_begun(run, SERVER + 1, 9, "serve", "labs/1-echo/serve.c");
    is_not_begun(run, CLIENT, 1, "echo_ask", "");
    fails(run, REST, "cause", "nothing came back.");
    const char *said = played_tell(run);
    assert_has(said, "· serve: 9 tests, not begun (labs/1-echo/serve.c)                            "
                     "0/9\n"
                     "· echo_ask: 1 test, not begun                                                "
                     "0/1\n"
                     "\n"
                     "✗ rest: does 0");
    assert_has(said, "next: Think of rest_0.\n"); /* what is begun comes first */
}

/* What is to be typed plays the same tests again. */
static void test_what_is_not_begun_is_played_again_with_its_step(void **state)
{
    struct played *run = *state;
    run->outcome.step = 2;
    is_not_begun(run, ROOM, 10, "room_open", "labs/1-echo/room.c");
    assert_has(played_tell(run), "\"Steps\").\n      make lab-1 STEP=2\n");
}

/* Lab 1's page explains no zombies: that of lab 3 does. */
static void test_a_section_of_another_lab_is_told_with_its_page(void **state)
{
    struct played *run = *state;
    fails(run, SERVER, "children-never-reaped", "nothing came back.");
    assert_has(played_tell(run), "\n    handouts/en/3-fork.md, \"Zombies\"\n");
}

/* Every test for a reason of its own, with a story and a picture: still one screen. */
static void test_it_fits_into_sixty_lines(void **state)
{
    struct played *run = *state;
    for (size_t i = 0; i < COUNT; i++) {
        char cause[40];
        snprintf(cause, sizeof cause, "cause-%zu", i);
        fails(run, i, cause, "1\n2\n3\n4\n5\n6\n7\n8\n9\n10");
        for (size_t k = 0; k < 40; k++)
            strcat(run->results[i].ladder, "connect ───▶ accept\n");
    }
    const char *said = played_tell(run);
    assert_at_most(said, REPORT_LINES, 80);
    assert_true(lines_of(said) > REPORT_LINES - 5);
    assert_has(said, "more failures; V=1 tells everything\n");
    assert_has(said, "rows left out");
    assert_has(said, "    9\n    10\n\n      connect");
}

/* The picture has a gap already, in whatever place. */
static void test_what_is_left_out_is_one_gap(void **state)
{
    (void)state;
    for (size_t gap = 0; gap < 80; gap++) {
        struct played *run = played_new(&lab);
        assert_non_null(run);
        fails(run, SERVER, "cause", "story");
        for (size_t k = 0; k < 80; k++)
            strcat(run->results[SERVER].ladder, k == gap ? "⋮ 7 rows left out\n" : "connect\n");
        assert_null(strstr(played_tell(run), "left out\n      ⋮"));
        void *again = run;
        played_free(&again);
    }
}

static void test_it_has_as_many_columns_as_it_is_given(void **state)
{
    static const size_t widths[] = {60, 73, 80, 100};
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        set_up(state);
        struct played *run = *state;
        struct text words = {0};
        for (size_t k = 1; k < 400; k++)
            text_add(&words, "%s", k % 9 ? "é" : " ");
        fails(run, REST, words.start, words.start);
        fails(run, CLIENT, "", words.start);
        is_not_begun(run, ROOM, 10, "room_open", "labs/1-echo/room.c");
        run->report.width = widths[i];
        assert_at_most(played_tell(run), REPORT_LINES, widths[i]);
        text_free(&words);
        if (i + 1 < sizeof widths / sizeof widths[0])
            played_free(state);
    }
}

static void test_a_lab_below_that_is_broken_comes_first(void **state)
{
    struct played *run = *state;
    fails(run, SERVER, "cause", "nothing came back.");
    run->outcome.broken = "1-echo";
    assert_has(played_tell(run), "\nnext: mend lab 1-echo first, as said above.\n\n");
}

static void test_without_a_score_nothing_comes_next(void **state)
{
    struct played *run = *state;
    run->results[0].status = GRADER_FAULT;
    const char *said = played_tell(run);
    assert_has(said, "! server: does 0");
    assert_lacks(said, "next:");
    assert_ends(said, "lab 1-echo: no score: the autograder failed in 1 test, marked ! above\n");
}

static void test_what_is_out_or_not_earned_is_told(void **state)
{
    struct played *run = *state;
    run->results[0].status = OUT;
    run->results[1].status = NOT_EARNED;
    put(run->results[1].story, "the program never slept.");
    const char *said = played_tell(run);
    assert_has(said, "✗ server: 8 of 9 tests passed, 1 out                                        "
                     " 8/9\n");
    assert_has(said, "? server: does 1                                                            "
                     " 0/1\n    the program never slept.\n");
    assert_ends(said, "lab 1-echo: 98/99 (1 point cannot be tested on this machine)\n");
}

static void test_what_comes_from_the_program_is_harmless(void **state)
{
    struct played *run = *state;
    is_not_begun(run, ROOM, 9, "\033[2J", "\a");
    fails(run, SERVER, "\033[2J", "\033[2J");
    assert_null(strpbrk(played_tell(run), "\033\a"));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, played_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_run_that_passed_says_what_comes_next),
        TEST(test_a_failure_is_told_whole_at_the_end),
        TEST(test_the_same_cause_is_told_once),
        TEST(test_other_failures_are_told_before_it),
        TEST(test_a_file_that_is_not_begun_takes_a_line),
        TEST(test_functions_that_are_not_begun_take_a_line_each),
        TEST(test_what_is_not_begun_is_played_again_with_its_step),
        TEST(test_a_section_of_another_lab_is_told_with_its_page),
        TEST(test_it_fits_into_sixty_lines),
        cmocka_unit_test(test_what_is_left_out_is_one_gap),
        cmocka_unit_test_teardown(test_it_has_as_many_columns_as_it_is_given, played_free),
        TEST(test_a_lab_below_that_is_broken_comes_first),
        TEST(test_without_a_score_nothing_comes_next),
        TEST(test_what_is_out_or_not_earned_is_told),
        TEST(test_what_comes_from_the_program_is_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
