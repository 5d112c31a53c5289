/* The program under test, started and watched: grader/play/program.h. */
#include "fixture.h"

#include "grader/expect/echo.h"
#include "grader/expect/server.h"
#include "grader/observe/blocked.h"
#include "grader/observe/procfs.h"
#include "grader/play/orders.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void assert_ending(const struct program *program, const char *words)
{
    struct text text = {0};
    program_ending(&text, program);
    assert_string_equal(text.start, words);
    text_free(&text);
}

static void test_an_end_is_told_in_words(void **state)
{
    (void)state;
    cast("refuses");
    struct program *program = program_start("server", "0", NULL);
    wait_for_end(program);
    assert_ending(program, "exit status 1");
    assert_string_equal(program->complained.start, "server: bind: Permission denied\n");
    cast("waits");
    program = program_start("server", "0", NULL);
    assert_int_equal(program_terminate(program), DONE);
    assert_ending(program, "killed by SIGTERM (Terminated)");
    assert_true(program->terminated);
    assert_int_equal(program_terminate(program), DONE);
}

static void test_a_program_that_is_not_there_ends(void **state)
{
    (void)state;
    struct program *program = program_start("nobody", NULL);
    wait_for_end(program);
    assert_ending(program, "exit status 126");
    assert_int_equal(atomic_load(&program->trace->ready), 0);
}

static void test_a_line_is_a_whole_line(void **state)
{
    (void)state;
    struct text text = {0};
    assert_false(has_line(&text, "one"));
    text_add_bytes(&text, "one two\ntwo\n\0\nthree", 19);
    assert_true(has_line(&text, "one two"));
    assert_true(has_line(&text, "two"));
    assert_false(has_line(&text, "one"));
    assert_false(has_line(&text, "three"));
    assert_false(has_line(&text, "two\n"));
    text_add(&text, "\n");
    assert_true(has_line(&text, "three"));
    text_free(&text);
}

static void test_a_line_is_waited_for(void **state)
{
    (void)state;
    char line[40];
    cast("echoes");
    struct program *server = start_server();
    snprintf(line, sizeof line, "listening on port %u", server->port);
    assert_int_equal(program_wait_line(server, line), DONE);
    assert_int_equal(program_wait_line(server, "listening"), STALLED);
    program_terminate(server);
    assert_int_equal(program_wait_line(server, "listening"), ENDED);
}

static void test_standard_input_stays_open_until_it_is_closed(void **state)
{
    (void)state;
    cast("waits");
    struct program *program = program_start("server", "0", NULL);
    assert_int_equal(program_wait(program), STALLED);
    close(program->in);
    program->in = -1;
    wait_for_end(program);
    assert_ending(program, "exit status 0");
}

static void test_a_stopped_program_does_nothing_until_it_goes_on(void **state)
{
    (void)state;
    char byte;
    cast("echoes");
    struct program *server = start_server();
    struct peer *client = connect_client(server, "the client");
    expect_echo(client, "a", 1);
    program_pause(server);
    peer_send(client, "b", 1);
    uint64_t mark;
    assert_true(all_are_blocked(&mark)); /* nobody else will let it go on */
    assert_int_equal(peer_peek(client, &byte), -1);
    program_resume(server);
    expect_back(client, "b", 1);
}

static void test_who_ended_while_stopped_has_ended(void **state)
{
    (void)state;
    cast("refuses");
    struct program *program = program_start("server", "0", NULL);
    siginfo_t info;
    waitid(P_PID, (id_t)program->pid, &info, WEXITED | WNOWAIT);
    program_pause(program);
    assert_true(program->ended);
    program_resume(program);
    wait_for_end(program);
    assert_ending(program, "exit status 1");
}

static void test_a_fault_can_be_taken_back(void **state)
{
    (void)state;
    cast("echoes");
    struct program *server = start_server();
    struct peer *client = connect_client(server, "the client");
    expect_echo(client, "abcdef", 6);
    program_settle(server);
    fault_limit(server, GROUP_SENDING, 2);
    expect_echo(client, "abcdef", 6);
    assert_int_equal(fault_hits(server, GROUP_SENDING), 3);
    fault_off(server, GROUP_SENDING);
    expect_echo(client, "abcdef", 6);
    assert_int_equal(fault_hits(server, GROUP_SENDING), 3);
}

static void test_faults_at_the_start_are_for_one_program(void **state)
{
    (void)state;
    fault_at_start(GROUP_FORKING, 11, 0, 1, 0);
    struct program *first = program_start("calls", "forks", NULL);
    struct program *second = program_start("calls", "forks", NULL);
    wait_for_end(first);
    wait_for_end(second);
    assert_int_equal(fault_hits(first, GROUP_FORKING), 1);
    assert_int_equal(fault_hits(second, GROUP_FORKING), 0);
    assert_true(has_line(&second->said, "reaped = 1"));
}

static void test_who_ignores_one_signal_is_ended_by_another(void **state)
{
    (void)state;
    struct program *program = program_start("calls", "stubborn", NULL);
    while (program->said.length == 0 && !program->ended)
        program_settle(program);
    assert_int_equal(program_terminate(program), DONE);
    assert_true(program->terminated && WIFSIGNALED(program->status));
    assert_int_equal(WTERMSIG(program->status), SIGQUIT);
}

#define ON_STAGE(test) cmocka_unit_test_setup_teardown(test, open_stage, close_stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_STAGE(test_an_end_is_told_in_words),
        ON_STAGE(test_a_program_that_is_not_there_ends),
        ON_STAGE(test_a_line_is_a_whole_line),
        ON_STAGE(test_a_line_is_waited_for),
        ON_STAGE(test_standard_input_stays_open_until_it_is_closed),
        ON_STAGE(test_a_stopped_program_does_nothing_until_it_goes_on),
        ON_STAGE(test_who_ended_while_stopped_has_ended),
        ON_STAGE(test_a_fault_can_be_taken_back),
        ON_STAGE(test_faults_at_the_start_are_for_one_program),
        ON_STAGE(test_who_ignores_one_signal_is_ended_by_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
