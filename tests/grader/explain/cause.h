/*
 * The table of causes: a row for each fault that can be told from the evidence, with the sentence
 * that says so. causes/ holds the rows, a file for each theme; table.c says who is asked first.
 *
 * A cause speaks only if it explains the expectation that failed, and says only what is proven.
 */
#ifndef SOCKLADDER_CAUSE_H
#define SOCKLADDER_CAUSE_H

#include "grader/explain/evidence.h"

#include <stdbool.h>
#include <stddef.h>

/* Which programs and tests a cause is for: all that are set must hold. */
enum scope {
    SERVER = 1 << 0,
    CLIENT = 1 << 1,
    THREADS = 1 << 2,    /* it has created some, */
    NO_THREADS = 1 << 3, /* or not */
    FORKS = 1 << 4,      /* it has created processes, or tried to, */
    NO_FORKS = 1 << 5,   /* or has none */
    LINES = 1 << 6,      /* people talk in lines, */
    BYTES = 1 << 7,      /* or what goes through the connection are bytes */
    STREAMS = 1 << 8,    /* there are connections, */
    DATAGRAMS = 1 << 9,  /* or there are none */
    ECHOING = 1 << 10,   /* a server, or a driver that calls echo_session; */
    ASKING = 1 << 11,    /* a client, or a driver that calls echo_ask */
};

/* What a predicate has found, for the sentence (sentence.h). */
enum { FINDING_STEPS = 6 };
struct finding {
    const struct step *step[FINDING_STEPS]; /* from 1 on; NULL: none */
    long long n, m, k;
    const char *word;  /* the autograder's own */
    struct text quote; /* the program's, made harmless */
    unsigned parts;    /* PART('a') | ... */
};
#define PART(letter) (1U << ((letter) - 'a'))

struct cause {
    const char *id; /* says the fault: "thread-closes-listener" */
    unsigned scope; /* of enum scope; 0: for all */
    unsigned of;    /* of enum expectation: what it can explain; 0: whatever it is */
    bool (*explains)(const struct evidence *e, struct finding *f);
    const char *sentence; /* in the language of sentence.h */
    const char *hint;     /* what to do; NULL: the sentence says it */
    const char *section;  /* where the handout explains it; NULL: where the test says */
};

/* The cause of what EVIDENCE shows, or NULL if nothing is proven. Adds its sentence to TEXT, and
   where the program waits, if that helps. */
const struct cause *cause_find(const struct evidence *evidence, struct text *text);

/* The first row with this ID, and the one in place INDEX of the order in which they are asked, from
   0 on; NULL if there is none. */
const struct cause *cause_named(const char *id);
const struct cause *cause_at(size_t index);

#endif
