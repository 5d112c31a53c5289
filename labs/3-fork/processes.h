/*
 * A process for each client: what serve() (common/serve.h) must do in this lab in addition.
 * man pages: fork(2) waitpid(2) sigaction(2) signal(7) _exit(2) close(2) accept(2)
 *
 * - Each client gets its own process when it connects, not before. So the server can serve any
 *   number of clients at once, and a silent client does not block the others.
 * - The child serves only this client. It closes the listening socket, runs the session, closes the
 *   connection, and ends with _exit(2) or exit(3), with status 0, whatever the session returned. It
 *   never returns from serve() and never calls accept. If a child crashes, the server and the other
 *   children go on.
 * - What waits in a buffer of stdio when the parent calls fork is copied: a child must not print it
 *   again.
 * - CONTEXT is the child's own copy: no other process sees what a session changes in it.
 * - The parent closes the connection at once, so that the client sees end of file when the child
 *   has closed its own descriptor. Then it accepts the next client, and never waits for one
 *   particular child.
 * - Children that have ended are reaped, even if many end at the same moment. When the next client
 *   has been accepted, no zombie of an earlier client may be left. You choose how: a handler for
 *   SIGCHLD, SIG_IGN, waitpid in the loop, or another way. When main calls serve, SIGCHLD is not
 *   blocked.
 * - If fork fails, serve calls complain("fork"), with the errno of fork, closes this client's
 *   connection, and serves the next client. It need not print `connected` for this client.
 * - A signal handler leaves errno unchanged, and calls only async-signal-safe functions
 *   (signal-safety(7)). It may interrupt accept(2): tcp_accept() handles that.
 *
 * Any process may print `[40276] connected`, before the first line of the session. The child prints
 * `[40276] disconnected`, after the session and before it ends. The lines of different clients may
 * appear in any order. What happens to the children if the parent is killed is not defined.
 *
 * There is nothing to declare here: the prototype is the one of lab 1.
 */
#ifndef SOCKLADDER_PROCESSES_H
#define SOCKLADDER_PROCESSES_H

#include "common/serve.h"

#endif
