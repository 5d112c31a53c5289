/* The threads of a program under test, seen from outside. What is counted here is for count.h. */
#ifndef SOCKLADDER_THREADS_SEEN_H
#define SOCKLADDER_THREADS_SEEN_H

#include "grader/expect/count.h"

/* How many threads PROGRAM has, those that have ended left out; 0 once it has ended itself. */
long threads_of(const struct program *program);

/* What PROGRAM has mapped, in kB (VmSize): the stack of a thread that has ended counts until it is
   joined, unless it was detached. 0 once the program has ended. */
long address_space_of(const struct program *program);

/* Sooner or later PROGRAM has at most COUNT threads: one ends a moment after the last that can be
   seen of it. The format begins the sentence of a failure: "After all clients had left". */
void expect_threads_at_most(struct program *program, long count, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
