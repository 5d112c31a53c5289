/* serve.c by itself, with a session of the test's: when it runs, and what becomes of its result. */
#include "grader/expect/sessions.h"
#include "lab-1/common.h"

#include <errno.h>

/* Three clients, one after another. */
static void serve_three(struct program *driver)
{
    for (int i = 0; i < 3; i++) {
        struct peer *client = connect_client(driver, "A client");
        expect_session(driver, client);
        expect_session_ends(driver, client);
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
    expect_serve_returns(EINVAL);
    expect_serve_returns(EBADF);
}
