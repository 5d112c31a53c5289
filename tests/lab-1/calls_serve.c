/* serve.c by itself, with a session of the test's: when it runs, and what becomes of its result. */
#include "lab-1/common.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* CLIENT has connected: DRIVER's console shows so, and then that the session runs. */
static void expect_session(struct program *driver, const struct peer *client)
{
    char line[40];
    snprintf(line, sizeof line, "[%u] session", client->port);
    if (program_wait_line(driver, line) == DONE)
        return;
    stage.explained = has_words(&driver->said, "with another context");
    if (stage.explained)
        fail_because(EXPECT_CONSOLE,
                     "A client with port %u connected. serve should have called session(conn, %u, "
                     "context) with the context that it was given; it gave it another one.",
                     client->port, client->port);
    fail_because(EXPECT_CONSOLE,
                 "A client with port %u connected. serve should have called session(conn, %u, "
                 "context) for it.",
                 client->port, client->port);
}

/* The lines about CLIENT stand in this order on DRIVER's console, each once. */
static void expect_order(struct program *driver, const struct peer *client)
{
    static const char *const words[] = {"connected", "session", "disconnected"};
    char line[40];
    struct text said = {0};
    snprintf(line, sizeof line, "[%u] disconnected", client->port);
    program_wait_line(driver, line);
    const char *at = driver->said.start;
    for (size_t i = 0; at != NULL && i < sizeof words / sizeof words[0]; i++) {
        snprintf(line, sizeof line, "[%u] %s\n", client->port, words[i]);
        at = strstr(at, line);
    }
    if (at != NULL)
        return;
    text_quote(&said, driver->said.start, driver->said.length, 400);
    fail_because(EXPECT_CONSOLE,
                 "A client with port %u connected, and left. The console should show its "
                 "`connected`, then its session, then its `disconnected`. It shows:%s",
                 client->port, said.start);
}

/* Three clients, one after another. */
static void serve_three(struct program *driver)
{
    for (int i = 0; i < 3; i++) {
        size_t extra;
        struct peer *client = connect_client(driver, "A client");
        expect_session(driver, client);
        peer_half_close(client);
        if (!peer_receive_end(client, &extra))
            fail_because(EXPECT_CLOSE,
                         "The session of a client had returned. serve should have closed its "
                         "connection; it is still open.");
        expect_order(driver, client);
    }
}

SCENARIO(serve_sessions, 2, "serve: runs a session for each client, and closes after it",
         "tcp_accept, console_tell, session, close, console_tell; then the next client.",
         "One client after another")
{
    serve_three(expect_listening(program_start_driver("call_serve", NULL)));
}

SCENARIO(serve_broken_session, 1, "serve: goes on when a session has returned -1",
         "What a session returns concerns its client alone: close the connection, and accept the "
         "next client.",
         "One client after another")
{
    serve_three(expect_listening(program_start_driver("call_serve", "break", NULL)));
}

SCENARIO(serve_returns, 2, "serve: returns -1 when tcp_accept does",
         "If tcp_accept returns -1, return -1 at once, so that errno stays as it is. The caller "
         "closes the listener.",
         "When accept fails")
{
    static const int errors[] = {EINVAL, EBADF};
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        char situation[80];
        snprintf(situation, sizeof situation, "accept failed with %s, and tcp_accept returned -1",
                 strerrorname_np(errors[i]));
        driver_holds();
        fault_at_start(GROUP_ACCEPTING, errors[i], 0, INT32_MAX, 0);
        struct program *driver = expect_listening(program_start_driver("call_serve", NULL));
        peer_begin_connect("A client", "127.0.0.1", driver->port);
        struct returned returned = expect_returned(driver, "serve", 1, situation);
        expect_met(driver, &returned, GROUP_ACCEPTING, "accept");
        expect_error(&returned, errors[i], situation);
        expect_sockets(driver, &returned, 1, situation,
                       "the listener stays open, and its caller closes it");
    }
}
