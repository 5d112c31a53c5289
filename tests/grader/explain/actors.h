/* Who of the program makes a call: which process, or which thread of the first one. */
#ifndef SOCKLADDER_ACTORS_H
#define SOCKLADDER_ACTORS_H

#include "grader/explain/evidence.h"

#include <stdbool.h>

enum { ACTOR_SIZE = 16 };

/* True when the program has more than one process or thread. */
bool actors_are_many(const struct evidence *e);

/* Writes a mark for who made STEP: of processes P, C1, C2 and so on in the order of fork; of
   threads main, T1, T2. "?" for a number that is not known. Empty where there is only one. */
void actor_mark(char mark[ACTOR_SIZE], const struct evidence *e, const struct step *step);

/* The mark of whom STEP, a fork or a pthread_create, has started; empty if it has started nobody.
 */
void actor_started(char mark[ACTOR_SIZE], const struct evidence *e, const struct step *step);

/* Adds to TEXT who made STEP, as "the main thread", "thread T2, which serves [41724]", "the parent"
   or "child C1, which serves [41724]"; in a program that has one process and thread "the server" or
   "the client". */
void actor_add(struct text *text, const struct evidence *e, const struct step *step);

/* The accept whose connection the thread or child that made STEP was started for: what its creator
   accepted last, unless it has started another one since. NULL if that is not known. */
const struct step *actor_accepted(const struct evidence *e, const struct step *step);

#endif
