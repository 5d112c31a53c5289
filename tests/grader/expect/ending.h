/* How a program ends, and what it does when a call fails. Who expects something here fails the
   test, with a story, if it is not met. */
#ifndef SOCKLADDER_EXPECT_ENDING_H
#define SOCKLADDER_EXPECT_ENDING_H

#include "grader/play/peer.h"
#include "grader/play/program.h"

#include <stddef.h>
#include <stdint.h>

/* PROGRAM ends by itself with exit STATUS. */
void expect_exit(struct program *program, int status);

/* SERVER, whose accept has failed with ERROR, has tried again at once. */
void expect_no_pause(const struct program *server, int error);

/* PROGRAM has ended because CALL ("bind") failed: before that it has closed the socket. */
void expect_closed_after(const struct program *program, const char *name, enum probe_call call);

/* PROGRAM has not closed a connection, or a socket of datagrams, that it had closed already. OWNER
   ends the sentence of the failure: who closes it. */
void expect_closed_once(const struct program *program, const char *owner);

/* PROGRAM, whose main closes the socket that CALL was given as soon as FUNCTION ("talk") has
   returned, has ended like that: FUNCTION has not ended it itself. */
void expect_return(const struct program *program, const char *function, enum probe_call call);

/* PROGRAM ends with status 1, as every main does when a call has failed, and says WORDS (any of
   two; NULL for none) on standard error. */
void expect_failure(struct program *program, const char *words, const char *or_words);

/* The calls of accept of SERVER fail with ERROR from now on, one of the listener itself, and
   somebody has come: it ends, and leaves the listener for main to close. */
void expect_end_of_service(struct program *server, int error);

/* Adds what PROGRAM wrote, quoted, for the end of a story. */
void add_last_words(struct text *text, const struct program *program);

/* Its standard output is exactly LENGTH bytes of DATA and a newline. */
void expect_output(struct program *program, const void *data, size_t length);

#endif
