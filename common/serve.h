/*
 * One prototype, three bodies: lab 1 serves one client after another, lab 3 starts a process for
 * each, lab 4 a thread for each. What is said to a client, the session, knows nothing of this.
 */
#ifndef SOCKLADDER_SERVE_H
#define SOCKLADDER_SERVE_H

#include <stdint.h>

/*
 * One conversation with one client, from its first byte to its last.
 *
 *   conn     the connected socket; it stays the caller's, who closes it after the session
 *   peer     the client's port, in host byte order: the number in the console lines
 *   context  whatever serve() was given, passed on untouched
 *
 * Returns 0 when the client closed the connection in the ordinary way, -1 when the connection
 * broke, with errno set. Both concern this client alone: the server goes on.
 */
typedef int session_fn(int conn, uint16_t peer, void *context);

/*
 * Gets each client of LISTENER as tcp_accept() does (1-echo/tcp.h), and runs
 * SESSION(conn, peer, CONTEXT) for it, for ever. Waiting for the next one does not use the
 * processor.
 *
 * For each client the console (console.h) shows `[40276] connected` before its session and
 * `[40276] disconnected` after it, 40276 being the client's port. The connection is closed after
 * its session, whatever the session returned. A client that breaks off never ends the server, and
 * neither does SIGPIPE: the signal is ignored, or send() is called so that it is never raised.
 *
 * Returns only when the listener is of no use, which is when tcp_accept() returns -1: -1 as well,
 * with the same errno. LISTENER stays the caller's.
 */
int serve(int listener, session_fn *session, void *context);

#endif
