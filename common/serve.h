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
 * Accepts clients on LISTENER and runs SESSION(conn, peer, CONTEXT) for each, for ever. Waiting for
 * the next one does not use the processor.
 *
 * For each client the console (console.h) shows `[40276] connected` before its session and
 * `[40276] disconnected` after it, 40276 being the client's port. The connection is closed after
 * its session, whatever the session returned. A client that breaks off never ends the server, and
 * neither does SIGPIPE: the signal is ignored, or send() is called so that it is never raised.
 *
 * accept(2) may fail although the listener is sound. These are not the end:
 *   EINTR, ECONNABORTED             go on with the next client, at once
 *   EMFILE, ENFILE, ENOBUFS, ENOMEM no descriptor or no memory is free: say so with complain(),
 *                                   let a moment pass (10 to 1000 ms) without using the processor,
 *                                   and go on; the waiting client may be served late or let go
 *
 * Returns only when the listener itself cannot be used: -1, errno as accept(2) set it, after
 * complain("accept"). LISTENER stays the caller's.
 */
int serve(int listener, session_fn *session, void *context);

#endif
