/* What a person reads of it. */
#ifndef SOCKLADDER_MUTANTS_TELL_H
#define SOCKLADDER_MUTANTS_TELL_H

#include "mutants/play.h"

/* How far it is: on a terminal, one line that changes; else a line now and then. */
struct teller {
    double begun;
    size_t count;  /* mutants to be played in all */
    size_t before; /* those that were known at the start */
    bool terminal;
};

void tell_start(struct teller *teller, const struct mutants *mutants);
void tell_progress(const struct mutants *mutants, const struct mutant *mutant, size_t played,
                   void *teller);
void tell_end(struct teller *teller);

/* Each survivor without a reason, with its lines as the list of equivalent mutants has them.
   Returns how many there are. */
size_t tell_survivors(const struct mutants *mutants);

/* The lines of EQUIVALENTS, read from PATH, that are wrong: those that stand for no mutant of
   MUTANTS' lab, for several, or for one that a test kills. Returns how many. */
size_t tell_wrong_reasons(const struct mutants *mutants, const struct equivalents *equivalents,
                          const char *path);

/* A table of the files. */
void tell_scores(const struct mutants *mutants);

#endif
