/* Why, for a server with threads: grader/explain/causes/threads.c. Each test is a conversation with
   one bad server of programs/acts.c. */
#include "fixture.h"

#include "grader/expect/count.h"
#include "grader/expect/echo.h"
#include "grader/expect/server.h"
#include "grader/explain/explain.h"
#include "grader/play/orders.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static enum expectation expected; /* EXPECT_CLOSE, unless a test says another */

static const char *cause(void)
{
    stage.expected = expected != 0 ? expected : EXPECT_CLOSE;
    expected = 0;
    explain_failure(told);
    return told->cause;
}

static void assert_tells(const char *words)
{
    if (strstr(cause(), words) == NULL)
        fail_msg("it does not tell \"%s\", but: %s", words, told->cause);
}

static struct program *start_as(const char *behaviour)
{
    cast(behaviour);
    return start_server();
}

/* CLIENT waits for what never comes. */
static void wait_in_vain(struct peer *client)
{
    char byte;
    peer_receive(client, &byte, 1);
}

static void test_where_nothing_is_wrong_nothing_is_told(void **state)
{
    (void)state;
    struct program *server = start_as("threads-echo");
    expect_echo(connect_client(server, "the client"), "abc", 3);
    program_settle(server);
    stage.last = DONE;
    assert_string_equal(cause(), "");
}

static void test_an_argument_that_was_overwritten_is_told(void **state)
{
    (void)state;
    struct program *server = start_as("threads-echo");
    gate_arm(server, GROUP_STARTING, 0, false);
    struct peer *client = connect_client(server, "the first client");
    assert_int_equal(gate_wait(server, GROUP_STARTING), DONE);
    struct peer *other = connect_client(server, "the second client");
    expect_echo(other, "abc", 3);
    gate_open(server, GROUP_STARTING);
    peer_send(client, "abc", 3);
    wait_in_vain(client);
    assert_tells("The thread created for descriptor 4, acts.c:");
    assert_tells(", used descriptor 5, acts.c:");
    assert_tells("Its argument was overwritten");
}

static void test_an_argument_that_is_the_keyboard_is_told(void **state)
{
    (void)state;
    struct program *server = start_as("threads-forget-their-client");
    gate_arm(server, GROUP_STARTING, 0, false);
    struct peer *client = connect_client(server, "the client");
    assert_int_equal(gate_wait(server, GROUP_STARTING), DONE);
    wait_until_pending(server, GROUP_ACCEPTING); /* the next one: the number is 0 */
    gate_open(server, GROUP_STARTING);
    wait_in_vain(client);
    assert_tells(", used descriptor 0 (the keyboard), acts.c:");
    assert_tells("Its argument was overwritten");
}

static void test_a_second_close_is_told(void **state)
{
    (void)state;
    struct program *server = start_as("threads-close-twice");
    struct peer *client = connect_client(server, "the client");
    expect_echo(client, "abc", 3);
    peer_half_close(client);
    expect_threads_at_most(server, 1, "After the client had left");
    assert_tells("Descriptor 4 was closed twice, acts.c:");
    assert_tells("the second close disconnects that client.");
}

/* Each time the number is already somebody else's: no close fails. */
static void test_a_close_of_somebody_elses_connection_is_told(void **state)
{
    (void)state;
    struct program *server = start_as("threads-close-twice");
    struct peer *client = connect_client(server, "the first client");
    expect_echo(client, "abc", 3);
    gate_arm(server, GROUP_CLOSING, 0, true);
    peer_half_close(client);
    assert_int_equal(gate_wait(server, GROUP_CLOSING), DONE);
    /* The accept under way has its number already; the one after it gets that of the first. */
    expect_echo(connect_client(server, "the second client"), "abc", 3);
    expect_echo(connect_client(server, "the third client"), "abc", 3);
    program_settle(server); /* all threads wait, for the next bytes or at the gate */
    gate_open(server, GROUP_CLOSING);
    expect_threads_at_most(server, 3, "After the first client had left");
    assert_int_equal(trace_failures(server, GROUP_CLOSING, EBADF), 0);
    assert_tells("Descriptor 4 was closed twice, acts.c:");
}

static void test_a_number_that_comes_again_is_no_second_close(void **state)
{
    (void)state;
    struct program *server = start_as("threads-pool");
    for (int i = 0; i < 5; i++) {
        struct peer *client = connect_client(server, "the client");
        expect_echo(client, "abc", 3);
        expect_farewell(client);
    }
    program_settle(server);
    stage.last = DONE;
    assert_string_equal(cause(), "");
}

static void test_a_thread_that_ends_the_process_is_told(void **state)
{
    (void)state;
    struct program *server = start_as("threads-exit");
    peer_half_close(connect_client(server, "the client"));
    wait_for_end(server);
    assert_tells("A thread called exit(3), acts.c:");
}

static void test_a_signal_that_ends_all_threads_is_told(void **state)
{
    (void)state;
    struct program *server = start_as("threads-die");
    struct peer *client = connect_client(server, "the client");
    peer_send(client, "abc", 3);
    peer_reset(client);
    wait_for_end(server);
    assert_tells("The server was killed by SIGPIPE in send, acts.c:");
    assert_tells("ends the whole process, with all its threads");
}

static void test_a_main_that_returns_is_told(void **state)
{
    (void)state;
    struct program *server = start_as("threads-echo");
    expect_echo(connect_client(server, "the first client"), "abc", 3);
    wait_until_pending(server, GROUP_ACCEPTING); /* this one takes the second client */
    gate_arm(server, GROUP_ACCEPTING, 0, false);
    fault_error(server, GROUP_ACCEPTING, ECONNABORTED, 1, 0);
    /* Its thread must have read the number that the next accept overwrites. */
    expect_echo(connect_client(server, "the second client"), "abc", 3);
    gate_open(server, GROUP_ACCEPTING);
    wait_for_end(server);
    assert_tells("The main thread returned from main, after accept had failed, acts.c:");
    assert_tells("(Software caused connection abort). That ends all threads, and disconnects their "
                 "clients.");
}

static void test_a_thread_that_cannot_be_created_is_told(void **state)
{
    (void)state;
    struct program *server = start_as("threads-echo");
    fault_error(server, GROUP_THREADING, EAGAIN, 1, 0);
    wait_in_vain(connect_client(server, "the client"));
    assert_tells("pthread_create failed, acts.c:");
    assert_tells(
        "(Resource temporarily unavailable), and the connection of its client, descriptor 4, "
        "was never closed. The server printed no error.");
}

static void test_an_exit_because_of_one_thread_is_told(void **state)
{
    (void)state;
    struct program *server = start_as("threads-forget-their-client");
    fault_error(server, GROUP_THREADING, EAGAIN, 1, 0);
    connect_client(server, "the client");
    wait_for_end(server);
    assert_tells("The main thread called exit, acts.c:");
    assert_tells(", after pthread_create had failed, acts.c:");
    assert_tells("That ends all threads, and disconnects their clients.");
}

static void test_a_lock_that_is_kept_is_told(void **state)
{
    (void)state;
    struct program *server = start_as("threads-keep-lock");
    struct peer *client = connect_client(server, "the first client");
    wait_until_pending(server, GROUP_RECEIVING);
    wait_in_vain(connect_client(server, "the second client"));
    assert_tells("Thread T2, which serves [");
    assert_tells("], waits for a lock, acts.c:");
    assert_tells(". Thread T1, which serves [");
    assert_tells("], locked it, acts.c:");
    assert_tells(", and keeps it while it waits in recv, acts.c:");
    connect_client(server, "the third client");
    peer_half_close(client);
    expect_threads_at_most(server, 3, "After the first client had left");
    program_wait(server);
    assert_tells("2 threads wait for a lock, acts.c:");
    assert_tells(", and has ended without unlocking it.");
}

static void test_a_thread_that_waits_for_itself_is_told(void **state)
{
    (void)state;
    wait_in_vain(connect_client(start_as("threads-lock-twice"), "the client"));
    assert_tells("], already holds a lock, acts.c:");
    assert_tells(", and locks it again, acts.c:");
}

static void test_a_client_that_holds_up_the_others_is_told(void **state)
{
    (void)state;
    struct program *server = start_as("threads-send-under-lock");
    connect_client(server, "the first client");
    program_settle(server);
    wait_in_vain(connect_client(server, "the second client"));
    assert_tells("], waits for a lock, acts.c:");
    assert_tells(", and is blocked in send on descriptor 4, acts.c:");
    assert_tells("One slow client blocks all the others.");

    server = start_as("threads-send");
    connect_client(server, "the client");
    program_wait(server);
    assert_tells("], is blocked in send on descriptor 4, acts.c:");
}

static void test_threads_that_nobody_joins_are_told(void **state)
{
    (void)state;
    struct program *server = start_as("threads-are-forgotten");
    for (int i = 0; i < 5; i++) {
        struct peer *client = connect_client(server, "the client");
        expect_echo(client, "abc", 3);
        expect_farewell(client);
    }
    expect_threads_at_most(server, 1, "After all had left");
    expected = EXPECT_RESOURCES;
    assert_tells("At least 4 threads have ended that nobody has joined or detached, acts.c:");
}

#define ON_STAGE(test) cmocka_unit_test_setup_teardown(test, open_stage, close_stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_STAGE(test_where_nothing_is_wrong_nothing_is_told),
        ON_STAGE(test_an_argument_that_was_overwritten_is_told),
        ON_STAGE(test_an_argument_that_is_the_keyboard_is_told),
        ON_STAGE(test_a_second_close_is_told),
        ON_STAGE(test_a_close_of_somebody_elses_connection_is_told),
        ON_STAGE(test_a_number_that_comes_again_is_no_second_close),
        ON_STAGE(test_a_thread_that_ends_the_process_is_told),
        ON_STAGE(test_a_signal_that_ends_all_threads_is_told),
        ON_STAGE(test_a_main_that_returns_is_told),
        ON_STAGE(test_a_thread_that_cannot_be_created_is_told),
        ON_STAGE(test_an_exit_because_of_one_thread_is_told),
        ON_STAGE(test_a_lock_that_is_kept_is_told),
        ON_STAGE(test_a_thread_that_waits_for_itself_is_told),
        ON_STAGE(test_a_client_that_holds_up_the_others_is_told),
        ON_STAGE(test_threads_that_nobody_joins_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
