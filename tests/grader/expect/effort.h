/*
 * How hard the programs under test work while they have nothing to do. It is measured against the
 * time in which they could run: on a busy machine, or one that gives this test a small share of a
 * processor, a program that never sleeps gets little time, and all there is.
 */
#ifndef SOCKLADDER_EFFORT_H
#define SOCKLADDER_EFFORT_H

#include "grader/play/program.h"

#include <stdbool.h>
#include <stdint.h>

/* What all programs on the stage and their children have used up to a moment. */
struct effort {
    uint64_t at;    /* that moment */
    double used;    /* seconds of processor time */
    double delayed; /* seconds in which they were ready to run and no processor was free */
};
struct effort effort_now(void);

/* True when they have run for more than half of the time since BEFORE in which they could. False as
   long as they have run for less than 50 ms. */
bool have_been_busy(const struct effort *before);

/* PROGRAM has nothing to do. Waits until it sleeps for good (stage.last is STALLED then), or as
   long as it takes to have had so many MILLISECONDS in which it could run. True, and stage.last is
   SPUN, if it has kept the processor busy instead of sleeping; false as well when it has ended. */
bool keeps_busy(const struct program *program, int milliseconds);

#endif
