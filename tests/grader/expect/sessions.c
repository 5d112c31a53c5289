#include "grader/expect/sessions.h"

#include "grader/expect/driven.h"
#include "grader/expect/server.h"
#include "grader/play/orders.h"
#include "grader/play/peer.h"

#include <stdio.h>
#include <string.h>

void expect_session(struct program *driver, const struct peer *client)
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

void expect_session_over(struct program *driver, const struct peer *client)
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
    if (!has_words(&driver->said, "] connected"))
        text_add(&said,
                 _("\nIf you used printf, the line waits in a buffer until fflush or the end "
                   "of the program. console_tell writes at once."));
    fail_because(EXPECT_CONSOLE,
                 "A client with port %u connected, and left. The console should show its "
                 "`connected`, then its session, then its `disconnected`. It shows:%s",
                 client->port, said.start);
}

void expect_session_ends(struct program *driver, struct peer *client)
{
    size_t extra;
    peer_half_close(client);
    if (!peer_receive_end(client, &extra))
        fail_because(EXPECT_CLOSE,
                     "A client closed its sending side, which ends its session. serve should then "
                     "have closed the connection; it is still open.");
    expect_session_over(driver, client);
}

void expect_sessions_at_once(struct program *driver,
                             pid_t (*also)(struct program *, const struct peer *))
{
    struct peer *clients[3];
    for (size_t i = 0; i < 3; i++) {
        clients[i] = connect_client(driver, "A client");
        expect_session(driver, clients[i]);
        if (also != NULL)
            also(driver, clients[i]);
    }
    expect_session_ends(driver, clients[1]);
    expect_session_ends(driver, clients[0]);
    clients[0] = connect_client(driver, "The next client");
    expect_session(driver, clients[0]);
    expect_session_ends(driver, clients[0]);
    expect_session_ends(driver, clients[2]);
}

void expect_serve_returns(int error)
{
    char situation[80];
    snprintf(situation, sizeof situation, _("accept failed with %s, and tcp_accept returned -1"),
             strerrorname_np(error));
    driver_holds();
    fault_at_start(GROUP_ACCEPTING, error, 0, INT32_MAX, 0);
    struct program *driver = expect_listening(program_start_driver("call_serve", NULL));
    peer_begin_connect("A client", "127.0.0.1", driver->port);
    struct returned returned = expect_returned(driver, "serve", 1, situation);
    expect_met(driver, &returned, GROUP_ACCEPTING, "accept");
    expect_error(&returned, error, situation);
    expect_sockets(driver, &returned, 1, situation,
                   "the listener stays open, and its caller closes it");
}
