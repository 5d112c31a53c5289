/*
 * The echo: what arrives goes back, byte for byte. Both ends of it.
 * man pages: recv(2) send(2) close(2) tcp(7); the service is RFC 862.
 *
 * A stream has no messages. One recv(2) returns whatever has arrived, from one byte to all that
 * fits; one send(2) takes what there is room for, and may take less than it was given. A byte may
 * have any value, 0 included.
 *
 * A signal handler may interrupt either call (EINTR): then nothing has happened, and it is made
 * again. Every other error ends the conversation.
 */
#ifndef SOCKLADDER_ECHO_H
#define SOCKLADDER_ECHO_H

#include <stddef.h>
#include <stdint.h>

/*
 * The server's end, a session_fn (common/serve.h): sends back on CONN every byte that arrives, as
 * soon as it arrives and without waiting for more, until the client has closed its sending side
 * and everything has gone back to it. A client that is silent is waited for, as long as it takes,
 * without using the processor.
 *
 *   conn     the connected socket; it stays the caller's and is still open afterwards
 *   peer     the client's port; not needed here
 *   context  not needed here
 *
 * Returns 0 after the client's end of file; -1 with errno when recv or send failed, after
 * complain("recv") or complain("send"). An ordinary end is no reason to complain. Sending to a
 * client that has gone does not raise SIGPIPE, or the signal is ignored (see serve.h). May be
 * called from any thread, with a conn each.
 */
int echo_session(int conn, uint16_t peer, void *context);

/*
 * The client's end: sends the LENGTH bytes of MESSAGE on CONN, then collects their echo in REPLY.
 *
 *   conn    the connected socket; it stays the caller's
 *   length  0 is allowed: an empty message is its own echo, and nothing is sent or waited for
 *   reply   room for LENGTH bytes, the caller's; no terminator is added
 *
 * Reads exactly LENGTH bytes, however they are cut up, and nothing that comes after them. Waits as
 * long as it takes: there is no time-out in this lab. What the bytes are is not checked.
 *
 * Returns 0 when all have arrived; -1 when the connection broke before that, after complain(), with
 * errno of the call that failed. A server that closes too early is such a failure as well, though
 * recv reports no error: complain_because("recv", "connection closed by the server"), errno
 * ECONNRESET.
 */
int echo_ask(int conn, const char *message, size_t length, char *reply);

#endif
