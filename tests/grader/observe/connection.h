/*
 * What the kernel knows of a TCP socket of the program under test. It is asked for that one socket,
 * by its addresses (sock_diag(7)): the tables in /proc/net would have to be read whole.
 */
#ifndef SOCKLADDER_CONNECTION_H
#define SOCKLADDER_CONNECTION_H

#include "grader/observe/state.h"

#include <stdbool.h>
#include <stdint.h>

/* Of the program's end of PEER's connection: the number of its inode (0: no process has it, because
   it is not accepted yet, or closed already); how many bytes that PEER has sent were not received;
   how many that the program has sent have not come to PEER. The last two are -1 when there is no
   such connection any more. */
unsigned long connection_inode(const struct peer *peer);
int connection_unread(const struct peer *peer);
int connection_unacknowledged(const struct peer *peer);

/* The states of both ends of PEER's connection, as tcp(7) numbers them (TCP_ESTABLISHED); 0 where
   there is no connection any more. */
void connection_states(const struct peer *peer, int *here, int *there);

/* How many clients sit in the queue of the listening PORT, connected and not accepted; -1 when
   nobody listens there. */
int connection_queue(uint16_t port);

/* False where the kernel does not answer such questions: then nothing can be graded. */
bool connection_can_be_asked(void);

#endif
