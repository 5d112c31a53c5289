/*
 * A thread for each client: what serve() (common/serve.h) promises in this lab besides.
 * man pages: pthreads(7) pthread_create(3) pthread_detach(3) pthread_attr_setdetachstate(3)
 *            close(2)
 *
 * - Each client gets a thread of its own when it arrives, so that any number of them is served at
 *   once, and one that stays silent holds up nobody.
 * - The thread's arguments (connection, port, session, context) are its own from the moment it is
 *   created: whatever the next accept does, and however late the thread begins, it serves the
 *   client it was created for.
 * - CONTEXT is shared: all sessions get the same pointer, at the same time. What it points to
 *   guards itself (room.h).
 * - The thread runs the session, closes the connection, says `disconnected`, releases what it was
 *   given and ends, whatever the session returned.
 * - Nothing of a thread that has ended is left, neither its stack nor its arguments: it is
 *   detached, or somebody joins it, but not both. 2,000 clients, one after another, leave the
 *   process as it was after the first.
 * - When pthread_create fails, it returns the error and leaves errno alone. serve says so with
 *   complain_because("pthread_create", strerror(error)), closes this client's connection, releases
 *   what was meant for its thread, and serves the next. Of this client the console need not show
 *   anything.
 * - SIGPIPE never ends the server: a thread that it hits would take all the others along.
 *
 * `[40276] connected` is said before the first line of the session, by whichever thread;
 * `[40276] disconnected` when the session is over. In what order the lines of different clients
 * appear is not promised.
 *
 * serve is called once, from the main thread. There is nothing to declare here: the prototype is
 * the one of lab 1.
 */
#ifndef SOCKLADDER_THREADS_H
#define SOCKLADDER_THREADS_H

#include "common/serve.h"

#endif
