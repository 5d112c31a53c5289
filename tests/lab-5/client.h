/* Playing the server to a client: what is typed at its keyboard comes as a datagram, and the answer
   appears on its console. What fails here fails the test, with a story. */
#ifndef SOCKLADDER_LAB_5_CLIENT_H
#define SOCKLADDER_LAB_5_CLIENT_H

#include "lab-5/common.h"

#include <stddef.h>

/* Time-outs: one that no test lets pass, and one that tests wait for. */
#define LONG "20000"
#define SHORT "30"
#define MANY "200" /* tries: more than any test needs */

/* Starts `client -n TRIES -w WAIT HOST PORT`, to ask SERVER. */
struct program *start_client(const struct peer *server, const char *tries, const char *wait);

/* The client's next datagram, into `got`. */
void receive_question(const struct program *client, struct peer *server);

/* The next datagram, into `got`, is WORDS ("1 hello"). More copies of the question before do not
   count: a client that had to wait may have sent one in the meantime. */
void expect_question(const struct program *client, struct peer *server, const char *words);
void expect_question_bytes(const struct program *client, struct peer *server, const char *words,
                           size_t length);

/* What was received last goes back to where it came from. */
void send_back(struct peer *server);

/* The console goes on with `server says: WORDS`. */
void expect_answer_shown(struct program *client, const char *words);

/* Types LINE, and answers it as a good server would; NUMBER is its number. */
void ask_and_answer(struct program *client, struct peer *server, int number, const char *line);

/* Ctrl-D: the client ends well. */
void end_client(struct program *client);

/* The client still waits for its answer: it has shown nothing, sent nothing and not ended. WHAT
   begins the story. */
void expect_no_effect(struct program *client, struct peer *server, const char *what);

#endif
