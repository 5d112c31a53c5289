/*
 * A process for each client: what serve() (common/serve.h) promises in this lab besides.
 * man pages: fork(2) waitpid(2) sigaction(2) signal(7) _exit(2) close(2) accept(2)
 *
 * - Each client gets a process of its own when it arrives, not ahead of time, so that any number
 *   of them is served at once, and one that stays silent holds up nobody.
 * - The child talks to its client and to nobody else: it closes the listener, runs the session,
 *   closes the connection, and ends with _exit(2) or exit(3), status 0, whatever the session
 *   returned. It never returns from serve() and never accepts. A child that crashes takes nobody
 *   with it.
 * - CONTEXT is the child's own copy: what a session changes in it, nobody else sees.
 * - The parent closes the connection at once: the client sees the end of the stream when the child
 *   is done. It goes on to accept, and waits for no particular child.
 * - Children that have ended are reaped, however many end at the same moment: at the latest when
 *   the next client has been accepted, no zombie of an earlier one is left. How is up to you: a
 *   handler for SIGCHLD, SIG_IGN, waitpid in the loop, and others are all right.
 * - When fork fails, serve says so with complain("fork"), with the errno of fork, lets this client
 *   go, and serves the next. Of this client the console need not show anything.
 * - A signal handler leaves errno as it found it, and calls nothing but async-signal-safe functions
 *   (signal-safety(7)). It may interrupt accept(2): that is no failure, as tcp_accept() knows.
 *
 * `[40276] connected` is said before the first line of the session, by whichever process;
 * `[40276] disconnected` by the child, when the session is over and before the child ends. In what
 * order the lines of different clients appear is not promised.
 * What happens to the children when the parent is ended from outside is not promised.
 *
 * There is nothing to declare here: the prototype is the one of lab 1.
 */
#ifndef SOCKLADDER_PROCESSES_H
#define SOCKLADDER_PROCESSES_H

#include "common/serve.h"

#endif
