/* serve.c by itself, with a session of the test's: when it runs, and what becomes of its result. */
#include "grader/expect/sessions.h"
#include "lab-4/common.h"

#include <errno.h>

/* Serves several at once, and closes each connection once. */
static void serve_several(struct program *driver)
{
    expect_sessions_at_once(driver, NULL);
    expect_closed_once(driver, "serve closes the connection, once, after the session.");
}

SCENARIO(serve_sessions, 3, "-e: serve runs a session in a thread for each client",
         "Each thread prints `connected`, calls session(conn, peer, context) with its own "
         "connection and port and the context of serve, closes the connection, and prints "
         "`disconnected`.",
         "A thread for each client")
{
    serve_several(expect_listening(program_start_driver("call_serve", NULL)));
}

SCENARIO(serve_broken_sessions, 2, "-e: serve goes on when sessions have returned -1",
         "What a session returns concerns its client alone: close the connection, and let the "
         "thread end.",
         "A thread for each client")
{
    serve_several(expect_listening(program_start_driver("call_serve", "break", NULL)));
}

SCENARIO(serve_returns, 2, "-e: serve returns -1 when tcp_accept does",
         "If tcp_accept returns -1, return -1 at once, so that errno stays as it is. The caller "
         "closes the listener.",
         "When accept fails")
{
    expect_serve_returns(EINVAL);
    expect_serve_returns(EBADF);
}
