/* Who serves whom, and who is a zombie: grader/observe/children.h. */
#include "fixture.h"

#include "grader/expect/children.h"
#include "grader/expect/echo.h"
#include "grader/expect/server.h"
#include "grader/observe/blocked.h"
#include "grader/observe/children.h"
#include "grader/observe/procfs.h"
#include "grader/play/peer.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct program *talk_to(const char *behaviour, struct peer **client)
{
    cast(behaviour);
    struct program *server = start_server();
    *client = connect_client(server, "the client");
    expect_echo(*client, "abc", 3);
    return server;
}

static void test_a_client_has_its_process(void **state)
{
    (void)state;
    pid_t pids[8];
    struct peer *client;
    struct program *server = talk_to("forks", &client);
    pid_t process = expect_process(server, client);
    assert_int_not_equal(process, server->pid);
    assert_int_equal(children_alive(pids, 8), 1);
    assert_int_equal(pids[0], process);
    assert_int_equal(children_holding(server, client, pids, 8), 1);
    assert_int_equal(pids[0], process);
    assert_false(process_has_ended(process));
    peer_close(client);
    expect_process_end(server, process, "the client");
    assert_true(process_has_ended(process));
    assert_int_equal(children_alive(pids, 8), 0);
}

static void test_all_who_hold_a_connection_are_found(void **state)
{
    (void)state;
    pid_t pids[8];
    struct peer *client;
    struct program *server = talk_to("keeps-connections", &client);
    assert_true(everything_waits());
    assert_int_equal(children_holding(server, client, pids, 8), 2);
    assert_int_equal(pids[0], server->pid);
    assert_int_equal(children_holding(server, client, pids, 1), 1);
    struct peer *stranger = peer_bind("nobody");
    assert_int_equal(children_holding(server, stranger, pids, 8), -1);
}

static void test_a_zombie_is_one_until_it_is_reaped(void **state)
{
    (void)state;
    struct peer *client;
    struct program *server = talk_to("never-reaps", &client);
    pid_t process = expect_process(server, client);
    assert_int_equal(children_zombies(), 0);
    assert_false(process_is_zombie(process));
    peer_close(client);
    assert_true(children_end(&process, 1));
    assert_int_equal(children_zombies(), 1);
    assert_true(process_is_zombie(process));
    program_terminate(server);
    assert_int_equal(children_zombies(), 0);
}

static void test_a_process_that_stays_does_not_end(void **state)
{
    (void)state;
    struct peer *client;
    struct program *server = talk_to("forks", &client);
    pid_t process = expect_process(server, client);
    assert_false(children_end(&process, 1));
    assert_int_equal(stage.last, STALLED);
}

static void test_a_process_that_is_stopped_stands(void **state)
{
    (void)state;
    pid_t parent;
    struct peer *client;
    struct program *server = talk_to("forks", &client);
    pid_t process = expect_process(server, client);
    process_stop(process);
    assert_int_equal(procfs_state(process, &parent), 'T');
    assert_int_equal(parent, server->pid);
    assert_true(everything_waits());
}

static void test_signals_are_ignored_caught_and_blocked(void **state)
{
    (void)state;
    struct peer *client;
    struct program *server = talk_to("forks", &client);
    assert_true(process_has_signal(server->pid, "SigIgn", SIGCHLD));
    assert_false(process_has_signal(server->pid, "SigCgt", SIGCHLD));
    server = talk_to("reaps-once", &client);
    assert_true(process_has_signal(server->pid, "SigCgt", SIGCHLD));
    assert_false(process_has_signal(server->pid, "SigIgn", SIGCHLD));
    server = talk_to("blocks-the-end", &client);
    assert_true(process_has_signal(server->pid, "SigBlk", SIGCHLD));
    assert_false(process_has_signal(server->pid, "SigBlk", SIGUSR1));
}

static void test_who_stands_in_vfork_is_found(void **state)
{
    (void)state;
    struct peer *client;
    assert_false(blocked_in_vfork(talk_to("forks", &client)->pid));
    cast("forks-for-memory");
    struct program *server = start_server();
    connect_client(server, "the client");
    program_settle(server);
    assert_true(blocked_in_vfork(server->pid));
}

#define ON_STAGE(test) cmocka_unit_test_setup_teardown(test, open_stage, close_stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_STAGE(test_a_client_has_its_process),
        ON_STAGE(test_all_who_hold_a_connection_are_found),
        ON_STAGE(test_a_zombie_is_one_until_it_is_reaped),
        ON_STAGE(test_a_process_that_stays_does_not_end),
        ON_STAGE(test_a_process_that_is_stopped_stands),
        ON_STAGE(test_signals_are_ignored_caught_and_blocked),
        ON_STAGE(test_who_stands_in_vfork_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
