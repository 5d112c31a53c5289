/* What is expected of a server of datagrams. Whoever expects something here fails the test, with a
   story, when it is not met. */
#ifndef SOCKLADDER_DATAGRAMS_H
#define SOCKLADDER_DATAGRAMS_H

#include "grader/play/datagram.h"

/* Starts `server 0` for a scenario about datagrams, and waits for its `listening on port N`. */
struct program *start_datagram_server(void);

/* Fails the test unless the next datagram that comes to PEER is LENGTH bytes of DATA. WHAT begins
   the story: "The client sent 5 bytes". */
void expect_datagram(struct peer *peer, const void *data, size_t length, const char *what);

/* PEER sends LENGTH bytes of DATA to SERVER, and gets them back. */
void expect_answer(struct program *server, struct peer *peer, const void *data, size_t length);

/* Fails the test if servers are on the stage and DATAGRAM comes from the port of none of them. */
void expect_from_server(const struct datagram *datagram, const char *what);

/* Adds how a wait for a datagram ended: ": the server has ended, exit status 1". */
void add_outcome(struct text *text);

#endif
