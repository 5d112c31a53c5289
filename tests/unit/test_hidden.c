/*
 * Calls that hide from a probe which stands before the ordinary functions only: stdio on sockets
 * and others that it sees all the same (tests/probe/stream.c, raw.c, checked.c), and those that it
 * cannot see, of which a test must not take silence for good behaviour (grader/expect/trust.h). The
 * programs are programs/hidden.c and programs/streams.c.
 */
#include "fixture.h"

#include "grader/base/settings.h"
#include "grader/expect/trust.h"
#include "grader/observe/memcheck.h"
#include "grader/observe/trace.h"
#include "grader/observe/valgrind.h"
#include "grader/play/orders.h"
#include "grader/play/peer.h"
#include "grader/play/places.h"
#include "grader/run/run.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { ALWAYS = INT32_MAX };

/* ---- what is written down ---- */

static const struct step *step_named(const struct program *program, const struct step *steps,
                                     size_t count, const char *name)
{
    char words[40];
    snprintf(words, sizeof words, "%s at ", name);
    long line = number_said(program, words);
    for (size_t i = 0; i < count; i++)
        if (steps[i].line.number == line)
            return &steps[i];
    fail_msg("no call is written down for line %ld, %s", line, name);
    return NULL;
}

static void test_stdio_and_others_are_written_down_with_their_lines(void **state)
{
    (void)state;
    static const struct {
        const char *name, *call;
    } calls[] = {{"fflush", "write(3, 6) = 6"}, {"dprintf", "write(3, 5) = 5"},
                 {"syscall", "send(3, 4) = 4"}, {"fgets", "read(4, 4096) = 5"},
                 {"recv", "recv(3, 2) = 2"},    {"fclose", "close(4)"},
                 {"end", "write(3, 4) = 4"}};
    char number[8];
    char said[19];
    size_t count;
    struct peer *listener = peer_listen("the server");
    snprintf(number, sizeof number, "%u", listener->port);
    struct program *program = program_start("hidden", "talks", number, NULL);
    struct peer *peer = peer_accept(listener, "the server");
    assert_int_equal(peer_receive(peer, said, 15), 15);
    assert_memory_equal(said, "hello\n1234\nraw\n", 15);
    peer_send(peer, "back\n", 5);
    assert_int_equal(program_wait_line(program, "fgets = 1"), DONE);
    peer_send(peer, "12", 2);
    assert_int_equal(peer_receive(peer, said, 4), 4);
    wait_for_end(program);
    assert_said(program, "back\nfclose = 0\nend = 0\n");
    struct step *steps = places_of_steps(program, &count);
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        assert_step(program, step_named(program, steps, count, calls[i].name), calls[i].name,
                    calls[i].call);
    assert_string_equal(step_named(program, steps, count, "fgets")->line.function, "talks");
    free(steps);
}

static void test_receives_of_all_kinds_are_cut_short(void **state)
{
    (void)state;
    static const char whole[] = "read_chk = 10\nrecv_chk = 10\nrecvfrom_chk = 10\n"
                                "raw recvfrom = 10\nraw read = 10\nrecvmmsg = 2\nfirst = 10\n"
                                "still = 1\nsplice = 10\nfread = 10\n";
    struct program *program = program_start("hidden", "receives", NULL);
    wait_for_end(program);
    assert_string_equal(program->said.start, whole);
    assert_int_equal(trace_received(program), 90);
    fault_at_start(GROUP_RECEIVING, 0, 3, ALWAYS, 0);
    program = program_start("hidden", "receives", NULL);
    wait_for_end(program);
    /* Of ten bytes fread asks again until it has them. */
    assert_string_equal(program->said.start, "read_chk = 3\nrecv_chk = 3\nrecvfrom_chk = 3\n"
                                             "raw recvfrom = 3\nraw read = 3\nrecvmmsg = 1\n"
                                             "first = 3\nstill = 1\nsplice = 3\nfread = 10\n");
    assert_int_equal(fault_hits(program, GROUP_RECEIVING), 7 + 4);
}

static void test_sends_of_all_kinds_are_cut_short(void **state)
{
    (void)state;
    struct program *program = program_start("hidden", "sends", NULL);
    wait_for_end(program);
    assert_string_equal(program->said.start, "raw sendto = 10\nraw write = 10\nsendmmsg = 2\n"
                                             "first = 10\nsplice = 10\ndprintf = 10\nfclose = 0\n");
    assert_int_equal(atomic_load(&program->trace->sent), 70);
    fault_at_start(GROUP_SENDING, 0, 4, ALWAYS, 0);
    program = program_start("hidden", "sends", NULL);
    wait_for_end(program);
    assert_string_equal(program->said.start, "raw sendto = 4\nraw write = 4\nsendmmsg = 1\n"
                                             "first = 4\nsplice = 4\ndprintf = 10\nfclose = 0\n");
    assert_int_equal(fault_hits(program, GROUP_SENDING), 4 + 3 + 3);
}

static void test_a_stream_fails_as_read_does(void **state)
{
    (void)state;
    fault_at_start(GROUP_RECEIVING, EINTR, 0, 1, 0);
    struct program *program = program_start("hidden", "streams", NULL);
    wait_for_end(program);
    assert_string_equal(program->said.start, "fgetc = -1 EINTR\nferror = 1\nfgetc = 65\n");
}

/* What programs/streams.c says without the probe; the caller frees it. */
static char *said_without_probe(void)
{
    enum { ROOM = 16384 };
    char path[4200];
    char *said = calloc(1, ROOM);
    snprintf(path, sizeof path, "'%s/streams'", settings.programs);
    FILE *output = popen(path, "re");
    assert_non_null(said);
    assert_non_null(output);
    assert_in_range(fread(said, 1, ROOM - 1, output), 1, ROOM - 2);
    assert_int_equal(pclose(output), 0);
    return said;
}

static void test_streams_behave_as_without_the_probe(void **state)
{
    (void)state;
    char *expected = said_without_probe();
    struct program *program = program_start("streams", NULL);
    wait_for_end(program);
    assert_string_equal(program->said.start, expected);
    free(expected);
    size_t count;
    struct step *steps = places_of_steps(program, &count);
    assert_in_range(count, 50, 1000); /* it was there */
    free(steps);
}

static void test_valgrind_finds_nothing_in_streams(void **state)
{
    (void)state;
    struct program *program = program_start_memcheck("hidden", "sends", NULL);
    wait_for_end(program);
    struct memcheck memcheck;
    memcheck_read(&program->valgrind, valgrind_own_file, &memcheck);
    assert_true(memcheck.complete);
    assert_int_equal(memcheck.errors, 0);
    assert_int_equal(memcheck.leaks, 0);
}

/* ---- processes, threads, names ---- */

static size_t count_calls(const struct program *program, enum probe_call call)
{
    size_t count;
    size_t found = 0;
    struct step *steps = places_of_steps(program, &count);
    for (size_t i = 0; i < count; i++)
        found += steps[i].event.call == (int32_t)call;
    free(steps);
    return found;
}

static void test_forks_of_all_kinds_are_seen_and_fail(void **state)
{
    (void)state;
    static const char *const names[] = {"_Fork", "raw clone", "clone"};
    size_t count;
    struct program *program = program_start("hidden", "forks", NULL);
    wait_for_end(program);
    assert_int_equal(count_calls(program, CALL_FORK), 3);
    struct step *steps = places_of_steps(program, &count);
    for (size_t i = 0; i < 3; i++) {
        char words[40];
        bool seen = false;
        snprintf(words, sizeof words, "%s has pid ", names[i]);
        for (size_t k = 0; k < count; k++)
            seen |= steps[k].event.call == CALL_CLOSE &&
                    steps[k].event.pid == number_said(program, words);
        assert_true(seen);
    }
    free(steps);
    fault_at_start(GROUP_FORKING, EAGAIN, 0, ALWAYS, 0);
    program = program_start("hidden", "forks", NULL);
    wait_for_end(program);
    assert_string_equal(program->said.start, "_Fork = -1 EAGAIN\nraw clone = -1 EAGAIN\n"
                                             "clone = -1 EAGAIN\n");
}

static void test_threads_of_c11_are_seen_and_fail(void **state)
{
    (void)state;
    struct program *program = program_start("hidden", "creates", NULL);
    wait_for_end(program);
    /* The two threads print in any order. */
    assert_true(has_line(&program->said, "thrd_create failed = 0"));
    assert_true(has_line(&program->said, "argument = 5"));
    assert_true(has_line(&program->said, "thrd_join = 0"));
    assert_true(has_line(&program->said, "result = 7"));
    assert_int_equal(count_calls(program, CALL_THREAD_START), 1);
    assert_int_equal(count_calls(program, CALL_PTHREAD_JOIN), 1);
    fault_at_start(GROUP_THREADING, EAGAIN, 0, 1, 0);
    program = program_start("hidden", "creates", NULL);
    wait_for_end(program);
    assert_string_equal(program->said.start, "thrd_create failed = 1\n");
}

static void test_gethostbyname_gets_dead_addresses_too(void **state)
{
    (void)state;
    struct program *program = program_start("hidden", "names", "localhost", NULL);
    wait_for_end(program);
    assert_string_equal(program->said.start, "address 127.0.0.1\n");
    fault_at_start(GROUP_LOOKING_UP, 0, 0, 1, 0);
    program = program_start("hidden", "names", "localhost", NULL);
    wait_for_end(program);
    assert_string_equal(program->said.start,
                        "address 127.255.255.254\naddress 127.0.0.1\naddress 127.255.255.254\n");
    program = program_start("hidden", "names", "no.such.host.invalid", NULL);
    wait_for_end(program);
    assert_string_equal(program->said.start, "gethostbyname: Unknown host\n");
}

/* ---- what the probe cannot see, and the test must not believe ---- */

static void test_a_program_cannot_change_what_the_test_wants(void **state)
{
    (void)state;
    struct program *program = program_start("hidden", "orders", NULL);
    wait_for_end(program);
    assert_string_equal(program->said.start, "mprotect = -1 EACCES\nwrite = 0\n");
}

static void play(const char *what, enum probe_group group)
{
    fault_at_start(group, EINTR, 0, 1, 0);
    wait_for_end(program_start("hidden", what, NULL));
}

static void hides_from_a_fault(void)
{
    play("hides", GROUP_RECEIVING);
}

static void meets_a_fault(void)
{
    play("open", GROUP_RECEIVING);
}

static void forges(void)
{
    play("forges", GROUP_RECEIVING);
}

static void hides_its_closes(void)
{
    struct program *program = program_start("hidden", "hides", NULL);
    wait_for_end(program);
    trust_closes(program);
}

static void shows_its_closes(void)
{
    struct program *program = program_start("hidden", "open", NULL);
    wait_for_end(program);
    trust_closes(program);
}

/* Whether calls can be interrupted, of a program that handles a signal in the way HOW says. */
static bool interruptible(const char *how)
{
    struct program *program = program_start("hidden", "handles", how, NULL);
    assert_int_equal(program_wait_line(program, "ready"), DONE);
    return trust_interruptible(program);
}

static void handles_nothing_or_restarts(void)
{
    assert_false(interruptible("nothing"));
    assert_false(interruptible("restarting"));
    assert_true(interruptible("plain"));
}

static void hides_a_handler(void)
{
    interruptible("raw");
}

static void hides_its_accepts(void)
{
    struct program *program = program_start("hidden", "open", NULL);
    wait_for_end(program);
    trust_next_accept(program, EMFILE);
}

static const struct scenario *const scenarios[] = {
    ENTRY(hides_from_a_fault, 1, "s", "h", "s"),
    ENTRY(meets_a_fault, 1, "s", "h", "s"),
    ENTRY(forges, 1, "s", "h", "s"),
    ENTRY(hides_its_closes, 1, "s", "h", "s"),
    ENTRY(shows_its_closes, 1, "s", "h", "s"),
    ENTRY(handles_nothing_or_restarts, 1, "s", "h", "s"),
    ENTRY(hides_a_handler, 1, "s", "h", "s"),
    ENTRY(hides_its_accepts, 1, "s", "h", "s"),
};
enum { COUNT = sizeof scenarios / sizeof scenarios[0] };
static const struct lab lab = {.name = "1-hidden", .scenarios = scenarios, .count = COUNT};

static bool is_wanted(const struct scenario *scenario, void *argument)
{
    (void)scenario;
    (void)argument;
    return true;
}

static void ignore_result(size_t index, void *argument)
{
    (void)index;
    (void)argument;
}

static void test_silence_is_not_taken_for_good_behaviour(void **state)
{
    (void)state;
    static const struct {
        enum status status;
        const char *story;
    } expected[COUNT] = {
        {NOT_EARNED, "the hidden made no such call that the probe could see"},
        {PASSED, ""},
        {NOT_EARNED, "has changed the memory of the autograder's probe"},
        {NOT_EARNED, "does not close its sockets with a call that the probe could see"},
        {PASSED, ""},
        {PASSED, ""},
        {NOT_EARNED, "handles a signal, but did not install the handler"},
        {NOT_EARNED, "only calls that the probe could not see"},
    };
    read_settings();
    struct result *results = run_results(COUNT);
    assert_non_null(results);
    assert_true(run_scenarios(&lab, results, 2, is_wanted, ignore_result, NULL));
    for (size_t i = 0; i < COUNT; i++) {
        if (results[i].status != expected[i].status ||
            strstr(results[i].story, expected[i].story) == NULL)
            fail_msg("%s: %d, %s", scenarios[i]->id, (int)results[i].status, results[i].story);
    }
}

#define ON_STAGE(test) cmocka_unit_test_setup_teardown(test, open_stage, close_stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_STAGE(test_stdio_and_others_are_written_down_with_their_lines),
        ON_STAGE(test_receives_of_all_kinds_are_cut_short),
        ON_STAGE(test_sends_of_all_kinds_are_cut_short),
        ON_STAGE(test_a_stream_fails_as_read_does),
        ON_STAGE(test_streams_behave_as_without_the_probe),
        ON_STAGE(test_valgrind_finds_nothing_in_streams),
        ON_STAGE(test_forks_of_all_kinds_are_seen_and_fail),
        ON_STAGE(test_threads_of_c11_are_seen_and_fail),
        ON_STAGE(test_gethostbyname_gets_dead_addresses_too),
        ON_STAGE(test_a_program_cannot_change_what_the_test_wants),
        cmocka_unit_test(test_silence_is_not_taken_for_good_behaviour),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
