/*
 * What this machine is to the autograder, found out in a few milliseconds: nothing is started for
 * it. A container, a limit or a missing package may keep some tests from being played; here is what
 * a person is told of it. What really cannot be tested is found by playing the reference.
 */
#ifndef SOCKLADDER_MACHINE_H
#define SOCKLADDER_MACHINE_H

#include "grader/base/text.h"

#include <stdbool.h>

/* Adds a line for each thing that this machine lacks, with what to do about it. Nothing when all is
   well. */
void machine_describe(struct text *out);

/* Adds what the results of a right program depend on besides the kit, as lines. A busy machine does
   not change them. */
void machine_facts(struct text *out);

/* How many more processes and threads all tests together, and the programs of one test, may have at
   once now; MACHINE_PLENTY: as many as they like. */
enum { MACHINE_PLENTY = 1 << 20 };
struct machine_room {
    long together;
    long each;
};
struct machine_room machine_room(void);

/* Can processes here talk to each other over 127.0.0.1? */
bool machine_has_loopback(void);

#endif
