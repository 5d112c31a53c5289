/* Plays one test again for a debugger: its program stops before main and waits to be attached to,
   and nothing is ever late. Its own side of the conversation the test plays as always. */
#ifndef SOCKLADDER_DEBUG_H
#define SOCKLADDER_DEBUG_H

#include "grader/base/lab.h"
#include "grader/base/result.h"

#include <stddef.h>

/* The place in a source file that RESULT, a failure, names: `serve.c:27`. The cause's first one; if
   there is none, the last one of the ladder, then the first one of the story. Empty if there is
   none at all. */
void debug_find_place(const struct result *result, char *place, size_t size);

/* Plays scenario INDEX of LAB again, of which RESULTS[INDEX] is what came of it before. Writes two
   lines to FD: the place to stop at, which is "main" if the failure names none, and empty if it was
   no failure; then the number of the process that waits to be attached to, which is the one that
   the test had started last. Nothing at all if the test could not be played or starts no program.
   Returns when the test is over, or when a signal ends it. */
void debug_again(const struct lab *lab, struct result *results, size_t index, int fd);

#endif
