/* The list of mutants that no test can kill, or none should, each with its reason. */
#ifndef SOCKLADDER_MUTANTS_EQUIVALENT_H
#define SOCKLADDER_MUTANTS_EQUIVALENT_H

#include "mutants/mutation.h"

#include <stdbool.h>
#include <stddef.h>

/* One of the list. It stands for the mutants of FILE whose change in FUNCTION is from the line OLD
   to NEW, below the line BEFORE if that is not empty: so the list stays good when lines move. */
struct equivalent {
    char *file; /* "1-echo/tcp.c" */
    char *function;
    char *before;
    char *old;
    char *new;
    char *reason;
    size_t line;  /* of the list */
    size_t found; /* so many different mutants it has stood for: the caller counts */
};

struct equivalents {
    struct equivalent *list;
    size_t count;
};

/*
 * Reads the list in the file PATH. Of its lines,
 *   = a reason           is for all that follow, up to the next one
 *   FILE FUNCTION        begins one
 *     the line before    may follow, where the others stand for several mutants
 *   - the line           as it is in the solution, without comments, spaces made one
 *   + the line           as it is in the mutant
 *   # and empty lines    mean nothing
 * False after a message. equivalents_free() ends it in both cases.
 */
bool equivalents_read(struct equivalents *equivalents, const char *path);
void equivalents_free(struct equivalents *equivalents);

/* The one that stands for CHANGE in FUNCTION of FILE; NULL: none. */
struct equivalent *equivalents_find(struct equivalents *equivalents, const char *file,
                                    const char *function, const struct change *change);

#endif
