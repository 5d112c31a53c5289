/* What scenarios expect, in the words of their reports. All of these fail the test, with a story,
   when the expectation is not met; none returns then. */
#ifndef SOCKLADDER_EXPECT_H
#define SOCKLADDER_EXPECT_H

#include "grader/play/peer.h"
#include "grader/play/program.h"

#include <stddef.h>
#include <stdint.h>

/* Starts `server 0`, waits for its `listening on port N`, and returns it. */
struct program *start_server(void);

/* The same on a PORT of the test's choice. Returns NULL if somebody else has taken that port in the
   meantime: choose another. */
struct program *start_server_on(uint16_t port);

/* Waits until SERVER, which was started just now, says its port; fails the test if it never does.
 */
struct program *expect_listening(struct program *server);

/* The same without an expectation: true if it listens, false if it has ended or never will. */
bool try_server_on(uint16_t port);

struct program *start_server_memcheck(void);
struct program *start_server_helgrind(void);

/* `server -i 0`: with the operator at the keyboard. `server -e 0`: each line only comes back. */
struct program *start_server_with_operator(void);
struct program *start_server_that_repeats(void);

/* A client that connects to SERVER. */
struct peer *connect_client(struct program *server, const char *name);

/* Sends LENGTH bytes of DATA and receives them back, whatever the pieces. At most CHUNK bytes are
   taken at a time: how fast the client reads. */
void expect_echo(struct peer *client, const void *data, size_t length);
void expect_echo_in_chunks(struct peer *client, const void *data, size_t length, size_t chunk);

/* The same when SENT bytes of DATA are sent already, and none received. */
void expect_echo_of_rest(struct peer *client, const void *data, size_t length, size_t sent);

/* Receives LENGTH bytes and compares them with DATA, which was sent before. */
void expect_back(struct peer *client, const void *data, size_t length);

/* The client sends its end of file: the server closes the connection, and sends nothing more. */
void expect_farewell(struct peer *client);

/* Another client comes, is echoed to, and leaves: SERVER works. WHY continues the sentence of a
   failure: "after a client had broken off". */
void expect_service(struct program *server, const char *why);

/* Fails the test: PROGRAM was started, and never DID ("listened") what it was started for. */
_Noreturn void fail_before(const char *did, struct program *program);

/* PROGRAM ends by itself with exit STATUS. */
void expect_exit(struct program *program, int status);

/* SERVER, whose accept has failed with ERROR, has tried again at once. */
void expect_no_pause(const struct program *server, int error);

/* PROGRAM has ended because CALL ("bind") failed: before that it has closed the socket. */
void expect_closed_after(const struct program *program, const char *name, enum probe_call call);

/* PROGRAM has not closed a connection that it had closed already. OWNER ends the sentence of the
   failure: who closes it. */
void expect_closed_once(const struct program *program, const char *owner);

/* PROGRAM ends with a status that is not 0, and says WORDS (any of two; NULL for none) on standard
   error. */
void expect_failure(struct program *program, const char *words, const char *or_words);

/* The calls of accept of SERVER fail with ERROR from now on, one of the listener itself, and
   somebody has come: it ends, and leaves the listener for main to close. */
void expect_end_of_service(struct program *server, int error);

/* Its standard output is exactly LENGTH bytes of DATA and a newline. */
void expect_output(struct program *program, const void *data, size_t length);

/* Adds how a wait for PEER ended: "then the server closed the connection". */
void add_ending(struct text *text, const struct peer *peer);

/* LENGTH letters, different in each run. */
void fill_letters(char *bytes, size_t length);

/* LENGTH bytes of every value, zeros among them, different in each run. */
void fill_bytes(char *bytes, size_t length);

#endif
