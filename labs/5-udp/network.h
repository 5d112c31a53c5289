/*
 * A simulated bad network, for link.c. This file is given. It has no sockets and no clock: the
 * caller passes in each datagram, its direction and the time.
 *
 * Times are nanoseconds on any clock that never goes back. These functions are not thread-safe.
 */
#ifndef SOCKLADDER_NETWORK_H
#define SOCKLADDER_NETWORK_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum {
    NETWORK_WAITING_MOST = 512, /* datagrams that wait at the same time; further ones are lost */
    NETWORK_HOLD_MS = 10        /* how long a datagram waits to be overtaken, at most */
};

struct datagram;

/* One direction between two programs. It has its own random numbers, so what happens in it does not
   depend on other directions. */
struct way {
    int sock;              /* sends its datagrams */
    struct sockaddr_in to; /* to this address */
    uint64_t dice;
    struct datagram *held; /* waits to be overtaken; NULL: none */
};

/* A datagram on its way. */
struct datagram {
    struct datagram *next; /* leaves after this one */
    struct way *way;
    int64_t due;
    bool copy; /* the second of a duplicated one */
    size_t length;
    char bytes[];
};

/* At the start everything is zero except the settings. */
struct network {
    /* settings */
    uint16_t loss;      /* percent */
    uint16_t duplicate; /* percent */
    uint16_t reorder;   /* percent */
    uint16_t delay_ms;

    /* counters: each datagram that came in has passed, is lost, or waits */
    unsigned long passed;
    unsigned long lost;
    unsigned long duplicated; /* of those that passed: sent twice */
    unsigned long reordered;  /* of those that came in: overtaken by the next one */
    unsigned long delayed;    /* of those that passed: delayed by delay_ms */

    struct datagram *first; /* the one that leaves next */
    size_t waiting;
};

/* Prepares WAY. SEED and NUMBER decide its random numbers; each way should have its own NUMBER. */
void way_open(struct way *way, int sock, const struct sockaddr_in *to, uint64_t seed,
              uint64_t number);

/* Takes a datagram of LENGTH bytes that came in on WAY. By chance, loses it or lets it wait. */
void network_take(struct network *network, struct way *way, const char *bytes, size_t length,
                  int64_t now);

/* Removes and returns the next datagram to send, if it is due; NULL if not. The caller passes it to
   network_sent. */
struct datagram *network_next(struct network *network, int64_t now);

/* Counts and frees DATAGRAM, which has been sent (LEFT) or could not be sent. */
void network_sent(struct network *network, struct datagram *datagram, bool left);

/* Returns the milliseconds until the next datagram is due, for poll(2); -1 if none waits. */
int network_wait(const struct network *network, int64_t now);

/* Loses all datagrams that wait on WAY; on all ways if WAY is NULL. */
void network_drop(struct network *network, const struct way *way);

#endif
