/* What the files of lab 1 share. */
#ifndef SOCKLADDER_LAB_1_COMMON_H
#define SOCKLADDER_LAB_1_COMMON_H

#include "grader/expect/scenario.h"

#define LAB 1

/* More bytes than fit into small buffers between a server and a client. */
enum { MEGABYTE = 1000 * 1000 };
extern char megabyte[MEGABYTE];

/* Connects a client to SERVER, with small buffers on both sides, so that the server's send blocks.
 */
struct peer *connect_with_small_buffers(struct program *server, const char *name);

/* SERVER's console speaks of nobody but the clients of this test, and no more often than they came.
   WHY begins the sentence of a failure: "After accept had failed with EINTR". */
void expect_only_clients_told(struct program *server, const char *why);

#endif
