/* What a person reads: grader/run/report.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "grader/base/text.h"
#include "played.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void short_message(void)
{
}

static void long_message(void)
{
}

static void binary(void)
{
}

static void no_leak(void)
{
}

enum { COUNT = 4 };

static const struct scenario *const scenarios[COUNT] = {
    ENTRY(short_message, 8, "echoes one message", "Send back what arrives.", "The echo"),
    ENTRY(long_message, 6, "echoes a message longer than one recv",
          "One recv is one bite of the stream, not one message: go on until it returns 0.",
          "A stream has no messages"),
    ENTRY(binary, 6, "echoes binary bytes", "A byte may be 0.", "Bytes"),
    VALGRIND_ENTRY(no_leak, 80, "leaves no memory, no descriptor and no process behind when it is",
                   "Close what you open.", "Close"),
};
static const struct lab lab = {.name = "1-echo",
                               .handout = "handouts/en/1-echo.md",
                               .scenarios = scenarios,
                               .count = COUNT,
                               .tasks = 1};

static int set_up(void **state)
{
    struct played *run = played_new(&lab);
    assert_non_null(run);
    run->report.detailed = true;
    *state = run;
    return 0;
}

static void set(struct played *run, size_t index, enum status status, const char *story)
{
    run->results[index].status = status;
    put(run->results[index].story, story);
}

static void assert_has(const char *said, const char *words)
{
    if (!strstr(said, words))
        fail_msg("this is missing:\n%s\nfrom this:\n%s", words, said);
}

static void assert_lacks(const char *said, const char *words)
{
    if (strstr(said, words))
        fail_msg("this should not be here:\n%s\nin this:\n%s", words, said);
}

static void assert_ends(const char *said, const char *words)
{
    size_t length = strlen(said), tail = strlen(words);
    if (length < tail || strcmp(said + length - tail, words) != 0)
        fail_msg("this is not the end:\n%s\nof this:\n%s", words, said);
}

static void test_a_run_that_passed_is_a_list_and_a_score(void **state)
{
    static const char expected[] =
        "lab 1-echo · labs\n\n"
        "✓ echoes one message                                                         8/8\n"
        "✓ echoes a message longer than one recv                                      6/6\n"
        "✓ echoes binary bytes                                                        6/6\n"
        "✓ leaves no memory, no descriptor and no process behind when it is         80/80\n"
        "\n4 passed in 0.9 s\n"
        "lab 1-echo: 100/100\n";
    assert_string_equal(played_tell(*state), expected);
}

static void test_every_failure_is_told_whole(void **state)
{
    static const char expected[] =
        "✗ echoes a message longer than one recv                                      0/6\n"
        "    sent 5000 bytes; 32 came back.\n"
        "\n"
        "      client        server\n"
        "      send 5000 ──▶ recv(4, 32) = 32\n"
        "\n"
        "    recv was called once.\n"
        "    One recv is one bite of the stream, not one message: go on until it returns\n"
        "    0.\n"
        "    handouts/en/1-echo.md, \"A stream has no messages\"\n"
        "    again: make lab-1 ONLY=long_message\n"
        "✓ echoes binary bytes";
    struct played *run = *state;
    set(run, 1, FAILED, "sent 5000 bytes; 32 came back.");
    put(run->results[1].ladder, "client        server\nsend 5000 ──▶ recv(4, 32) = 32\n");
    put(run->results[1].cause, "recv was called once.");
    const char *said = played_tell(run);
    assert_has(said, expected);
    assert_ends(said, "\n3 passed, 1 failed in 0.9 s\nlab 1-echo: 94/100\n");
}

static void test_what_is_not_earned_is_told_and_counts(void **state)
{
    struct played *run = *state;
    set(run, 1, NOT_EARNED, "the program never asked for a second address.");
    set(run, 2, NOT_EARNED, "the program never slept.");
    const char *said = played_tell(run);
    assert_has(said, "? echoes a message longer than one recv                                      "
                     "0/6\n"
                     "    the program never asked for a second address.\n"
                     "    What cannot be tested because of the program earns no points.\n"
                     "    again: make lab-1 ONLY=long_message\n"
                     "? echoes binary bytes                                                        "
                     "0/6\n"
                     "    the program never slept.\n"
                     "    again: make lab-1 ONLY=binary\n");
    assert_ends(said, "\nnext: begin with \"echoes a message longer than one recv\".\n"
                      "      make lab-1 ONLY=long_message\n"
                      "\n2 passed, 2 not earned in 0.9 s\nlab 1-echo: 88/100\n");
}

/* 92 of 98 is told as such, and not as 93 of 100. */
static void test_what_is_out_is_told_once_on_top(void **state)
{
    static const char expected[] =
        "lab 1-echo · labs\n\n"
        "This machine cannot run 3 tests (20 points), not with the reference either. They\n"
        "are out for everybody, and nobody loses points by it:\n"
        "    short_message, binary\n"
        "        its descriptors cannot be seen.\n"
        "    long_message\n"
        "        there is no IPv6.\n"
        "    In Docker: docker run --cap-add=SYS_PTRACE\n"
        "\n"
        "- echoes one message                                                         out\n"
        "- echoes a message longer than one recv                                      out\n"
        "- echoes binary bytes                                                        out\n"
        "✓ leaves no memory, no descriptor and no process behind when it is         80/80\n"
        "\n1 passed, 3 out in 0.9 s\n"
        "lab 1-echo: 80/80 (20 points cannot be tested on this machine)\n";
    struct played *run = *state;
    set(run, 0, OUT, "its descriptors cannot be seen.");
    set(run, 1, OUT, "there is no IPv6.");
    set(run, 2, OUT, "its descriptors cannot be seen.");
    run->outcome.machine = "In Docker: docker run --cap-add=SYS_PTRACE\n";
    assert_string_equal(played_tell(run), expected);
}

static void test_one_that_is_out_is_told_as_one(void **state)
{
    struct played *run = *state;
    set(run, 0, OUT, "1\n2\n3\n4\n5\n6");
    set(run, 1, FAILED, "nothing came back.");
    const char *said = played_tell(run);
    assert_has(said, "cannot run 1 test (8 points), not with the reference either. It");
    assert_has(said, "        5\n        6\n\n- ");
    assert_ends(said, "lab 1-echo: 86/92 (8 points cannot be tested on this machine)\n");
}

static void test_a_machine_that_can_do_nothing_gives_no_score(void **state)
{
    struct played *run = *state;
    for (size_t i = 0; i < COUNT; i++)
        set(run, i, OUT, "no loopback");
    assert_ends(played_tell(run),
                "\nlab 1-echo: no score: this machine can run none of the tests\n");
}

/* Neither full marks nor a zero, and no number to take for one. */
static void test_a_fault_leaves_no_score(void **state)
{
    struct played *run = *state;
    set(run, 1, GRADER_FAULT, "fork: Resource temporarily unavailable");
    set(run, 2, GRADER_FAULT, "fork: Resource temporarily unavailable");
    const char *said = played_tell(run);
    assert_has(said,
               "! echoes a message longer than one recv                             "
               "grader fault\n"
               "    fork: Resource temporarily unavailable\n"
               "    This is a fault of the autograder, not yours. It gives no points and takes\n");
    assert_has(said, "    again: make lab-1 ONLY=long_message\n");
    assert_ends(said, "\n2 passed, 2 faults of the autograder in 0.9 s\n"
                      "lab 1-echo: no score: the autograder failed in 2 tests, marked ! above\n");
    assert_lacks(said, "/100");
}

static void test_a_fault_of_all_is_one_line(void **state)
{
    struct played *run = *state;
    run->outcome.results = NULL;
    run->outcome.fault = "the kernel is too old";
    report_fault(&run->report, &run->outcome);
    assert_string_equal(run->said, "lab 1-echo: no score: the kernel is too old\n");
}

static void test_a_part_of_the_lab_is_not_scored_as_the_lab(void **state)
{
    struct played *run = *state;
    for (size_t i = 0; i < COUNT; i++)
        run->results[i].status = i == 2 ? PASSED : NOT_RUN;
    const char *said = played_tell(run);
    assert_lacks(said, "echoes one message");
    assert_ends(said, "lab 1-echo: 6/6 of the tests that ran (1 of 4)\n");

    run->results[0].status = FAILED;
    report_end(&run->report, &run->outcome);
    assert_ends(run->said, "lab 1-echo: 6/14 of the tests that ran (2 of 4)\n");

    run->results[3].status = OUT;
    report_end(&run->report, &run->outcome);
    assert_ends(run->said, "lab 1-echo: 6/14 of the tests that ran (2 of 3) (80 points cannot be "
                           "tested on this machine)\n");

    run->results[0].status = run->results[2].status = run->results[3].status = NOT_RUN;
    report_end(&run->report, &run->outcome);
    assert_ends(run->said, "lab 1-echo: no score: no test ran\n");
}

static void test_a_step_that_passed_names_the_next_one(void **state)
{
    static const struct step_of_lab steps[] = {{"the echo", 2}, {"all bytes", 2}};
    struct lab stepped = lab;
    struct played *run = *state;
    stepped.steps = steps;
    stepped.step_count = 2;
    run->outcome.lab = &stepped;
    run->outcome.step = 1;
    run->report.detailed = false;
    run->results[2].status = run->results[3].status = NOT_RUN;
    assert_has(played_tell(run), "next: step 2: all bytes (handouts/en/1-echo.md, \"Steps\").\n"
                                 "      make lab-1 STEP=2\n");
    run->outcome.lab = &lab; /* `stepped` ends here */
}

static void test_the_command_names_the_trees(void **state)
{
    struct played *run = *state;
    set(run, 0, FAILED, "nothing came back.");
    set(run, 1, FAILED, "half of it came back.");
    run->outcome.base = "solutions";
    assert_has(played_tell(run), "again: make lab-1 ONLY=long_message BASE=solutions\n");
    assert_has(run->said, "lab 1-echo · labs, on the labs below from solutions\n\n");
    run->outcome.source = run->outcome.base;
    assert_has(played_tell(run), "again: make lab-1 ONLY=long_message SRC=solutions\n");
    run->outcome.source = "class/Ann O'Hara $1";
    assert_has(played_tell(run),
               "ONLY=long_message SRC='class/Ann O'\\''Hara $1' BASE=solutions\n");
    run->outcome.source = "a\033[2J\nb";
    assert_has(played_tell(run), "lab 1-echo · a\\e[2J\\nb, on");
}

/* Lines to be typed or looked up are never broken inside, but one by one. */
static void test_advice_too_long_for_a_line_takes_two(void **state)
{
    struct played *run = *state;
    run->outcome.source = run->outcome.base = "a/tree/that/has/a/rather/long/name";
    set(run, 1, FAILED, "nothing came back.");
    assert_has(played_tell(run), "    handouts/en/1-echo.md, \"A stream has no messages\"\n"
                                 "    again: make lab-1 ONLY=long_message "
                                 "SRC=a/tree/that/has/a/rather/long/name\n");
}

static void test_no_line_is_wider_than_100_columns(void **state)
{
    struct played *run = *state;
    for (size_t i = 0; i < COUNT; i++) {
        struct text words = {0};
        for (size_t j = 1; j < 800; j++)
            text_add(&words, "%s", j % (20 + 30 * i) ? "é" : " ");
        set(run, i, i < 2 ? FAILED : i == 2 ? OUT : GRADER_FAULT, words.start);
        put(run->results[i].cause, words.start);
        text_free(&words);
    }
    char *rest = NULL;
    played_tell(run);
    for (char *line = strtok_r(run->said, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        if (text_columns(line) > 100)
            fail_msg("%zu columns: %s", text_columns(line), line);
}

static void test_what_a_result_holds_is_made_harmless(void **state)
{
    struct played *run = *state;
    set(run, 0, FAILED, "it said \033[2J\xFF");
    put(run->results[0].ladder, "\033]0;title\a");
    memset(run->results[0].cause, 'x', sizeof run->results[0].cause); /* no zero at its end */
    const char *said = played_tell(run);
    assert_has(said, "    it said \\e[2J\\xff\n");
    assert_has(said, "      \\e]0;title\\x07\n");
    assert_null(strchr(said, '\033'));
}

static void test_colour_is_used_when_it_is_wanted(void **state)
{
    struct played *run = *state;
    run->report.colour = true;
    set(run, 1, FAILED, "nothing came back.");
    set(run, 0, OUT, "");
    set(run, 2, NOT_EARNED, "");
    set(run, 3, GRADER_FAULT, "");
    const char *said = played_tell(run);
    assert_has(said, "\033[31m✗\033[0m echoes");
    assert_has(said, "\033[31m?\033[0m echoes");
    assert_has(said, "\033[2m-\033[0m echoes");
    assert_has(said, "\033[33mThis machine cannot run 1 test");
    assert_has(said, "\033[33m!\033[0m leaves");
    assert_has(said, "\033[2m    handouts/en");
    assert_has(said, "ONLY=long_message\033[0m\n");
    assert_ends(said, "\n\033[1mlab 1-echo: no score: the autograder failed in 1 test, marked ! "
                      "above\033[0m\n");
    set(run, 3, PASSED, "");
    set(run, 0, PASSED, "");
    said = played_tell(run);
    assert_has(said, "\033[32m✓\033[0m echoes");
    assert_ends(said, "\n\033[1mlab 1-echo: 88/100\033[0m\n");
}

static void test_without_colour_nothing_is_escaped(void **state)
{
    struct played *run = *state;
    set(run, 1, FAILED, "nothing came back.");
    set(run, 2, GRADER_FAULT, "no memory");
    assert_null(strchr(played_tell(run), '\033'));
}

static void test_programs_not_built_are_told_as_such(void **state)
{
    struct played *run = *state;
    run->outcome.results = NULL;
    report_not_built(&run->report, &run->outcome);
    assert_string_equal(run->said, "\nThe programs could not be built: what is wrong stands above. "
                                   "Begin with the first one.\nlab 1-echo: 0/100\n");
}

static FILE *open_terminal(int *master)
{
    *master = posix_openpt(O_RDWR | O_NOCTTY);
    if (*master < 0 || grantpt(*master) < 0 || unlockpt(*master) < 0)
        return NULL;
    const char *name = ptsname(*master);
    int fd = name ? open(name, O_RDWR | O_NOCTTY) : -1;
    return fd >= 0 ? fdopen(fd, "w") : NULL;
}

static void test_colour_is_wanted_on_terminals_alone(void **state)
{
    (void)state;
    int master = -1;
    FILE *terminal = open_terminal(&master);
    FILE *file = tmpfile();
    assert_non_null(terminal);
    assert_non_null(file);
    unsetenv("NO_COLOR");
    setenv("TERM", "xterm", 1);
    assert_true(report_wants_colour(terminal));
    assert_false(report_wants_colour(file));
    setenv("NO_COLOR", "", 1);
    assert_true(report_wants_colour(terminal));
    setenv("NO_COLOR", "1", 1);
    assert_false(report_wants_colour(terminal));
    unsetenv("NO_COLOR");
    setenv("TERM", "dumb", 1);
    assert_false(report_wants_colour(terminal));
    unsetenv("TERM");
    assert_false(report_wants_colour(terminal));
    fclose(file);
    fclose(terminal);
    close(master);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, played_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_run_that_passed_is_a_list_and_a_score),
        TEST(test_every_failure_is_told_whole),
        TEST(test_what_is_not_earned_is_told_and_counts),
        TEST(test_what_is_out_is_told_once_on_top),
        TEST(test_one_that_is_out_is_told_as_one),
        TEST(test_a_machine_that_can_do_nothing_gives_no_score),
        TEST(test_a_fault_leaves_no_score),
        TEST(test_a_fault_of_all_is_one_line),
        TEST(test_a_part_of_the_lab_is_not_scored_as_the_lab),
        TEST(test_a_step_that_passed_names_the_next_one),
        TEST(test_the_command_names_the_trees),
        TEST(test_advice_too_long_for_a_line_takes_two),
        TEST(test_no_line_is_wider_than_100_columns),
        TEST(test_what_a_result_holds_is_made_harmless),
        TEST(test_colour_is_used_when_it_is_wanted),
        TEST(test_without_colour_nothing_is_escaped),
        TEST(test_programs_not_built_are_told_as_such),
        cmocka_unit_test(test_colour_is_wanted_on_terminals_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
