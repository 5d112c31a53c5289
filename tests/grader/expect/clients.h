/* Clients of a server that serves many at once and sends each line back: shared by the scenarios of
   processes and of threads. If one of these functions fails, it ends the test with a report. */
#ifndef SOCKLADDER_GRADER_CROWD_H
#define SOCKLADDER_GRADER_CROWD_H

#include "grader/base/text.h"
#include "grader/play/peer.h"
#include "grader/play/program.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- one client ---- */

/* CLIENT sends a new line, and expects it back. */
void speak(struct peer *client);

struct peer *connect_and_speak(struct program *server, const char *name);

/* Another client connects, and expects an answer: SERVER works. WHY is the beginning of the report.
 */
struct peer *expect_next(struct program *server, const char *why);

/* ---- many at once ---- */

/* Two clients send lines in turn; one leaves, and the other goes on. */
void expect_two_served(struct program *server);

/* COUNT clients send lines at the same time, while some others are silent. In the end every second
   one of some clients leaves, and the rest go on. */
enum { MOST_CLIENTS = 200 };
void expect_many_served(struct program *server, size_t count);

/* VISITORS clients connect and leave, at most as many at a time as may wait to be accepted. Not all
   of them wait for an answer. */
enum { VISITORS = 500 };
void expect_visitors_served(struct program *server);

/* ---- the console ---- */

/* What the console should show: only the lines about a client, `[40276] ...`. Begins as
   {.server = SERVER}; the caller frees EXPECTED. */
struct screen {
    struct program *server;
    struct text expected;
};

/* Expects one more line, `[PORT] WORDS`, on the console. */
void expect_on_screen(struct screen *screen, uint16_t port, const char *words);

/* The handout's example: two clients connect and send lines, a third connects, and all of them
   leave. Expects the console to show each step. */
void expect_demonstration(struct screen *screen);

/* Fifty clients send ten lines each at the same time. Expects every line on the console once,
   whole. */
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
