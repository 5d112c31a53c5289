/*
 * Finds busy loops: how much CPU time the programs under test use while they have nothing to do. It
 * is compared with the time in which they could run, because on a busy machine, even a program that
 * never sleeps gets little CPU time.
 */
#ifndef SOCKLADDER_EFFORT_H
#define SOCKLADDER_EFFORT_H

#include "grader/play/program.h"

#include <stdbool.h>
#include <stdint.h>

/* The CPU time that all programs of the test and their children have used until a moment. */
struct effort {
    uint64_t at;    /* that moment */
    double used;    /* seconds of CPU time */
    double delayed; /* seconds in which they were ready to run, but no processor was free */
};
struct effort effort_now(void);

/* Returns whether they have run for more than half of the time since BEFORE in which they could.
   Returns false if they have run for less than 50 ms. */
bool have_been_busy(const struct effort *before);

/* PROGRAM has nothing to do. Waits until it blocks (then stage.last is STALLED), or until it could
   have run for MILLISECONDS. Returns true, and stage.last is SPUN, if it was in a busy loop.
   Returns false if it has ended. */
bool keeps_busy(const struct program *program, int milliseconds);

#endif
