/* Scenarios that pass, fail and break, all in one run: grader/run/run.h. */
#include "fixture.h"

#include "grader/base/settings.h"
#include "grader/observe/procfs.h"
#include "grader/run/run.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void passes(void)
{
    assert_true(true);
}

static void fails(void)
{
    fail_because(EXPECT_OTHER, "%s", "one and one is not three");
}

static void is_not_tested(void)
{
    not_tested("there was %d to see", 0);
}

static void has_a_fault(void)
{
    errno = EMFILE;
    grader_fault("socket");
}

static void crashes(void)
{
    raise(SIGSEGV);
}

static void is_killed(void)
{
    raise(SIGKILL);
}

static void asserts(void)
{
    printf("before it fails\n");
    assert_int_equal(1, 2);
}

static void exits_early(void)
{
    exit(0);
}

/* Somebody who cannot be asked to go, in a session of its own, and whose parent has gone. */
static void leave_a_daemon(void)
{
    if (fork() == 0) {
        setsid();
        signal(SIGTERM, SIG_IGN);
        if (fork() == 0)
            for (;;)
                pause();
        _exit(0);
    }
}

static void leaves_processes(void)
{
    leave_a_daemon();
}

static void leaves_processes_and_fails(void)
{
    leave_a_daemon();
    fail_because(EXPECT_OTHER, "left");
}

static void leaves_processes_and_is_killed(void)
{
    leave_a_daemon();
    raise(SIGKILL);
}

static void leaves_files(void)
{
    FILE *file = fopen("file", "w");
    assert_non_null(file);
    fclose(file);
}

/* How often a test has been played so far, this time included: memory that all processes share. */
struct plays {
    int once, late, faulty;
};
static struct plays *plays;

static void is_a_fault_once(void)
{
    if (plays->once++ == 0)
        grader_fault("socket");
}

static void is_late(void)
{
    if (plays->late++ < 2)
        fail_because(EXPECT_OTHER, "late");
}

static void is_always_a_fault(void)
{
    plays->faulty++;
    grader_fault("socket");
}

static void waits_for_ever(void)
{
    leave_a_daemon();
    kill(getppid(), SIGTERM);
    for (;;)
        pause();
}

static const struct scenario *const scenarios[] = {
    ENTRY(passes, 1, "p", "h", "s"),
    ENTRY(fails, 1, "f", "h", "s"),
    ENTRY(is_not_tested, 1, "n", "h", "s"),
    ENTRY(has_a_fault, 1, "g", "h", "s"),
    ENTRY(crashes, 1, "c", "h", "s"),
    ENTRY(is_killed, 1, "k", "h", "s"),
    ENTRY(asserts, 1, "a", "h", "s"),
    ENTRY(exits_early, 1, "e", "h", "s"),
    ENTRY(leaves_processes, 1, "l", "h", "s"),
    VALGRIND_ENTRY(leaves_processes_and_fails, 1, "lf", "h", "s"),
    ENTRY(leaves_processes_and_is_killed, 1, "lk", "h", "s"),
    ENTRY(leaves_files, 1, "lf", "h", "s"),
    ENTRY(waits_for_ever, 1, "w", "h", "s"),
};
enum { COUNT = sizeof scenarios / sizeof scenarios[0], ALL_THAT_END = COUNT - 1 };

static const struct scenario *const again_scenarios[] = {
    ENTRY(is_a_fault_once, 1, "o", "h", "s"), ENTRY(is_late, 1, "l", "h", "s"),
    ENTRY(passes, 1, "p", "h", "s"),          ENTRY(is_always_a_fault, 1, "f", "h", "s"),
    ENTRY(has_a_fault, 1, "g", "h", "s"),
};
enum { ONCE, LATE_ONE, PASSING, FAULTY, FAULTY_TOO, AGAIN };
static const struct lab again = {.name = "1-run", .scenarios = again_scenarios, .count = AGAIN};

static const struct lab lab = {.name = "1-run", .scenarios = scenarios, .count = COUNT};
static struct result *results;
static size_t order[COUNT];
static size_t finished;

static bool ends(const struct scenario *scenario, void *argument)
{
    (void)argument;
    return scenario->run != waits_for_ever;
}

static bool is_everything(const struct scenario *scenario, void *argument)
{
    (void)argument;
    return scenario->run != NULL;
}

static void note_order(size_t index, void *argument)
{
    (void)argument;
    order[finished++] = index;
}

/* One run for all tests, in a directory of its own. */
static int run_all(void **state)
{
    (void)state;
    static char place[] = "/tmp/sockladder-run.XXXXXX";
    read_settings();
    settings.programs = mkdtemp(place);
    results = run_results(COUNT);
    if (settings.programs == NULL || results == NULL)
        return -1;
    return run_scenarios(&lab, results, 3, ends, note_order, NULL) ? 0 : -1;
}

static int remove_place(void **state)
{
    (void)state;
    return rmdir(settings.programs);
}

static const struct result *result_of(void (*run)(void))
{
    size_t i = 0;
    while (scenarios[i]->run != run)
        i++;
    return &results[i];
}

static void assert_result(void (*run)(void), enum status status, const char *words)
{
    const struct result *result = result_of(run);
    assert_int_equal(result->status, status);
    if (strstr(result->story, words) == NULL)
        fail_msg("it does not tell \"%s\", but: %s", words, result->story);
}

static void test_verdicts_are_those_of_the_scenarios(void **state)
{
    (void)state;
    assert_result(passes, PASSED, "");
    assert_string_equal(result_of(passes)->story, "");
    assert_result(fails, FAILED, "one and one is not three");
    assert_result(is_not_tested, NOT_EARNED, "there was 0 to see");
    assert_result(waits_for_ever, NOT_RUN, "");
}

static void test_a_fault_of_the_grader_is_never_the_students(void **state)
{
    (void)state;
    assert_result(has_a_fault, GRADER_FAULT, "socket: Too many open files");
    assert_result(crashes, GRADER_FAULT, "");
    assert_result(asserts, GRADER_FAULT, "0x1 != 0x2");
    assert_result(asserts, GRADER_FAULT, "before it fails");
    assert_result(exits_early, GRADER_FAULT, "ended early");
}

/* No test of the autograder is ever killed but by the program that it plays with. */
static void test_whoever_kills_the_test_fails_it(void **state)
{
    (void)state;
    assert_result(is_killed, FAILED, "killed by SIGKILL");
}

static void test_results_come_in_the_order_of_the_table(void **state)
{
    (void)state;
    assert_int_equal(finished, COUNT);
    for (size_t i = 0; i < finished; i++)
        assert_int_equal(order[i], i);
    for (size_t i = 0; i < ALL_THAT_END; i++)
        assert_true(results[i].seconds > 0 && results[i].seconds < 60);
}

static void test_no_process_and_no_file_is_left_behind(void **state)
{
    (void)state;
    pid_t pids[16];
    assert_result(leaves_processes, PASSED, "");
    assert_result(leaves_processes_and_fails, FAILED, "left");
    assert_result(leaves_processes_and_is_killed, FAILED, "");
    assert_result(leaves_files, PASSED, "");
    assert_int_equal(procfs_descendants(pids, 16), 0);
    DIR *directory = opendir(settings.programs);
    assert_non_null(directory);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
        assert_int_equal(entry->d_name[0], '.');
    closedir(directory);
}

static _Noreturn void be_interrupted(void)
{
    pid_t pids[16];
    finished = 0;
    bool whole = run_scenarios(&lab, results, 2, is_everything, note_order, NULL);
    bool clean = procfs_descendants(pids, 16) == 0 && rmdir(settings.programs) == 0;
    _exit(whole ? 1 : !clean ? 2 : finished == COUNT ? 3 : 0);
}

static void test_an_interrupted_run_cleans_up(void **state)
{
    (void)state;
    int status = 0;
    static char place[] = "/tmp/sockladder-run.XXXXXX";
    const char *kept = settings.programs;
    settings.programs = mkdtemp(place);
    pid_t pid = fork();
    if (pid == 0)
        be_interrupted();
    settings.programs = kept;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* Plays the scenarios of `again` that are before END, with so many TRIES. */
static const struct result *play_again(size_t end, int tries)
{
    static struct result *found;
    static struct lab part;
    part = again;
    part.count = end;
    if (plays == NULL) {
        plays =
            mmap(NULL, sizeof *plays, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        found = run_results(AGAIN);
        assert_true(plays != MAP_FAILED && found != NULL);
    }
    *plays = (struct plays){0};
    memset(found, 0, AGAIN * sizeof *found);
    finished = 0;
    settings.tries = tries;
    assert_true(run_scenarios(&part, found, 3, ends, note_order, NULL));
    settings.tries = 0;
    assert_int_equal(finished, end);
    for (size_t i = 0; i < finished; i++)
        assert_int_equal(order[i], i);
    return found;
}

static void assert_played(const struct result *result, enum status status, int times)
{
    assert_int_equal(result->status, status);
    assert_int_equal(result->plays, times);
}

static void test_a_fault_is_played_once_more(void **state)
{
    (void)state;
    const struct result *found = play_again(FAULTY, 0);
    assert_played(&found[ONCE], PASSED, 2);
    assert_string_equal(found[ONCE].story, "");
    assert_played(&found[LATE_ONE], FAILED, 1);
    assert_played(&found[PASSING], PASSED, 1);
}

/* The second one is not played again: there is no score anyway. */
static void test_a_fault_that_stays_ends_the_tries(void **state)
{
    (void)state;
    const struct result *found = play_again(AGAIN, 0);
    assert_played(&found[ONCE], PASSED, 2);
    assert_played(&found[FAULTY], GRADER_FAULT, 2);
    assert_played(&found[FAULTY_TOO], GRADER_FAULT, 1);
    assert_int_equal(plays->faulty, 2);
}

static void test_the_reference_is_tried_as_often_as_is_said(void **state)
{
    (void)state;
    const struct result *found = play_again(AGAIN, 2);
    assert_played(&found[ONCE], PASSED, 2);
    assert_played(&found[LATE_ONE], PASSED, 3);
    assert_played(&found[PASSING], PASSED, 1);
    assert_played(&found[FAULTY], GRADER_FAULT, 3);
    assert_played(&found[FAULTY_TOO], GRADER_FAULT, 3);
    assert_played(&play_again(FAULTY, 1)[LATE_ONE], FAILED, 2);
}

/* Leaves the name of its working directory behind. */
static void tells_where_it_is(void)
{
    char place[200];
    fail_because(EXPECT_OTHER, "%s", getcwd(place, sizeof place));
}

static const struct scenario *const placed_scenarios[] = {
    ENTRY(tells_where_it_is, 1, "p", "h", "s"),
};
static const struct lab placed = {.name = "1-run", .scenarios = placed_scenarios, .count = 1};

static void test_tests_work_where_they_are_told_to(void **state)
{
    (void)state;
    char place[] = "/tmp/sockladder-scratch.XXXXXX";
    struct result *found = run_results(1);
    settings.scratch = mkdtemp(place);
    assert_true(settings.scratch != NULL && found != NULL);
    assert_true(run_scenarios(&placed, found, 1, ends, note_order, NULL));
    settings.scratch = NULL;
    assert_memory_equal(found->story, place, strlen(place));
    assert_int_equal(rmdir(place), 0);
}

static void pauses(void)
{
    for (;;)
        pause();
}

static const struct scenario *const first_scenarios[] = {
    ENTRY(passes, 1, "p", "h", "s"),
    ENTRY(pauses, 1, "w", "h", "s"),
    ENTRY(fails, 1, "f", "h", "s"),
};
static const struct lab first = {.name = "1-run", .scenarios = first_scenarios, .count = 3};

/* One at a time: the one that was asked for comes first, and no other is begun. Two at a time: what
   runs beside it is ended. */
static void test_the_first_failure_may_end_the_run(void **state)
{
    (void)state;
    static const enum status expected[][3] = {{NOT_RUN, NOT_RUN, FAILED},
                                              {PASSED, NOT_RUN, FAILED}};
    static const char *const asked[] = {"fails, unknown", NULL};
    for (int i = 0; i < 2; i++) {
        struct result *found = run_results(3);
        assert_non_null(found);
        finished = 0;
        settings.first = asked[i];
        settings.until_failure = true;
        assert_true(run_scenarios(&first, found, 1 + i, ends, note_order, NULL));
        settings.first = NULL;
        settings.until_failure = false;
        assert_int_equal(finished, 3);
        for (int j = 0; j < 3; j++)
            assert_int_equal(found[j].status, expected[i][j]);
    }
}

/* Every test once, whatever the number; the same order again with the same number, and not always
   the same one. */
static void test_a_number_decides_the_order(void **state)
{
    (void)state;
    const size_t count = COUNT;
    size_t usual[COUNT];
    size_t one[COUNT];
    size_t again[COUNT];
    int others = 0;
    assert_int_equal(run_order(&lab, usual, is_everything, NULL), count);
    for (settings.seed = 0; settings.seed < 50; settings.seed++) {
        unsigned seen = 0;
        settings.shuffled = true;
        assert_int_equal(run_order(&lab, one, is_everything, NULL), count);
        assert_int_equal(run_order(&lab, again, is_everything, NULL), count);
        settings.shuffled = false;
        for (size_t i = 0; i < count; i++)
            seen |= 1U << one[i];
        assert_int_equal(seen, (1U << count) - 1);
        assert_memory_equal(one, again, count * sizeof *one);
        others += memcmp(one, usual, count * sizeof *one) != 0;
    }
    assert_true(others > 40);
    settings.seed = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_number_decides_the_order),
        cmocka_unit_test(test_verdicts_are_those_of_the_scenarios),
        cmocka_unit_test(test_a_fault_of_the_grader_is_never_the_students),
        cmocka_unit_test(test_whoever_kills_the_test_fails_it),
        cmocka_unit_test(test_results_come_in_the_order_of_the_table),
        cmocka_unit_test(test_no_process_and_no_file_is_left_behind),
        cmocka_unit_test(test_an_interrupted_run_cleans_up),
        cmocka_unit_test(test_a_fault_is_played_once_more),
        cmocka_unit_test(test_a_fault_that_stays_ends_the_tries),
        cmocka_unit_test(test_the_reference_is_tried_as_often_as_is_said),
        cmocka_unit_test(test_tests_work_where_they_are_told_to),
        cmocka_unit_test(test_the_first_failure_may_end_the_run),
    };
    return cmocka_run_group_tests(tests, run_all, remove_place);
}
