/*
 * Whether a test may trust the trace before it passes. The trace is in memory that the program
 * under test can write (probe/shared.h). A program can make its calls where the probe does not see
 * them, or overwrite what the probe has written. Then the trace shows no mistake, because it shows
 * nothing. So these functions first check that it shows something, and end the test with
 * not_tested() if not. The trace of a correct program is never empty, whatever calls of the C
 * library it uses.
 */
#ifndef SOCKLADDER_TRUST_H
#define SOCKLADDER_TRUST_H

#include "grader/play/program.h"

#include <stdbool.h>

/* For a scenario that has passed: every program for which it has set faults has met one, and the
   call that was hit is in the trace. */
void trust_faults(void);

/* What is done to calls of GROUP must have been done to one of PROGRAM's: a fault that was set for
   it has hit. COULD says what the probe would have done: "cut short", "make fail". */
void trust_fault(const struct program *program, enum probe_group group, const char *could);

/* Ends the test: PROGRAM makes its calls of GROUP where the probe does not see them. */
_Noreturn void not_tested_unseen(const struct program *program, enum probe_group group,
                                 const char *could);

/* True when calls of PROGRAM can be interrupted: it has a handler without SA_RESTART. The kernel
   knows whether it has any. */
bool trust_interruptible(const struct program *program);

/* Before "it closes nothing twice": PROGRAM has closed sockets where the probe saw it. */
void trust_closes(const struct program *program);

/* Before "it paused when accept had failed": the next accept of PROGRAM is in the trace, too. */
void trust_next_accept(const struct program *program, int error);

#endif
