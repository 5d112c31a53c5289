/* How deep in its stack a program makes its calls: functions that call themselves. */
#ifndef SOCKLADDER_DEPTH_H
#define SOCKLADDER_DEPTH_H

#include "grader/observe/trace.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct depth {
    size_t calls;    /* from one place, by one thread */
    uint64_t bytes;  /* so much deeper the last of them is than the first */
    uint64_t caller; /* that place */
};

/* True when one thread of PROGRAM has made many calls of GROUP from one place, ever deeper in its
   stack: none of them less deep than the one before, and most of them deeper. A loop makes them
   all at one depth; a function that calls itself and returns comes up again. */
bool depth_grows(const struct program *program, enum probe_group group, struct depth *depth);

#endif
