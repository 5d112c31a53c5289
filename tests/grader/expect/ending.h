/* How a program ends, and what it does when a call fails. If one of these functions fails, it ends
   the test with a report. */
#ifndef SOCKLADDER_EXPECT_ENDING_H
#define SOCKLADDER_EXPECT_ENDING_H

#include "grader/play/peer.h"
#include "grader/play/program.h"

#include <stddef.h>
#include <stdint.h>

/* Expects PROGRAM to end by itself with exit STATUS. */
void expect_exit(struct program *program, int status);

/* accept of SERVER has failed with ERROR. Expects SERVER to have called it again at once. */
void expect_no_pause(const struct program *server, int error);

/* PROGRAM has ended because CALL ("bind") failed. Expects it to have closed the socket before. */
void expect_closed_after(const struct program *program, const char *name, enum probe_call call);

/* Expects PROGRAM not to have closed a connection, or a socket of datagrams, twice. OWNER is the
   end of the report: who must close it. */
void expect_closed_once(const struct program *program, const char *owner);

/* PROGRAM has ended. Its main closes the socket of CALL when FUNCTION ("talk") has returned.
   Expects that FUNCTION has returned, and has not ended the program itself. */
void expect_return(const struct program *program, const char *function, enum probe_call call);

/* Expects PROGRAM to end with status 1, as every main does after a failed call, and to print WORDS
   or OR_WORDS (NULL: any words) on standard error. */
void expect_failure(struct program *program, const char *words, const char *or_words);

/* From now on, accept of SERVER fails with ERROR, an error of the listening socket itself, and a
   client has connected. Expects SERVER to end, and main to close the listening socket. */
void expect_end_of_service(struct program *server, int error);

/* Adds what PROGRAM has printed, quoted, to the end of a report. */
void add_last_words(struct text *text, const struct program *program);

/* Expects its standard output to be exactly LENGTH bytes of DATA and a newline. */
void expect_output(struct program *program, const void *data, size_t length);

#endif
