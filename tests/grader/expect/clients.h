/* Clients of a server that serves many at once, each of whose lines comes back: what the scenarios
   of processes and those of threads have in common. Whoever expects something here fails the test,
   with a story, when it is not met. */
#ifndef SOCKLADDER_GRADER_CROWD_H
#define SOCKLADDER_GRADER_CROWD_H

#include "grader/base/text.h"
#include "grader/play/peer.h"
#include "grader/play/program.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- one client ---- */

/* CLIENT says a line of its own, and it comes back as it went. */
void speak(struct peer *client);

struct peer *connect_and_speak(struct program *server, const char *name);

/* Another client comes and is answered: SERVER works. WHY begins the sentence of a failure. */
struct peer *expect_next(struct program *server, const char *why);

/* ---- many at once ---- */

/* Two clients speak in turns; one leaves, and the other goes on. */
void expect_two_served(struct program *server);

/* COUNT clients, each with its own conversation, while one more says nothing, ever. In the end
   every other one of some leaves, and the rest goes on. */
enum { MOST_CLIENTS = 200 };
void expect_many_served(struct program *server, size_t count);

/* VISITORS come and leave, no more at a time than may wait to be accepted. Not all of them are
   answered. */
enum { VISITORS = 500 };
void expect_visitors_served(struct program *server);

/* ---- the console ---- */

/* What the console should show, without lines that do not speak of a client, `[40276] ...`. Begins
   as {.server = SERVER}; the caller frees EXPECTED. */
struct screen {
    struct program *server;
    struct text expected;
};

/* One more line, `[PORT] WORDS`, appears on the console. */
void expect_on_screen(struct screen *screen, uint16_t port, const char *words);

/* The demonstration that the kit began with: two come and speak, a third comes, and all of them go.
   Each time the console shows it. */
void expect_demonstration(struct screen *screen);

/* Fifty clients speak at once, ten lines each, and every line stands on the console once, whole. */
void expect_fifty_speakers_served(struct program *server);

/* ---- when nobody can be started for a client ---- */

/* True when the connection ends on the side of the server; then closes CLIENT. */
bool is_let_go(struct peer *client);

/* Fails the test: CLIENT was not. WHY is its first sentence: "fork failed with EAGAIN". */
_Noreturn void fail_not_let_go(const struct peer *client, const char *why);

/* Waits until PROGRAM has said on standard error that CALL ("fork") failed. True when it has said
   that it was with EAGAIN. */
bool wait_complaint(struct program *program, const char *call);

/* The same for as many complaints as TIMES, and for another ERROR. */
bool wait_complaints(struct program *program, const char *call, size_t times, int error);

#endif
