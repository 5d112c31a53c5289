/* Grades the mutants of a lab. */
#ifndef SOCKLADDER_MUTANTS_PLAY_H
#define SOCKLADDER_MUTANTS_PLAY_H

#include "mutants/mutants.h"

#include <stdbool.h>

/* What is to be told while that goes on. */
struct progress {
    void (*told)(const struct mutants *, const struct mutant *, size_t played, void *);
    void *argument;
};

/*
 * Gives a verdict on each of MUTANTS that counts: the one in KEPT, if the kit is still the same, or
 * a new one, which KEPT then gets. Each is graded with the tests of its lab alone, first those that
 * have killed its neighbours, up to the first that fails: without valgrind, then with it. A mutant
 * is killed when the test that failed fails again, alone and with more patience: what has failed
 * because the machine is busy kills nobody. PROGRESS is told of each.
 * False after a message, or when a signal asked this process to end.
 */
bool mutants_play(struct mutants *mutants, const struct workshop *workshop, struct kept *kept,
                  const struct progress *progress);

#endif
