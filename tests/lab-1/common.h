/* What the files of lab 1 share. */
#ifndef SOCKLADDER_LAB_1_COMMON_H
#define SOCKLADDER_LAB_1_COMMON_H

#include "grader/expect/scenario.h"

#define LAB 1

/* More bytes than fit into small buffers between a server and a client. */
enum { MUCH = 500 * 1000 };
extern char much[MUCH];

/* Connects a client to SERVER, with small buffers on both sides, so that the server's send blocks.
 */
struct peer *connect_with_small_buffers(struct program *server, const char *name);

/* SERVER's console has reported no more clients as connected than came. Their numbers are the
   business of the test `console`. WHY begins the sentence of a failure: "After accept failed with
   EINTR". */
void expect_no_session_too_many(struct program *server, const char *why);

#endif
