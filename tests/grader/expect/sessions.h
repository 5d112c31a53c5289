/* serve by itself, with a session of the test's (tests/drivers/call_serve.c), which shows that it
   runs and takes what comes until the client has closed. If one of these functions fails, it ends
   the test with a report. */
#ifndef SOCKLADDER_SESSIONS_H
#define SOCKLADDER_SESSIONS_H

#include "grader/play/program.h"

/* CLIENT has connected: expects DRIVER's console to show that its session runs, with its port and
   with the context that serve was given. */
void expect_session(struct program *driver, const struct peer *client);

/* CLIENT has closed its sending side: expects the lines about it to stand on DRIVER's console in
   order, `connected`, `session`, `disconnected`. */
void expect_session_over(struct program *driver, const struct peer *client);

/* The same, and before that, the end of its connection. */
void expect_session_ends(struct program *driver, struct peer *client);

/* Three sessions at once, which end in another order than they began; then another one. ALSO, if it
   is not NULL, is called for each of the three while it runs. */
void expect_sessions_at_once(struct program *driver,
                             pid_t (*also)(struct program *, const struct peer *));

/* Starts a driver whose accept fails with ERROR, an error of the listener itself. Expects serve to
   return -1 with it, and to leave the listener open. */
void expect_serve_returns(int error);

#endif
