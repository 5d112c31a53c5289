/* serve.c by itself, with a session of the test's: when it runs, and what becomes of its result. */
#include "grader/expect/sessions.h"
#include "lab-4/common.h"

#include <errno.h>

/* Three sessions at once; they end in another order than they began. Then another one. */
static void serve_three(struct program *driver)
{
    struct peer *clients[3];
    for (size_t i = 0; i < 3; i++) {
        clients[i] = connect_client(driver, "A client");
        expect_session(driver, clients[i]);
    }
    expect_session_ends(driver, clients[1]);
    expect_session_ends(driver, clients[0]);
    clients[0] = connect_client(driver, "The next client");
    expect_session(driver, clients[0]);
    expect_session_ends(driver, clients[0]);
    expect_session_ends(driver, clients[2]);
    expect_closed_once(driver, "serve closes the connection, once, after the session.");
}

SCENARIO(serve_sessions, 3, "-e: serve runs a session in a thread for each client",
         "Each thread calls session(conn, peer, context) with its own connection and port, and "
         "the context that serve got; then it closes the connection.",
         "A thread for each client")
{
    serve_three(expect_listening(program_start_driver("call_serve", NULL)));
}

SCENARIO(serve_broken_sessions, 2, "-e: serve goes on when sessions have returned -1",
         "What a session returns concerns its client alone: close the connection, and let the "
         "thread end.",
         "A thread for each client")
{
    serve_three(expect_listening(program_start_driver("call_serve", "break", NULL)));
}

SCENARIO(serve_returns, 2, "-e: serve returns -1 when tcp_accept does",
         "If tcp_accept returns -1, return -1 at once, so that errno stays as it is. The caller "
         "closes the listener.",
         "When accept fails")
{
    expect_serve_returns(EINVAL);
    expect_serve_returns(EBADF);
}
