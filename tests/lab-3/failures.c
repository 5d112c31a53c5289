/* fork fails, or the listening socket cannot be used any more. */
#include "grader/expect/sessions.h"
#include "lab-3/common.h"

#include <errno.h>
#include <string.h>

SCENARIO(listener_broken, 2, "ends when its listening socket cannot be used",
         "If tcp_accept returns -1, the listening socket cannot be used: return -1 from serve too.",
         "When accept fails")
{
    struct program *server = start_server();
    struct peer *client = connect_and_speak(server, "The first client");
    expect_process(server, client);
    expect_rest("While a client is silent");
    fault_error(server, GROUP_ACCEPTING, EBADF, INT32_MAX, 0);
    /* The call that already waits may accept the first of these; the second comes too late. */
    peer_begin_connect("The second client", "127.0.0.1", server->port);
    peer_begin_connect("The third client", "127.0.0.1", server->port);
    expect_end_of_service(server, EBADF);
}

/* A client connects while fork fails with ERROR. Expects the server to close its connection. */
static void expect_let_go(struct program *server, int error)
{
    struct text why = {0};
    struct peer *client = connect_client(server, "A client that connects while fork fails");
    if (is_let_go(client))
        return;
    if (fault_hits(server, GROUP_FORKING) == 0) {
        expect_process(server, client);
        not_tested_unseen(server, GROUP_FORKING, "make fail");
    }
    text_add(&why, _("fork failed with %s"), strerrorname_np(error));
    fail_not_let_go(client, why.start);
}

/* COUNT clients, one after another, connect while fork fails with ERROR. */
static void expect_all_let_go(struct program *server, size_t count, int error)
{
    const struct text *words = &server->complained;
    struct text said = {0};
    text_free(&server->complained);
    fault_error(server, GROUP_FORKING, error, INT32_MAX, 0);
    for (size_t i = 0; i < count; i++)
        expect_let_go(server, error);
    if (wait_complaints(server, "fork", count, error))
        return;
    if (words->length > 0)
        text_quote(&said, words->start, words->length, 300);
    fail_because(EXPECT_COMPLAINT,
                 "fork failed with %s for %zu clients, one after another. Each time the server "
                 "should have printed on standard error: \"fork: %s\". It printed%s%s",
                 strerrorname_np(error), count, strerror(error),
                 _(said.length > 0 ? ":" : " nothing."), said.length > 0 ? said.start : "");
}

SCENARIO(fork_fails, 4, "closes the connection when fork fails, serves the next client",
         "fork may return -1. Then there is no child: complain, close the connection, and go on.",
         "When fork fails")
{
    enum { CLIENTS = 12 }; /* to catch a server that gives up after a number of errors */
    struct program *server = start_server();
    struct peer *witness = connect_and_speak(server, "A client that connected before");
    struct peer *leaver = connect_and_speak(server, "A client that leaves");
    expect_process(server, witness);
    pid_t process = expect_process(server, leaver);
    long before = descriptors_at_rest(server);
    fault_error(server, GROUP_FORKING, EAGAIN, INT32_MAX, 0);
    expect_farewell(leaver);
    expect_process_end(server, process, "A client");
    expect_all_let_go(server, CLIENTS, EAGAIN);
    expect_rest("After fork had failed");
    expect_few_descriptors(server, before, 0, "Before fork failed, the server's first process had",
                           "After it had failed for some clients");
    expect_reaped("a client had left", ", for which fork failed");
    expect_all_let_go(server, 1, ENOMEM);
    fault_off(server, GROUP_FORKING);
    expect_next(server, "After fork had failed with EAGAIN");
    speak(witness);
}

SCENARIO(no_child, 2, "sends no signal, and does not wait, after fork has failed",
         "If you use -1 as a process ID, it means all processes: in kill, and in waitpid.",
         "When fork fails")
{
    struct program *server = start_server();
    struct peer *witness = connect_and_speak(server, "A client that connected before");
    expect_process(server, witness);
    fault_error(server, GROUP_FORKING, EAGAIN, 1, 0);
    expect_let_go(server, EAGAIN);
    expect_rest("After fork had failed");
    if (trace_signals_everyone(server))
        fail_because(EXPECT_OTHER,
                     "fork failed and returned -1. Then the server sent a signal to process -1, "
                     "which means every process of this user. (The test blocked it.)");
    expect_next(server, "After fork had failed, while another client is connected");
    speak(witness);
}

/* ---- serve by itself ---- */

/* accept fails for all but the first client, who is served by a child then. */
static void expect_child_goes_on(void)
{
    static const char situation[] = "accept failed with EINVAL while a child served a client";
    driver_holds();
    fault_at_start(GROUP_ACCEPTING, EINVAL, 0, INT32_MAX, 1);
    struct program *driver = expect_listening(program_start_driver("call_serve", NULL));
    struct peer *client = connect_client(driver, "A client");
    expect_session(driver, client);
    peer_begin_connect("The second client", "127.0.0.1", driver->port);
    struct returned returned = expect_returned(driver, "serve", 1, situation);
    expect_error(&returned, EINVAL, situation);
    expect_sockets(driver, &returned, 1, situation,
                   "the listener, which its caller closes; the connection is the child's");
    expect_session_ends(driver, client);
}

SCENARIO(serve_returns, 3, "serve returns -1 with errno when tcp_accept does",
         "If tcp_accept returns -1, return -1 at once, so that errno stays as it is. The caller "
         "closes the listener.",
         "When accept fails")
{
    expect_serve_returns(EINVAL);
    expect_serve_returns(EBADF);
    expect_child_goes_on();
}

SCENARIO(serve_fork_fails, 2, "keeps nothing of a client for whom fork has failed",
         "fork has returned -1: complain(\"fork\") first, while errno is that of fork, and then "
         "close the connection.",
         "When fork fails")
{
    static const char situation[] = "fork failed with EAGAIN for a client, and then accept failed";
    driver_holds();
    fault_at_start(GROUP_FORKING, EAGAIN, 0, 1, 0);
    struct program *driver = expect_listening(program_start_driver("call_serve", NULL));
    expect_let_go(driver, EAGAIN);
    struct peer *client = connect_client(driver, "The next client");
    expect_session(driver, client);
    expect_session_ends(driver, client);
    everything_waits();
    fault_error(driver, GROUP_ACCEPTING, EBADF, INT32_MAX, 0);
    /* The call that already waits may accept the first of these; the second comes too late. */
    struct peer *last = peer_begin_connect("The last client", "127.0.0.1", driver->port);
    peer_begin_connect("A client that comes too late", "127.0.0.1", driver->port);
    struct returned returned = expect_returned(driver, "serve", 1, situation);
    expect_error(&returned, EBADF, situation);
    expect_reported(driver, &returned, "fork", strerror(EAGAIN), situation);
    expect_sockets(driver, &returned, 1, situation, "the listener, which its caller closes");
    peer_half_close(last);
}
