/*
 * What a bad network does to datagrams: given whole, for link.c. There are no sockets in here and
 * no clock: who calls says what has come, on which way, and what time it is.
 *
 * Times are nanoseconds on any clock that only goes forward. No function is for threads.
 */
#ifndef SOCKLADDER_NETWORK_H
#define SOCKLADDER_NETWORK_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum {
    NETWORK_WAITING_MOST = 512, /* datagrams that wait at the same time; who comes then is lost */
    NETWORK_HOLD_MS = 10        /* so long one that is to be overtaken is held back at most */
};

struct datagram;

/* One direction between two programs, with dice of its own: what happens on it does not depend on
   what happens elsewhere. */
struct way {
    int sock;              /* where its datagrams leave */
    struct sockaddr_in to; /* and to whom */
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

/* All zero and the settings: a network where nothing has happened yet. */
struct network {
    /* settings */
    uint16_t loss;      /* percent */
    uint16_t duplicate; /* percent */
    uint16_t reorder;   /* percent */
    uint16_t delay_ms;

    /* what has happened: each datagram that came has passed or is lost, or waits */
    unsigned long passed;
    unsigned long lost;
    unsigned long duplicated; /* of those that passed: came out twice */
    unsigned long reordered;  /* of those that came: were overtaken by the next one */
    unsigned long delayed;    /* of those that passed: waited for delay_ms */

    struct datagram *first; /* the one that leaves next */
    size_t waiting;
};

/* Prepares WAY. Its dice fall as SEED and NUMBER, which no other way should have, decide. */
void way_open(struct way *way, int sock, const struct sockaddr_in *to, uint64_t seed,
              uint64_t number);

/* A datagram of LENGTH bytes has come on WAY. Throws the dice: it is lost, or waits to leave. */
void network_take(struct network *network, struct way *way, const char *bytes, size_t length,
                  int64_t now);

/* Takes out the datagram that leaves next, if its time has come; NULL if not. Give it back to
   network_sent. */
struct datagram *network_next(struct network *network, int64_t now);

/* DATAGRAM has left, or could not. Counts and frees it. */
void network_sent(struct network *network, struct datagram *datagram, bool left);

/* How many milliseconds until network_next has something, as poll(2) wants it; -1: for ever. */
int network_wait(const struct network *network, int64_t now);

/* What still waits on WAY is lost. On all ways with NULL. */
void network_drop(struct network *network, const struct way *way);

#endif
