/* A small change of a source file. */
#ifndef SOCKLADDER_MUTANTS_MUTATION_H
#define SOCKLADDER_MUTANTS_MUTATION_H

#include "grader/base/text.h"

#include <stddef.h>

enum { FUNCTION_NAME = 64 };

/* In place of the bytes from BEGIN to END of the source stands TEXT. */
struct mutation {
    const char *kind; /* "deleted statement"; a constant */
    size_t begin;
    size_t end;
    char *text;
    char function[FUNCTION_NAME]; /* where it is; "-": outside of all functions */
};

/* Starts with {0}; mutations_free() ends it. */
struct mutations {
    struct mutation *list;
    size_t count;
    size_t capacity;
};

/* Adds ONE, whose text is then the list's, unless the list has one that does the same to SOURCE, or
   it changes nothing. */
void mutations_add(struct mutations *mutations, const struct text *source, struct mutation one);
void mutations_free(struct mutations *mutations);

/* Adds SOURCE with MUTATION to MUTANT. */
void mutation_apply(const struct mutation *mutation, const struct text *source,
                    struct text *mutant);

/* The lines that a mutation changes, as a person tells them apart: without comments, each run of
   white space a single space, and several lines put together. change_free() ends it. */
struct change {
    size_t line;        /* the first of them, counted from 1 */
    struct text before; /* the line before them that is not empty */
    struct text old;
    struct text new;
};

void mutation_describe(const struct mutation *mutation, const struct text *source,
                       struct change *change);
void change_free(struct change *change);

#endif
