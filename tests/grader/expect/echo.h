/* Bytes that come back. Who expects something here fails the test, with a story, if it is not met.
 */
#ifndef SOCKLADDER_EXPECT_ECHO_H
#define SOCKLADDER_EXPECT_ECHO_H

#include "grader/play/peer.h"
#include "grader/play/program.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/* The LENGTH bytes that came, GOT, are those WANTED. STORY begins the sentence of a failure: "The
   client sent 30 bytes, and other bytes came back". */
void expect_same_bytes(const char *story, const char *wanted, const char *got, size_t length);

/* Adds where the LENGTH bytes at GOT differ first, `number 6 should be 'a' and is 'h'`. False, and
   nothing is added, if they do not. */
bool add_difference(struct text *text, const char *wanted, const char *got, size_t length);

/* Adds how a wait for PEER ended: "then the server closed the connection". */
void add_ending(struct text *text, const struct peer *peer);

/* LENGTH letters, different in each run. */
void fill_letters(char *bytes, size_t length);

/* LENGTH bytes of every value, zeros among them, different in each run. */
void fill_bytes(char *bytes, size_t length);

#endif
