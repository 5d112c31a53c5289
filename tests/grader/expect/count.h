/*
 * How many there are of something in a program that runs: its descriptors, its threads, the memory
 * it has mapped. A program that is counted once may be in the middle of anything, of a descriptor
 * that it opens and closes for each client, for example. So nothing here is counted once, and like
 * is compared with like.
 */
#ifndef SOCKLADDER_COUNT_H
#define SOCKLADDER_COUNT_H

#include "grader/play/program.h"

/* Counts something in PROGRAM, which may have ended; -1 if it cannot be looked at. */
typedef long count_fn(const struct program *program);

/* What COUNT finds when PROGRAM has come to rest and no more of it changes. If it never rests (it
   polls), the most that was found in a second. */
long count_at_rest(struct program *program, count_fn *count);

/* Waits until COUNT finds MOST or less. Returns what it finds last: more, if it stays so. */
long count_at_most(struct program *program, count_fn *count, long most);

/* How many descriptors PROGRAM's own process has open; -1 if it has ended. */
long descriptors_of(const struct program *program);

/* The same at rest; the test ends as not tested if they cannot be looked at. */
long descriptors_at_rest(struct program *program);

/* SERVER's own process had BEFORE descriptors open at rest, and now, when nothing comes to it any
   more, it has at most MORE in addition. Otherwise fails the test with the sentence "HAD 4
   descriptors open. SINCE, it has 9.": HAD is "With one client, the server had". */
void expect_few_descriptors(struct program *server, long before, long more, const char *had,
                            const char *since);

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
