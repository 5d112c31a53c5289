/* Whether a program has begun at all: where it has not, neither its verdict nor its silence means
   anything. */
#ifndef SOCKLADDER_BEGUN_H
#define SOCKLADDER_BEGUN_H

#include "grader/play/stage.h"

/* For a program that has ended before it did anything: that is a fault of the grader if the system
   could not start it, or not with the probe or valgrind, and else the program's own. */
void program_must_have_begun(const struct program *program);

/* Ends the test when valgrind has not begun to run PROGRAM, which has ended: as a failure of the
   autograder when it does not run other programs either. */
void valgrind_must_have_begun(const struct program *program);

/* Ends the test without a verdict when valgrind itself has failed after it was started, for want of
   debug information for example. Whatever is wrong with the program, it was not the program. */
void valgrind_must_not_have_failed(const struct text *log);

#endif
