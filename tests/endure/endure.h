/* A server of a lab among hostile clients: what endure.c, hostile.c and watched.c share. */
#ifndef SOCKLADDER_ENDURE_H
#define SOCKLADDER_ENDURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What the server does with what it gets. */
enum service {
    ECHOES,  /* lab 1: one client after another, bytes come back */
    ANSWERS, /* lab 2: one after another, an operator answers each line */
    REPEATS, /* lab 3, lab 4 -e: many at once, lines come back */
    ROOM,    /* lab 4: many at once, lines go to all others */
    PACKETS, /* lab 5: datagrams come back */
};

/* True when it has one client at a time. */
bool is_sequential(enum service service);

/* ---- chance: the same for the same seed ---- */

void chance_begin(uint64_t seed);
uint32_t chance(uint32_t below); /* from 0 on */

/* ---- watched.c: the server ---- */

/* What is counted of the server's processes. */
struct counts {
    long descriptors, threads, children;
    long memory; /* kB that are resident */
};

/* Starts COMMAND, whose last word is "0", the port; its standard error goes to the file LOG. Ends
   this program after a message if it does not listen. With OPERATOR, each prompt of its console is
   answered with `answer N`. */
void watched_start(char *const *command, const char *log, bool operator);

uint16_t watched_port(void);
struct counts watched_counts(void);

/* True, and a message, when it has ended. */
bool watched_has_ended(void);

/* Ends it. */
void watched_end(void);

/* ---- hostile.c: clients that behave badly ---- */

enum { MOST_HOSTILE = 24 };

/* A socket that is connected, or soon will be, to the server; never waits. Ends this program if
   there is none. */
int hostile_connect(void);

/* COUNT of them come; each does one thing, then and at each turn; all go, in different ways. */
void hostile_come(enum service service, uint32_t count);
void hostile_turn(void);
void hostile_go(void);

/* ---- endure.c ---- */

/* Says what went wrong and how to see it again, and ends this program. */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The address of the server: 127.0.0.1 and its port. */
struct sockaddr_in server_address(void);

#endif
