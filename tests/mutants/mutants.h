/* The mutants of one lab's solution, and what has become of them. */
#ifndef SOCKLADDER_MUTANTS_MUTANTS_H
#define SOCKLADDER_MUTANTS_MUTANTS_H

#include "grade/labs.h"
#include "mutants/equivalent.h"
#include "mutants/kept.h"
#include "mutants/mutation.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A file of the lab that students write. */
struct original {
    char name[64]; /* "1-echo/tcp.c" */
    struct text text;
    struct mutations mutations;
};

struct mutant {
    const struct original *original;
    const struct mutation *mutation;
    struct change change;
    uint64_t object;           /* what its object code is; 0: it does not compile */
    struct mutant *twin;       /* an earlier one with the same object code; NULL: none */
    bool changes;              /* its object code is not that of the original */
    struct equivalent *listed; /* in the list of those with a reason */
    enum verdict verdict;
    char test[TEST_NAME];
};

struct mutants {
    const struct lab_files *lab;
    struct original originals[LAB_FILES];
    struct mutant *list;
    size_t count;
};

enum { MOST_JOBS = 16 };

/* What is the same for all. */
struct workshop {
    const char *root;   /* the kit */
    const char *build;  /* where it is built */
    const char *folder; /* ours, below it */
    size_t jobs;        /* so many at once, at most MOST_JOBS */
};

/* Finds all mutants of LAB. False after a message; mutants_free() ends it in both cases. */
bool mutants_find(struct mutants *mutants, const struct workshop *workshop,
                  const struct lab_files *lab);
void mutants_free(struct mutants *mutants);

/* Adds ORIGINAL with the change of MUTANT to SOURCE; as it is if MUTANT is NULL. */
void mutant_source(const struct original *original, const struct mutant *mutant,
                   struct text *source);

/* Writes that to the file PATH. False after a message. */
bool mutant_write(const struct original *original, const struct mutant *mutant, const char *path);

/* Is it one that is played: it compiles, and is neither the original nor a twin? */
bool mutant_counts(const struct mutant *mutant);

/* Compiles those of MUTANTS that KEPT knows nothing of, and tells which of them count. False after
   a message, or when a signal asked this process to end. */
bool mutants_compile(struct mutants *mutants, const struct workshop *workshop, struct kept *kept);

#endif
