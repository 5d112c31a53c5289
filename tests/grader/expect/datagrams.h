/* Expectations of a UDP server. If one of them fails, it ends the test with a report. */
#ifndef SOCKLADDER_DATAGRAMS_H
#define SOCKLADDER_DATAGRAMS_H

#include "grader/play/datagram.h"

/* Starts `server 0` for a scenario about datagrams, and waits for its `listening on port N`. */
struct program *start_datagram_server(void);

/* Expects the next datagram to PEER to be LENGTH bytes of DATA. WHAT is the beginning of the
   report: "The client sent 5 bytes." */
void expect_datagram(struct peer *peer, const void *data, size_t length, const char *what);

/* PEER sends LENGTH bytes of DATA to SERVER, and expects them back. */
void expect_answer(struct program *server, struct peer *peer, const void *data, size_t length);

/* Fails the test if there are servers, and DATAGRAM does not come from the port of one of them. */
void expect_from_server(const struct datagram *datagram, const char *what);

/* Adds how a wait for a datagram ended: ": the server has ended, exit status 1". */
void add_outcome(struct text *text);

#endif
