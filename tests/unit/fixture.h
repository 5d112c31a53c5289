/* What the tests of the engine have in common: settings, an empty stage, programs to put on it. */
#ifndef SOCKLADDER_FIXTURE_H
#define SOCKLADDER_FIXTURE_H

#include "grader/base/result.h"
#include "grader/observe/trace.h"
#include "grader/play/program.h"

#include <stddef.h>

/* Setup and teardown of a test with the stage. The environment says where the programs of
   tests/unit/programs are (PROGRAMS, a directory) and the probe (PROBE, a file). */
int open_stage(void **state);
int close_stage(void **state);

/* Reads the environment alone, for tests that leave the stage to run_scenarios(). */
void read_settings(void);

/* From now on programs are looked up in a directory where `server` and `client` behave like
   BEHAVIOUR of programs/acts.c. */
void cast(const char *behaviour);

/* What fail_because() and its like write, for a test that fails on purpose. */
extern struct result *const told;

/* The number after WORDS at the beginning of a line of PROGRAM's standard output; fails if there is
   none. */
long number_said(const struct program *program, const char *words);

/* The first step of CALL, which must be there; free(3) what trace_steps() returned. */
const struct step *step_of(const struct step *steps, size_t count, enum probe_call call);

/* Waits until PROGRAM has ended, which it must. */
void wait_for_end(struct program *program);

/* Waits until PROGRAM has begun a call of GROUP that has not returned. */
void wait_until_pending(struct program *program, enum probe_group group);

/* PROGRAM has said all of TEXT's lines, each as a line of its own. */
void assert_said(const struct program *program, const char *text);

/* STEP is CALL, as the ladder shows it, of the first process of PROGRAM, in the line where PROGRAM
   has said that NAME stands. */
void assert_step(const struct program *program, const struct step *step, const char *name,
                 const char *call);

#endif
