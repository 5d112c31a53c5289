/*
 * The clients of a measurement: all of them in one process, over epoll(7). Each sends a message,
 * takes in the whole echo and compares it byte by byte; then it begins again.
 */
#ifndef SOCKLADDER_CLIENTS_H
#define SOCKLADDER_CLIENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LINE = 1024,              /* with its newline: what every lab takes */
    BIG = 64 * LINE,          /* a message of 64 KiB */
    SMALL = 32,               /* a message as people type it */
    LARGEST_DATAGRAM = 65507, /* over IPv4: udp(7) */
    GIVE_UP_MS = 10 * 1000,   /* so long without an answer, and the measurement has failed */
    RESEND_MS = 200,          /* a datagram that was not answered is sent again */
};

struct plan {
    uint16_t port;    /* on 127.0.0.1 (and, for new connections, the addresses after it) */
    bool datagrams;   /* UDP, one socket each */
    bool connections; /* each message over a connection of its own */
    int clients;
    size_t size; /* of a message: SMALL, BIG or LARGEST_DATAGRAM */
};

/* What came of clients_talk(). */
struct talk {
    size_t messages;
    size_t lost; /* datagrams that were sent again */
    double seconds;
    double p50; /* microseconds from the first byte sent (or connect) to the last received */
    double p99;
};

/* Connects all clients of PLAN, and has each of them make one round trip, so that the server is
   serving all of them at once. With `connections`, only makes room. Returns whether that worked;
   if not, *WHY says why not. */
bool clients_open(const struct plan *plan, const char **why);

/* All clients talk for SECONDS. Fills *TALK and returns true; or returns false, and *WHY says why.
 */
bool clients_talk(double seconds, struct talk *talk, const char **why);

void clients_close(void);

#endif
