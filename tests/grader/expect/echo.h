/* Bytes that come back. If one of these functions fails, it ends the test with a report. */
#ifndef SOCKLADDER_EXPECT_ECHO_H
#define SOCKLADDER_EXPECT_ECHO_H

#include "grader/play/peer.h"
#include "grader/play/program.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sends LENGTH bytes of DATA, and expects them back, in any pieces. CHUNK limits how many bytes the
   client reads at a time. */
void expect_echo(struct peer *client, const void *data, size_t length);
void expect_echo_in_chunks(struct peer *client, const void *data, size_t length, size_t chunk);

/* The same if SENT bytes of DATA have been sent already, and none received. */
void expect_echo_of_rest(struct peer *client, const void *data, size_t length, size_t sent);

/* Receives LENGTH bytes and compares them with DATA, which was sent before. */
void expect_back(struct peer *client, const void *data, size_t length);

/* The client closes its sending side. Expects the server to close the connection, and to send
   nothing more. */
void expect_farewell(struct peer *client);

/* Another client connects, expects an echo, and leaves: SERVER works. WHY is the beginning of the
   report: "After a client reset its connection". */
void expect_service(struct program *server, const char *why);

/* Expects the LENGTH bytes of GOT to be those of WANTED. STORY is the beginning of the report: "The
   client sent 30 bytes, but other bytes came back". */
void expect_same_bytes(const char *story, const char *wanted, const char *got, size_t length);

/* Adds the first byte of GOT that differs: "byte number 6 should be 'a', but is 'h'". Returns
   false, and adds nothing, if all LENGTH bytes are equal. */
bool add_difference(struct text *text, const char *wanted, const char *got, size_t length);

/* Adds how a wait for PEER ended: "then the server closed the connection". */
void add_ending(struct text *text, const struct peer *peer);

/* Fills BYTES with LENGTH letters, different in each run. */
void fill_letters(char *bytes, size_t length);

/* Fills BYTES with LENGTH bytes of every value, also 0, different in each run. */
void fill_bytes(char *bytes, size_t length);

#endif
