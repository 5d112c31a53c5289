/*
 * Counts something in a running program: its descriptors, its threads, its mapped memory. At any
 * one moment a program may be in the middle of something: it may have a descriptor open only for a
 * moment, for example. So these functions count more than once, and compare counts at rest.
 */
#ifndef SOCKLADDER_COUNT_H
#define SOCKLADDER_COUNT_H

#include "grader/play/program.h"

/* Counts something in PROGRAM, which may have ended; -1 if it cannot be counted. */
typedef long count_fn(const struct program *program);

/* Returns what COUNT finds when all of PROGRAM blocks. If it never does (it polls), the largest
   count within a second. */
long count_at_rest(struct program *program, count_fn *count);

/* Waits until COUNT finds MOST or less. Returns the last count, which is larger if it stays so. */
long count_at_most(struct program *program, count_fn *count, long most);

/* Returns how many descriptors PROGRAM's own process has open; -1 if it has ended. */
long descriptors_of(const struct program *program);

/* The same at rest. Ends the test as not tested if they cannot be counted. */
long descriptors_at_rest(struct program *program);

/* SERVER's own process had BEFORE descriptors open at rest. Expects that, at rest again, it has at
   most MORE in addition. Otherwise fails the test with "HAD 4 descriptors open. SINCE, it has 9.",
   where HAD is "With one client, the server had". */
void expect_few_descriptors(struct program *server, long before, long more, const char *had,
                            const char *since);

/* Returns how many threads of PROGRAM have not ended; 0 if PROGRAM has ended. */
long threads_of(const struct program *program);

/* Returns the size of PROGRAM's mapped memory in kB (VmSize). The stack of an ended thread counts
   until the thread is joined, unless it was detached. 0 if PROGRAM has ended. */
long address_space_of(const struct program *program);

/* Expects PROGRAM to have at most COUNT threads, now or a moment later. The format is the beginning
   of the report: "After all clients had left". */
void expect_threads_at_most(struct program *program, long count, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
