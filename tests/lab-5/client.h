/* The test plays the server to a client: what the test types at the client's keyboard arrives as a
   datagram, and the answer appears on its console. If one of these functions fails, it ends the
   test with a report. */
#ifndef SOCKLADDER_LAB_5_CLIENT_H
#define SOCKLADDER_LAB_5_CLIENT_H

#include "lab-5/common.h"

#include <stddef.h>

/* Time-outs: LONG never ends during a test; tests wait for the end of SHORT. */
#define LONG "20000"
#define SHORT "30"
#define MANY "200" /* tries: more than any test needs */

/* Returns how many milliseconds at least a wait of MS lasts, by the kernel's clock. */
long shortest_wait(long ms);

/* Starts `client -n TRIES -w WAIT HOST PORT` with the address of SERVER. */
struct program *start_client(const struct peer *server, const char *tries, const char *wait);

/* Receives the client's next datagram into `got`. */
void receive_question(const struct program *client, struct peer *server);

/* Receives the next datagram into `got`, and expects WORDS ("1 hello"). Skips further copies of the
   question before, because a client that had to wait may have sent one in the meantime. */
void expect_question(const struct program *client, struct peer *server, const char *words);
void expect_question_bytes(const struct program *client, struct peer *server, const char *words,
                           size_t length);

/* Sends the datagram received last back to its sender. */
void send_back(struct peer *server);

/* Expects `server says: WORDS` next on the console. */
void expect_answer_shown(struct program *client, const char *words);

/* Types LINE, expects it with the number NUMBER, and sends the right answer. */
void ask_and_answer(struct program *client, struct peer *server, int number, const char *line);

/* Types Ctrl-D, and expects the client to end with status 0. */
void end_client(struct program *client);

/* Expects that the client still waits for its answer: it has shown nothing, sent nothing and not
   ended. WHAT is the beginning of the report. */
void expect_no_effect(struct program *client, struct peer *server, const char *what);

#endif
