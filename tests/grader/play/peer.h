/*
 * The other side of the conversation, played by the test over real sockets with code of its own,
 * so that two mistakes of a student cannot cancel each other.
 *
 * A peer that cannot do what it is asked because of the program under test fails the test with a
 * message; the functions that return say only what the test wants to decide itself. Every function
 * writes down what it did for the ladder.
 */
#ifndef SOCKLADDER_PEER_H
#define SOCKLADDER_PEER_H

#include "grader/play/stage.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Connects to PORT on ADDRESS ("127.0.0.1") within this machine; fails the test if that is
   impossible. peer_begin_connect() does not wait; peer_end_connect() does, and returns how the wait
   ended. If DONE, *ERROR is 0 or the errno of the refusal. */
struct peer *peer_connect(const char *name, const char *address, uint16_t port);
struct peer *peer_begin_connect(const char *name, const char *address, uint16_t port);
enum wait_result peer_end_connect(struct peer *peer, int *error);

/* Connects to where OTHER is connected, from the same port at another address of this machine. */
struct peer *peer_connect_like(const char *name, const struct peer *other);

/* Keeps the kernel's buffers of this side small, for tests of full ones. Before connecting is best:
   then the window stays small as well. Applies to the peers opened next; 0 is the ordinary size. */
void peer_buffers(int bytes);

/* Sends all of it; fails the test if the program does not take it. */
void peer_send(struct peer *peer, const void *bytes, size_t length);

/* Sends while there is room, without waiting for the program; returns how much went. */
size_t peer_send_some(struct peer *peer, const void *bytes, size_t length);

/* Sends until all has gone or the program takes no more and never will (see *OUTLOOK). */
size_t peer_push(struct peer *peer, const void *bytes, size_t length, enum wait_result *result);

/* Sends until all has gone or the program rests without taking more; returns how much went. */
size_t peer_flood(struct peer *peer, const void *bytes, size_t length);

/* Receives until LENGTH bytes are there, or the end or a reset of the connection, or until no more
   can come; returns how many. The peer's `finished` and `reset`, and stage.last, say why. */
size_t peer_receive(struct peer *peer, void *bytes, size_t length);

/* Whoever takes bytes from the peer's `fd` by itself acknowledges them: else what the program sends
   next may wait for 40 ms. */
void peer_acknowledge(const struct peer *peer);

/* Looks at the next byte without taking it. 1: it is in *BYTE; 0: the connection has ended or was
   reset; -1: nothing has come yet. */
int peer_peek(const struct peer *peer, char *byte);

/* Waits for the end of the connection. Returns true if it came, by FIN or RST; the bytes that came
   before it are counted in *EXTRA. False as well when 4 MiB have come without an end. */
bool peer_receive_end(struct peer *peer, size_t *extra);

void peer_half_close(struct peer *peer); /* shutdown(SHUT_WR): FIN, and still listening */
void peer_close(struct peer *peer);
void peer_reset(struct peer *peer); /* RST */

/* A socket that listens on a port of the kernel's choice on 127.0.0.1, and the next who comes. */
struct peer *peer_listen(const char *name);
struct peer *peer_accept(struct peer *listener, const char *name);

/* A socket that only holds a port of the kernel's choice on 127.0.0.1: a connect is refused. */
struct peer *peer_bind(const char *name);

/* A port that is free on all addresses at this moment, outside the range that the kernel gives away
   by itself. Somebody may take it: peer_port_taken() tells, by trying. */
uint16_t peer_free_port(void);
bool peer_port_taken(uint16_t port);

/* True when bytes of this connection are on their way to PEER, so that waiting makes sense. */
bool peer_expects_bytes(const struct peer *peer);

/* Makes a peer of FD, a non-blocking socket of the test's own that is bound to PORT, for datagrams.
 */
struct peer *peer_adopt(const char *name, int fd, uint16_t port);

void peer_free(struct peer *peer);

#endif
