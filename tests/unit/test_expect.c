/*
 * What expectations say when they are not met: grader/expect/echo.h and its like. They do not
 * return then, so each is a scenario of one run, against a server that behaves as its name says
 * (programs/acts.c).
 */
#include "fixture.h"

#include "grader/base/settings.h"
#include "grader/expect/echo.h"
#include "grader/expect/ending.h"
#include "grader/expect/memory.h"
#include "grader/expect/server.h"
#include "grader/observe/memcheck.h"
#include "grader/observe/procfs.h"
#include "grader/play/places.h"
#include "grader/run/run.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cmocka.h>

static struct peer *client_of(const char *behaviour)
{
    cast(behaviour);
    return connect_client(start_server(), "The client");
}

static void all_is_well(void)
{
    char bytes[100];
    cast("echoes");
    struct program *server = start_server();
    struct peer *client = connect_client(server, "The client");
    fill_bytes(bytes, sizeof bytes);
    expect_echo(client, bytes, sizeof bytes);
    expect_echo_in_chunks(client, bytes, sizeof bytes, 7);
    peer_send(client, bytes, sizeof bytes);
    expect_back(client, bytes, sizeof bytes);
    peer_send(client, bytes, 10);
    expect_echo_of_rest(client, bytes, sizeof bytes, 10);
    expect_farewell(client);
    expect_service(server, "After all");
}

static bool has_a_child(void *argument)
{
    pid_t pids[2];
    (void)argument;
    return procfs_descendants(pids, 2) == 2;
}

static void does_not_stop(void)
{
    cast("waits-in-vfork");
    struct program *server = program_start("server", "0", NULL);
    assert_int_equal(stage_wait(NULL, has_a_child, NULL), DONE);
    program_pause(server);
}

static void does_not_read(void)
{
    static char much[1 << 20];
    cast("sleeps");
    settings.patience = 0.1;
    program_type(program_start("server", "0", NULL), much, sizeof much);
}

static bool at_once(void *argument)
{
    (void)argument;
    return true;
}

static void is_never_over(void)
{
    cast("sleeps");
    settings.patience = 0.02;
    program_start("server", "0", NULL);
    for (;;)
        assert_int_equal(stage_wait(NULL, at_once, NULL), DONE);
}

/* As a program of the same user can do it with prlimit(2). */
static void limits_its_test(void)
{
    struct rlimit none;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &none), 0);
    none.rlim_cur = 3; /* valgrind would not let the other be changed */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    start_server();
}

static void refuses(void)
{
    cast("refuses");
    start_server();
}

/* What the probe shares with the test is the program's as well. */
static void denies_its_start(void)
{
    cast("waits");
    struct program *server = program_start("server", "0", NULL);
    program_settle(server);
    atomic_store(&server->trace->ready, 0);
    kill(server->pid, SIGKILL);
    expect_listening(server);
}

static void is_missing(void)
{
    settings.programs = "/no/such/folder";
    start_server();
}

static void is_without_probe(void)
{
    cast("refuses");
    settings.probe = "/no/such/probe.so";
    start_server();
}

static void ends_with_a_newline(void)
{
    cast("ends-with-a-newline");
    start_server();
}

static void waits(void)
{
    cast("waits");
    start_server();
}

static void burns(void)
{
    cast("burns");
    expect_exit(program_start("server", "0", NULL), 0);
}

static void echoes_three(void)
{
    expect_echo(client_of("echoes-three"), "abcdef", 6);
}

static void changes(void)
{
    expect_echo(client_of("changes"), "abcdef", 6);
}

static void reads_four(void)
{
    expect_echo(client_of("reads-four"), "abcd", 4);
}

static void accepts_nobody(void)
{
    expect_echo(client_of("accepts-nobody"), "abcdef", 6);
}

static void echoes_and_more(void)
{
    struct peer *client = client_of("echoes-and-more");
    expect_echo(client, "abcdef", 6);
    expect_farewell(client);
}

static void keeps_open(void)
{
    struct peer *client = client_of("keeps-open");
    expect_echo(client, "abcdef", 6);
    expect_farewell(client);
}

static void crashes(void)
{
    cast("crashes");
    struct program *server = start_server();
    peer_send(connect_client(server, "The client"), "abc", 3);
    program_wait(server);
    expect_service(server, "After that");
}

static void other_status(void)
{
    cast("refuses");
    expect_exit(program_start("server", "0", NULL), 2);
}

static void other_words(void)
{
    cast("refuses");
    expect_failure(program_start("server", "0", NULL), "Address already in use", NULL);
}

static void right_words(void)
{
    cast("refuses");
    expect_failure(program_start("server", "0", NULL), "nobody says this", "permission DENIED");
}

static void unclean(void)
{
    cast("spoils-memory");
    struct program *server = start_server_memcheck();
    struct peer *client = connect_client(server, "The client");
    expect_echo(client, "abc", 3);
    peer_half_close(client);
    program_settle(server);
    program_terminate(server);
    expect_clean(server, 1);
}

static void clean(void)
{
    cast("echoes");
    struct program *server = start_server_memcheck();
    struct peer *client = connect_client(server, "The client");
    expect_echo(client, "abc", 3);
    expect_farewell(client);
    program_settle(server);
    program_terminate(server);
    expect_clean(server, 1);
}

/* PATH has no valgrind, only a folder that the program's user must not search: exec fails with
   EACCES, which is not what is wrong. */
static void lacks_valgrind(void)
{
    char folder[4096];
    assert_int_equal(mkdir("closed", 0), 0);
    assert_non_null(realpath("closed", folder));
    assert_int_equal(setenv("PATH", folder, 1), 0);
    cast("echoes");
    start_server_memcheck();
}

static const struct {
    const struct scenario *scenario;
    enum status status;
    const char *words;
} cases[] = {
    {ENTRY(all_is_well, 1, "", "", ""), PASSED, ""},
    {ENTRY(refuses, 1, "", "", ""), FAILED, "exit status 1"},
    {ENTRY(does_not_stop, 1, "", "", ""), FAILED, "sent SIGSTOP, which stops every process"},
    {ENTRY(does_not_read, 1, "", "", ""), FAILED, "nothing more can be typed"},
    {ENTRY(is_never_over, 1, "", "", ""), FAILED, "This test was ended after"},
    {ENTRY(limits_its_test, 1, "", "", ""), FAILED, "limits of the test's own process"},
    {ENTRY(denies_its_start, 1, "", "", ""), FAILED, "ended before it listened: killed"},
    {ENTRY(is_missing, 1, "", "", ""), GRADER_FAULT, "could not be started: No such file"},
    {ENTRY(is_without_probe, 1, "", "", ""), GRADER_FAULT, "the probe could not be loaded"},
    {ENTRY(ends_with_a_newline, 1, "", "", ""), FAILED, "exit status 1"},
    {ENTRY(waits, 1, "", "", ""), FAILED, "never listened"},
    {ENTRY(burns, 1, "", "", ""), FAILED, "is in a busy loop"},
    {ENTRY(echoes_three, 1, "", "", ""), FAILED,
     "sent 6 bytes; 3 came back, and the server is blocked"},
    {ENTRY(changes, 1, "", "", ""), FAILED, "number 2 should be 'b', but is '#'"},
    {ENTRY(reads_four, 1, "", "", ""), FAILED,
     "nothing came back, then the server closed the connection"},
    {ENTRY(accepts_nobody, 1, "", "", ""), FAILED, "nothing came back, and the server is blocked"},
    {ENTRY(echoes_and_more, 1, "", "", ""), FAILED, "got 6 back, and then 4 more"},
    {ENTRY(keeps_open, 1, "", "", ""), FAILED, "The server should have closed the connection"},
    {ENTRY(crashes, 1, "", "", ""), FAILED, "After that, the next client could not connect"},
    {ENTRY(other_status, 1, "", "", ""), FAILED, "should have ended with exit status 2"},
    {ENTRY(other_words, 1, "", "", ""), FAILED, "Permission denied"},
    {ENTRY(right_words, 1, "", "", ""), PASSED, ""},
    {VALGRIND_ENTRY(unclean, 1, "", "", ""), FAILED,
     "2 errors in the use of memory, 1 leak, 1 socket left open."},
    {VALGRIND_ENTRY(clean, 1, "", "", ""), PASSED, ""},
    {ENTRY(lacks_valgrind, 1, "", "", ""), GRADER_FAULT, "valgrind is not installed"},
};
enum { COUNT = sizeof cases / sizeof cases[0] };

static struct result *results;

static bool is_everything(const struct scenario *scenario, void *argument)
{
    (void)argument;
    return scenario->run != NULL;
}

static void ignore(size_t index, void *argument)
{
    (void)index;
    (void)argument;
}

static int run_all(void **state)
{
    (void)state;
    static const struct scenario *scenarios[COUNT];
    const struct lab lab = {.name = "1-expect", .scenarios = scenarios, .count = COUNT};
    for (size_t i = 0; i < COUNT; i++)
        scenarios[i] = cases[i].scenario;
    read_settings();
    results = run_results(COUNT);
    return results != NULL && run_scenarios(&lab, results, 4, is_everything, ignore, NULL) ? 0 : -1;
}

static void test_what_is_not_met_is_told(void **state)
{
    (void)state;
    int wrong = 0;
    for (size_t i = 0; i < COUNT; i++) {
        if (results[i].status == cases[i].status &&
            strstr(results[i].story, cases[i].words) != NULL)
            continue;
        print_error("%s: status %d instead of %d, and not \"%s\", but: %s\n", cases[i].scenario->id,
                    (int)results[i].status, (int)cases[i].status, cases[i].words, results[i].story);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

/* An errno stands in a fault only if it is about that fault. */
static void test_faults_have_no_other_errno(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        if (cases[i].scenario->run == lacks_valgrind)
            assert_string_equal(results[i].story,
                                "valgrind is not installed: sh .ci/install student");
        if (cases[i].scenario->run == is_without_probe)
            assert_string_equal(results[i].story, "the probe could not be loaded");
    }
}

/* Failures of the student's program have a picture; nothing in a story breaks a terminal. */
static void test_failures_are_explained(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        if (cases[i].status != FAILED || results[i].status != FAILED)
            continue;
        assert_null(strpbrk(results[i].story, "\033\r\t"));
        if (cases[i].scenario->run == changes)
            assert_non_null(strstr(results[i].ladder, "send 6"));
        if (cases[i].scenario->run == crashes)
            assert_non_null(strstr(results[i].cause, "SIGSEGV"));
    }
}

/* A note has the time when its action began, so it stands before what the program made of it. */
static void test_a_send_is_noted_before_it_is_received(void **state)
{
    (void)state;
    size_t count;
    cast("echoes");
    struct program *server = start_server();
    expect_echo(connect_client(server, "The client"), "abcdef", 6);
    program_settle(server);
    struct step *steps = places_of_steps(server, &count);
    const struct step *receiving = step_of(steps, count, CALL_RECV);
    size_t i = 0;
    while (i < stage.note_count && stage.notes[i].kind != NOTE_SEND)
        i++;
    assert_true(i < stage.note_count);
    assert_true(stage.notes[i].time <= receiving->event.ended);
    free(steps);
}

static void test_letters_and_bytes_differ_from_run_to_run(void **state)
{
    (void)state;
    char letters[2][64];
    char bytes[256];
    bool seen[256] = {false};
    for (int i = 0; i < 2; i++)
        fill_letters(letters[i], sizeof letters[i]);
    assert_memory_not_equal(letters[0], letters[1], sizeof letters[0]);
    for (size_t i = 0; i < sizeof letters[0]; i++)
        assert_in_range(letters[0][i], 'a', 'z');
    fill_bytes(bytes, sizeof bytes);
    assert_int_equal(bytes[128], 0);
    assert_int_equal(bytes[129], 0);
    for (size_t i = 0; i < sizeof bytes; i++)
        seen[(unsigned char)bytes[i]] = true;
    size_t different = 0;
    for (size_t i = 0; i < 256; i++)
        different += seen[i];
    assert_in_range(different, 250, 256);
}

#define ON_STAGE(test) cmocka_unit_test_setup_teardown(test, open_stage, close_stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_not_met_is_told),
        cmocka_unit_test(test_faults_have_no_other_errno),
        cmocka_unit_test(test_failures_are_explained),
        ON_STAGE(test_a_send_is_noted_before_it_is_received),
        cmocka_unit_test(test_letters_and_bytes_differ_from_run_to_run),
    };
    return cmocka_run_group_tests(tests, run_all, NULL);
}
