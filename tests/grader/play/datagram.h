/*
 * Peers that talk in datagrams (UDP): a socket of the test's own, on an address of this machine and
 * a port of the kernel's choice. There is no connection, so one peer talks to anybody.
 *
 * A datagram peer is a struct peer like the others, with `datagrams` set: stage_wait() wakes up for
 * it, and it is closed with peer_close(). What it does is written down for the ladder.
 */
#ifndef SOCKLADDER_DATAGRAM_H
#define SOCKLADDER_DATAGRAM_H

#include "grader/play/peer.h"
#include "grader/play/program.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DATAGRAM_MOST = 65507 }; /* bytes, over IPv4 */

/* One that has come. */
struct datagram {
    uint64_t time; /* when it arrived, by the kernel: CLOCK_MONOTONIC, ns */
    uint16_t from; /* the sender's port */
    size_t length;
    char bytes[DATAGRAM_MOST + 1]; /* a zero behind them */
};

/* A peer at 127.0.0.1, or at ADDRESS and PORT; NULL if that port is taken there. */
struct peer *datagram_open(const char *name);
struct peer *datagram_open_at(const char *name, const char *address, uint16_t port);

/* Sends one datagram to PORT at 127.0.0.1, or at ADDRESS. */
void datagram_send(struct peer *peer, uint16_t port, const void *bytes, size_t length);
void datagram_send_to(struct peer *peer, const char *address, uint16_t port, const void *bytes,
                      size_t length);

/* Takes the next datagram, if one is there. Never waits. */
bool datagram_take(struct peer *peer, struct datagram *datagram);

/* Waits for the next datagram. False when none can come: stage.last says why. */
bool datagram_receive(struct peer *peer, struct datagram *datagram);

/* Writes down that the test lets DATAGRAM get lost, for the ladder. */
void datagram_lose(const struct peer *peer, const struct datagram *datagram);

/* PEER keeps its port, but is not there: who sends to it is refused, by ICMP. And is back. */
void datagram_leave(struct peer *peer);
void datagram_return(struct peer *peer);

/* True when nobody has the UDP port on any address; a port of which that is true. Somebody may take
   it: the second makes it unlikely, outside the range that the kernel gives away by itself. */
bool datagram_port_free(uint16_t port);
uint16_t datagram_free_port(void);

/* True when datagrams wait to be delivered in the kernel: then nothing is settled yet. */
bool datagrams_under_way(void);

/* A datagram may be there before the call that has sent it is over. Waits until no program is in
   such a call any more: what its trace tells does not depend on luck then. */
void datagrams_let_calls_end(void);

#endif
