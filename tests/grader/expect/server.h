/* Starting servers. If one of these functions fails, it ends the test with a report. */
#ifndef SOCKLADDER_EXPECT_SERVER_H
#define SOCKLADDER_EXPECT_SERVER_H

#include "grader/play/peer.h"
#include "grader/play/program.h"

#include <stddef.h>
#include <stdint.h>

/* Starts `server 0`, waits for its `listening on port N`, and returns it. */
struct program *start_server(void);

/* The same on PORT. Returns NULL if another program has taken that port in the meantime: choose
   another one. */
struct program *start_server_on(uint16_t port);

/* Waits until SERVER, which was just started, prints its port. Fails the test if it never does. */
struct program *expect_listening(struct program *server);

/* Returns whether SERVER has printed the port that it listens on, and sets its `port` to that. */
bool says_its_port(struct program *server);

/* Returns whether a server on PORT listens; false if it has ended, or never will. */
bool try_server_on(uint16_t port);

struct program *start_server_memcheck(void);
struct program *start_server_helgrind(void);

/* `server -i 0`: with an operator at the keyboard. `server -e 0`: sends each line back. */
struct program *start_server_with_operator(void);
struct program *start_server_that_repeats(void);

/* Connects a client to SERVER. */
struct peer *connect_client(struct program *server, const char *name);

/* Fails the test: PROGRAM was started, but never DID ("listened"). */
_Noreturn void fail_before(const char *did, struct program *program);

#endif
