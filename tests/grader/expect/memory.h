/* What valgrind's memcheck and helgrind must not have found, once the conversation went well. */
#ifndef SOCKLADDER_MEMORY_H
#define SOCKLADDER_MEMORY_H

#include "grader/play/program.h"

#include <stddef.h>

/* Fails the test unless PROGRAM, which has ended, was clean: no error, no leak, no connection left
   open, and at most SOCKETS other sockets. What it has started besides has only to be free of
   errors and leaks. */
void expect_clean(const struct program *program, int sockets);

/* The same for a server with a process for each client: SERVER and each of its children must be
   clean, and at least COUNT children must have been there. SERVER may have one listener open at its
   end; a child its own connection, and no listener. */
void expect_clean_family(const struct program *server, size_t count);

/* Fails the test unless helgrind found nothing in PROGRAM, which has ended: no memory used by two
   threads without a lock in common, no lock that somebody could wait for in vain, no pthread_ call
   that failed. */
void expect_no_races(const struct program *program);

#endif
