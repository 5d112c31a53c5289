/* What valgrind's memcheck and helgrind found, after a session that went well. */
#ifndef SOCKLADDER_MEMORY_H
#define SOCKLADDER_MEMORY_H

#include "grader/play/program.h"

#include <stddef.h>

/* Fails the test unless PROGRAM, which has ended, was clean: no errors, no leaks, no open
   connections, and at most SOCKETS other open sockets. Other processes that it has started must
   only have no errors and no leaks. */
void expect_clean(const struct program *program, int sockets);

/* The same for a server with a process for each client: SERVER and its children, at least COUNT,
   must be clean. At its end, SERVER may have one listening socket open; a child its own connection,
   but no listening socket. */
void expect_clean_family(const struct program *server, size_t count);

/* Fails the test unless helgrind found nothing in PROGRAM, which has ended: no data race, no
   possible deadlock, no failed pthread_ call. */
void expect_no_races(const struct program *program);

#endif
