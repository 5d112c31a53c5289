/* The command line of the grader: grader/run/options.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "grader/base/settings.h"
#include "grader/run/options.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void nothing(void)
{
}

static const struct scenario *const scenarios[] = {
    &(const struct scenario){"one_message", "does one", 50, "Hint 1.", "One", nothing, false, false,
                             "tests/lab-1/server_echoes.c", false},
    &(const struct scenario){"long_message", "does two", 30, "Hint 2.", "Two", nothing, false,
                             false, "tests/lab-1/server_turns.c", false},
    &(const struct scenario){"no_leak", "does three", 20, "Hint 3.", "Three", nothing, true, true,
                             "tests/lab-1/client.c", true},
};
static const struct lab lab = {.name = "1-echo",
                               .handout = "handouts/en/1-echo.md",
                               .scenarios = scenarios,
                               .count = 3,
                               .tasks = 7};
static const struct lab *const all[] = {&lab};

enum { MOST = 16 };

/* WORDS (the last one NULL) as main() gets them; a later call overwrites them. */
static int as_arguments(char **arguments, const char *const *words)
{
    static char copies[MOST][80];
    int count = 0;
    arguments[count++] = (char *)"grader";
    for (; words[count - 1] != NULL; count++) {
        snprintf(copies[count], sizeof copies[count], "%s", words[count - 1]);
        arguments[count] = copies[count];
    }
    arguments[count] = NULL;
    return count;
}

#define READ(options, ...) read_words_of(options, (const char *const[]){__VA_ARGS__, NULL})

static void read_words_of(struct options *options, const char *const *words)
{
    char *arguments[MOST + 2];
    int count = as_arguments(arguments, words);
    optind = 0; /* getopt_long(3): begin anew */
    *options = (struct options){0};
    settings = (struct settings){.source = "labs"};
    read_options(options, all, 1, count, arguments);
}

#define assert_wrong(said, ...)                                                                    \
    assert_ends_with(USAGE, said, (const char *const[]){__VA_ARGS__, NULL})

/* The grader ends with STATUS and one line on standard error, which says WORDS. */
static void assert_ends_with(int expected, const char *words, const char *const *typed)
{
    struct options options;
    char said[4096] = "";
    int status = 0;
    FILE *file = tmpfile();
    assert_non_null(file);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(fileno(file), STDERR_FILENO);
        read_words_of(&options, typed);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    rewind(file);
    said[fread(said, 1, sizeof said - 1, file)] = '\0';
    fclose(file);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), expected);
    if (strstr(said, words) == NULL)
        fail_msg("it does not say \"%s\", but: %s", words, said);
    assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
}

static void test_what_is_not_given_is_none(void **state)
{
    (void)state;
    struct options options;
    READ(&options, "--lab", "1");
    assert_ptr_equal(options.lab, &lab);
    assert_int_equal(options.reference, NONE);
    assert_int_equal(options.not_built, NONE);
    assert_int_equal(options.json, NONE);
    assert_int_equal(options.junit, NONE);
    assert_int_equal(options.score, NONE);
    assert_int_equal(options.debug, NONE);
    assert_true(options.jobs > 0);
    assert_int_equal(settings.tries, 0);
    assert_null(settings.scratch);
    assert_int_equal(settings.tasks, 7);
    assert_string_equal(settings.base, "labs");
    for (size_t i = 0; i < 3; i++)
        assert_true(is_wanted(&options, scenarios[i]));
}

static void test_values_arrive(void **state)
{
    (void)state;
    struct options options;
    READ(&options, "--lab", "1", "--tries", "3", "--jobs", "5", "--scratch", "/usr/..");
    assert_int_equal(settings.tries, 3);
    assert_int_equal(options.jobs, 5);
    assert_string_equal(settings.scratch, "/");
    free((char *)settings.scratch);
    READ(&options, "--lab", "1", "--patience", "2.5", "--source", "a", "--base", "b");
    assert_true(settings.patience == 2.5);
    assert_string_equal(settings.source, "a");
    assert_string_equal(settings.base, "b");
}

static void test_a_sanitizer_is_wanted_for_who_needs_it(void **state)
{
    (void)state;
    struct options options;
    READ(&options, "--lab", "1", "--sanitizer");
    assert_true(options.sanitizer);
    assert_true(is_sanitizer_wanted(&options));
    READ(&options, "--lab", "1", "--sanitizer", "--only", "one_message,no_leak");
    assert_true(is_sanitizer_wanted(&options));
    READ(&options, "--lab", "1", "--sanitizer", "--only", "one_message,long_message");
    assert_false(is_sanitizer_wanted(&options));
}

static void test_several_tests_can_be_wanted(void **state)
{
    (void)state;
    struct options options;
    READ(&options, "--lab", "1", "--only", "no_leak,one_message");
    assert_true(is_wanted(&options, scenarios[0]));
    assert_false(is_wanted(&options, scenarios[1]));
    assert_true(is_wanted(&options, scenarios[2]));
    READ(&options, "--lab", "1", "--only", "long_message, no_leak");
    assert_false(is_wanted(&options, scenarios[0]));
    assert_true(is_wanted(&options, scenarios[1]));
    assert_true(is_wanted(&options, scenarios[2]));
}

static void test_groups_can_be_wanted(void **state)
{
    (void)state;
    struct options options;
    READ(&options, "--lab", "1", "--only", "server");
    assert_true(is_wanted(&options, scenarios[0]));
    assert_true(is_wanted(&options, scenarios[1]));
    assert_false(is_wanted(&options, scenarios[2]));
    READ(&options, "--lab", "1", "--only", "client,server_turns");
    assert_false(is_wanted(&options, scenarios[0]));
    assert_true(is_wanted(&options, scenarios[1]));
    assert_true(is_wanted(&options, scenarios[2]));
    assert_wrong("no test \"servers\"; did you mean server? (", "--lab", "1", "--only", "servers");
}

static void test_a_test_that_is_not_there_is_one_line(void **state)
{
    (void)state;
    assert_wrong("grader: lab 1-echo has no test \"long_mesage\"; did you mean long_message? "
                 "(make list-1 lists them)\n",
                 "--lab", "1", "--only", "long_mesage");
    assert_wrong("no test \"fork_fails\" (make list-1", "--lab", "1", "--only",
                 "no_leak,fork_fails");
    assert_wrong("no test \"\"", "--lab", "1", "--only", "");
    assert_wrong("no test \"\"", "--lab", "1", "--only", ",no_leak");
    assert_wrong("no test \"\\e[2J\"", "--lab", "1", "--only", "\033[2J");
}

static void test_a_descriptor_is_not_handed_on(void **state)
{
    (void)state;
    struct options options;
    char number[16];
    int fd = dup(STDERR_FILENO);
    assert_true(fd > 2);
    assert_int_equal(fcntl(fd, F_GETFD), 0);
    snprintf(number, sizeof number, "%d", fd);
    READ(&options, "--lab", "1", "--json-fd", number);
    assert_int_equal(options.json, fd);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    READ(&options, "--lab", "1", "--reference", number, "--not-built", number);
    assert_int_equal(options.reference, fd);
    assert_int_equal(options.not_built, fd);
    READ(&options, "--lab", "1", "--junit-fd", number, "--score-fd", number);
    assert_int_equal(options.junit, fd);
    assert_int_equal(options.score, fd);
    assert_wrong("a part of the lab has no score", "--lab", "1", "--score-fd", number, "--smoke");
    close(fd);
    assert_wrong("this descriptor is not open: 999", "--lab", "1", "--json-fd", "999");
    static const char *const wrong[] = {"", "2", "-1", "x", "7x", "99999999999999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_wrong("not the number of a descriptor above 2", "--lab", "1", "--json-fd", wrong[i]);
}

static void test_a_debugger_is_for_one_test(void **state)
{
    (void)state;
    struct options options;
    char fd[16];
    snprintf(fd, sizeof fd, "%d", dup(STDERR_FILENO));
    READ(&options, "--lab", "1", "--only", "long_message", "--debug-fd", fd);
    assert_true(options.debug > 2);
    assert_wrong("a debugger is for one test", "--lab", "1", "--debug-fd", fd);
    assert_wrong("a debugger is for one test", "--lab", "1", "--debug-fd", fd, "--only",
                 "long_message,one_message");
    assert_wrong("no test \"long\"", "--lab", "1", "--debug-fd", fd, "--only", "long");
    assert_wrong("not for a test under valgrind", "--lab", "1", "--debug-fd", fd, "--only",
                 "no_leak");
    close(options.debug);
}

static void test_what_makes_no_sense_is_one_line(void **state)
{
    (void)state;
    assert_wrong("missing: --lab", "--smoke");
    assert_wrong("no such lab: 9", "--lab", "9");
    assert_wrong("unexpected argument: 1", "1");
    assert_wrong("unrecognized option", "--labs", "1");
    assert_wrong("--jobs must be a number above 0", "--lab", "1", "--jobs", "0");
    assert_wrong("--tries must be a number", "--lab", "1", "--tries", "-1");
    assert_wrong("--patience must be a number above 0", "--lab", "1", "--patience", "nan");
    assert_wrong("--scratch: no such folder", "--lab", "1", "--scratch", "/no/such");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_not_given_is_none),
        cmocka_unit_test(test_values_arrive),
        cmocka_unit_test(test_a_sanitizer_is_wanted_for_who_needs_it),
        cmocka_unit_test(test_several_tests_can_be_wanted),
        cmocka_unit_test(test_groups_can_be_wanted),
        cmocka_unit_test(test_a_test_that_is_not_there_is_one_line),
        cmocka_unit_test(test_a_descriptor_is_not_handed_on),
        cmocka_unit_test(test_a_debugger_is_for_one_test),
        cmocka_unit_test(test_what_makes_no_sense_is_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
