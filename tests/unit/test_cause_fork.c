/* Why, for a server with a process for each client: grader/cause_fork.c. Each test meets one
 * server. */
#include "fixture.h"

#include "grader/expect/children.h"
#include "grader/expect/echo.h"
#include "grader/expect/server.h"
#include "grader/explain/explain.h"
#include "grader/observe/children.h"
#include "grader/play/peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void assert_tells(const char *words)
{
    stage.expected = EXPECT_TASKS;
    explain_failure(told);
    if (strstr(told->cause, words) == NULL)
        fail_msg("it does not tell \"%s\", but: %s", words, told->cause);
}

/* A client of a server that behaves like BEHAVIOUR has its echo. */
static struct program *talk_to(const char *behaviour, struct peer **client)
{
    cast(behaviour);
    struct program *server = start_server();
    *client = connect_client(server, "the client");
    expect_echo(*client, "abc", 3);
    return server;
}

/* A second one comes, and waits for an echo in vain. */
static void wait_in_vain(struct program *server)
{
    char back[3];
    struct peer *second = connect_client(server, "the second client");
    peer_send(second, "abc", 3);
    assert_int_equal(peer_receive(second, back, sizeof back), 0);
}

static void test_where_nothing_is_wrong_nothing_is_told(void **state)
{
    (void)state;
    struct peer *client;
    struct program *server = talk_to("forks", &client);
    expect_process(server, client);
    assert_true(everything_waits());
    stage.last = STALLED;
    explain_failure(told);
    assert_string_equal(told->cause, "");
}

static void test_a_zombie_that_nobody_waits_for_is_told(void **state)
{
    (void)state;
    struct peer *client;
    struct program *server = talk_to("never-reaps", &client);
    pid_t process = expect_process(server, client);
    peer_close(client);
    expect_process_end(server, process, "the client");
    assert_true(everything_waits());
    stage.last = STALLED;
    assert_tells("1 child has ended, and the parent has not reaped it: it has "
                 "never called wait or waitpid.");
}

/* Two clients come and leave, one after the other. */
static void come_and_leave(const char *behaviour)
{
    struct peer *client;
    struct program *server = talk_to(behaviour, &client);
    for (int i = 0; i < 2; i++) {
        pid_t process = expect_process(server, client);
        peer_close(client);
        expect_process_end(server, process, "the client");
        client = connect_client(server, "another client");
        expect_echo(client, "abc", 3);
    }
    expect_process(server, client);
    stage.last = STALLED;
}

static void test_a_handler_that_is_gone_is_told(void **state)
{
    (void)state;
    come_and_leave("reaps-once");
    assert_tells("1 child has ended");
    assert_tells("its handler for SIGCHLD ran once, and was then removed, acts.c:");
}

static void test_a_signal_that_is_blocked_is_told(void **state)
{
    (void)state;
    come_and_leave("blocks-the-end");
    assert_tells("2 children have ended");
    assert_tells("SIGCHLD is blocked in the parent");
}

static void test_a_connection_that_is_kept_is_told(void **state)
{
    (void)state;
    struct peer *client;
    talk_to("keeps-connections", &client);
    assert_true(everything_waits());
    stage.last = STALLED;
    assert_tells("The parent still has the connection to port ");
    assert_tells(" open, like its child (it is from accept, acts.c:");
}

static void test_a_child_that_accepts_is_told(void **state)
{
    (void)state;
    struct peer *client;
    struct program *server = talk_to("lets-children-accept", &client);
    expect_farewell(client);
    program_settle(server);
    stage.last = STALLED;
    assert_tells("A child called accept after its session, acts.c:");
    assert_tells(", and waits there for another client.");
}

static void test_a_parent_that_waits_is_told(void **state)
{
    (void)state;
    struct peer *client;
    wait_in_vain(talk_to("waits-for-its-child", &client));
    assert_int_equal(stage.last, STALLED);
    assert_tells("The parent waits for a child to end, in waitpid, acts.c:");
}

static void test_a_parent_that_talks_is_told(void **state)
{
    (void)state;
    struct peer *client;
    cast("talks-itself");
    struct program *server = start_server();
    client = connect_client(server, "the client");
    program_settle(server);
    wait_in_vain(server);
    assert_false(client->finished);
    assert_tells("The parent talks to a client itself: it is blocked in recv, acts.c:");
}

static void test_a_child_that_crashes_is_told(void **state)
{
    (void)state;
    size_t extra;
    cast("crashes-in-its-child");
    struct peer *client = connect_client(start_server(), "the client");
    peer_send(client, "abc", 3);
    assert_true(peer_receive_end(client, &extra));
    assert_tells("The process that serves the client has crashed: Segmentation fault, acts.c:");
    assert_tells(" (in look_at)");
}

static void test_who_stands_in_vfork_is_told(void **state)
{
    (void)state;
    cast("forks-for-memory");
    struct program *server = start_server();
    connect_client(server, "the client");
    program_settle(server);
    assert_tells("is blocked in vfork(2)");
}

#define ON_STAGE(test) cmocka_unit_test_setup_teardown(test, open_stage, close_stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_STAGE(test_where_nothing_is_wrong_nothing_is_told),
        ON_STAGE(test_a_zombie_that_nobody_waits_for_is_told),
        ON_STAGE(test_a_handler_that_is_gone_is_told),
        ON_STAGE(test_a_signal_that_is_blocked_is_told),
        ON_STAGE(test_a_connection_that_is_kept_is_told),
        ON_STAGE(test_a_child_that_accepts_is_told),
        ON_STAGE(test_a_parent_that_waits_is_told),
        ON_STAGE(test_a_parent_that_talks_is_told),
        ON_STAGE(test_a_child_that_crashes_is_told),
        ON_STAGE(test_who_stands_in_vfork_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
