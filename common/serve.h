/*
 * One prototype, three bodies: lab 1 serves one client after another, lab 3 starts a process for
 * each client, lab 4 a thread. The session, which serves one client, is the same in all three.
 */
#ifndef SOCKLADDER_SERVE_H
#define SOCKLADDER_SERVE_H

#include <stdint.h>

/*
 * Serves one client, from its first byte to its last.
 *
 *   conn     the connected socket; the session must not close it: its caller does
 *   peer     the client's port, in host byte order: the number in the console lines
 *   context  the pointer that serve() got
 *
 * Returns 0 if the client closed the connection, or -1 with errno if the connection broke. Both
 * concern only this client: the server goes on.
 */
typedef int session_fn(int conn, uint16_t peer, void *context);

/*
 * Accepts clients from LISTENER, as tcp_accept() does (1-echo/tcp.h), and runs
 * SESSION(conn, peer, CONTEXT) for each of them, forever. It must not use the CPU while it waits.
 *
 * For each client, prints `[40276] connected` before the session and `[40276] disconnected` after
 * it (console.h), where 40276 is the client's port. Closes the connection after the session,
 * whatever the session returned. A client that breaks its connection must not end the server. Nor
 * must SIGPIPE: ignore the signal, or call send() so that it is never raised.
 *
 * Returns only if tcp_accept() returns -1, because LISTENER cannot be used any more. Then serve
 * returns -1 too, with the same errno. It never closes LISTENER: the caller does.
 */
int serve(int listener, session_fn *session, void *context);

#endif
