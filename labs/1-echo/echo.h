/*
 * The echo service: the server sends every byte back. Both sides of it.
 * man pages: recv(2) send(2) close(2) tcp(7); the service is RFC 862.
 *
 * A stream has no messages. One recv(2) returns what has arrived: at least one byte, at most as
 * many as fit. One send(2) may take fewer bytes than you gave it (a short write). A byte may have
 * any value, even 0.
 *
 * A signal handler may interrupt either call: it then fails with EINTR, nothing has happened, and
 * you must call it again. Every other error ends the session.
 */
#ifndef SOCKLADDER_ECHO_H
#define SOCKLADDER_ECHO_H

#include <stddef.h>
#include <stdint.h>

/*
 * The server's side, a session_fn (common/serve.h). Sends every byte that arrives on CONN back on
 * CONN, as soon as it arrives, without waiting for more. Goes on until end of file, when the client
 * has closed its sending side, and sends all bytes back before it returns. Waits for a silent
 * client without a time limit and without using the CPU.
 *
 *   conn     the connected socket; do not close it: the caller does
 *   peer     the client's port; not needed here
 *   context  not needed here
 *
 * Returns 0 after end of file. Returns -1 with errno if recv or send failed, after complain("recv")
 * or complain("send"). Do not complain about end of file. A send to a client that has gone must not
 * raise SIGPIPE, or the signal must be ignored (see serve.h). Several threads may call it at the
 * same time, each with its own conn.
 */
int echo_session(int conn, uint16_t peer, void *context);

/*
 * The client's side. Sends the LENGTH bytes of MESSAGE on CONN, then receives their echo in REPLY.
 *
 *   conn    the connected socket; do not close it: the caller does
 *   length  0 is allowed: then nothing is sent, and nothing is received
 *   reply   the caller's buffer of LENGTH bytes; do not add a terminating 0
 *
 * It may send all of MESSAGE before it receives anything. Until then the kernel keeps the echo in
 * its buffers (tcp(7)); if these were full, both sides would wait for ever. As Linux comes, they
 * have room for the longest MESSAGE that the client can get, an argument of 131,071 bytes
 * (execve(2)). Whoever sends more must receive in between.
 *
 * A send to a server that has gone must not raise SIGPIPE, or the signal must be ignored.
 * Receives exactly LENGTH bytes, no matter how the stream splits them, and leaves any later bytes
 * unread. There is no time-out in this lab: it waits as long as necessary. It does not check the
 * contents of the bytes.
 *
 * Returns 0 when all bytes have arrived. Returns -1 if the connection broke before that, after
 * complain(), with the errno of the call that failed. If the server closes the connection too
 * early, recv reports no error, but echo_ask must fail too: it calls
 * complain_because("recv", "connection closed by the server"), sets errno to ECONNRESET, and
 * returns -1.
 */
int echo_ask(int conn, const char *message, size_t length, char *reply);

#endif
