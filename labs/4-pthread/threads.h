/*
 * A thread for each client: what serve() (common/serve.h) must do in this lab in addition.
 * man pages: pthreads(7) pthread_create(3) pthread_detach(3) pthread_attr_setdetachstate(3)
 *            close(2)
 *
 * - Each client gets its own thread when it connects. So the server can serve any number of clients
 *   at once, and a silent client does not block the others.
 * - The thread's arguments (connection, port, session, context) belong to this thread alone from
 *   the moment it is created. The thread must serve the client it was created for, no matter how
 *   late it starts and what the next accept does.
 * - CONTEXT is shared: all sessions get the same pointer, at the same time. What it points to must
 *   protect itself (room.h).
 * - The thread runs the session, closes the connection, prints `disconnected`, frees its arguments
 *   and ends, whatever the session returned.
 * - A thread that has ended leaves nothing behind, neither its stack nor its arguments: detach it
 *   once, or join it once, but not both. After 2,000 clients, one after another, the process must
 *   be as it was after the first one.
 * - pthread_create returns its error and does not set errno. If it fails, serve calls
 *   complain_because("pthread_create", strerror(error)), closes this client's connection, frees the
 *   arguments of its thread, and serves the next client. It need not print `connected` for this
 *   client. Each thread takes address space for its stack, usually 8 MiB (`ulimit -s`), so a limit
 *   of address space (`ulimit -v`) limits the number of clients.
 * - SIGPIPE must never end the server: it would kill all threads.
 *
 * Any thread may print `[40276] connected`, before the first line of the session. `[40276]
 * disconnected` follows after the session. The lines of different clients may appear in any order.
 *
 * serve is called once, from the main thread. There is nothing to declare here: the prototype is
 * the one of lab 1.
 */
#ifndef SOCKLADDER_THREADS_H
#define SOCKLADDER_THREADS_H

#include "common/serve.h"

#endif
