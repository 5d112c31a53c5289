/* gdb, attached to a program under test while the grader plays the other side: in the terminal, or
   with a file of commands. A process of its own waits for the grader to say which program, and
   asks this one to end with SIGTERM when gdb has ended. */
#ifndef SOCKLADDER_GRADE_DEBUG_H
#define SOCKLADDER_GRADE_DEBUG_H

#include "grade/command_line.h"

#include <stdbool.h>
#include <sys/types.h>

struct debug {
    const char *build;    /* where the probe is */
    const char *sources;  /* where the files are that the program was built from */
    const char *stop;     /* FILE.c:LINE or a function; NULL: where the report says */
    const char *commands; /* a file for gdb -batch -x; NULL: a person types them */
    int grader;           /* what the grader gets: a descriptor to write to */
    pid_t attendant;      /* the process that waits */
};

/* True if there is gdb, and a terminal or a file of commands; false after a message that says what
   is missing. */
bool debug_is_possible(const struct options *options);

/* Starts the process that waits; the caller sets `build` and `sources`, hands debug->grader to the
   grader, and ends with debug_end(). False after a message. */
bool debug_begin(struct debug *debug, const struct options *options);

/* When the grader has ended with STATUS: waits for gdb, for as long as it takes, and gives the
   status of the whole: FULL_MARKS if there was a debugger to use, or nothing to debug. */
int debug_end(struct debug *debug, int status);

#endif
