/* Servers that are started, and listen. Who expects something here fails the test, with a story, if
   it is not met. */
#ifndef SOCKLADDER_EXPECT_SERVER_H
#define SOCKLADDER_EXPECT_SERVER_H

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

/* Fails the test: PROGRAM was started, and never DID ("listened") what it was started for. */
_Noreturn void fail_before(const char *did, struct program *program);

#endif
