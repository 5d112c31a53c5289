/* What the files of lab 2 share. If one of these functions fails, it ends the test with a report.
 */
#ifndef SOCKLADDER_LAB_2_COMMON_H
#define SOCKLADDER_LAB_2_COMMON_H

#include "grader/expect/dialogue.h"
#include "grader/expect/people.h"
#include "grader/expect/scenario.h"

#include <stddef.h>

#define LAB 2

#define PROMPT "You want to say: "

enum { LIMIT = 1024 };

/* Returns LENGTH letters, at most 2 * LIMIT. They are valid until the next call. */
const char *letters(size_t length);

/* Words that must not end a session, because they are ordinary lines. NULL ends the list. */
extern const char *const farewells[];

/* ---- the test is the client ---- */

/* Connects a client to SERVER. */
struct peer *come(struct program *server, const char *name);

/* One turn: the client sends LINE, and the operator types ANSWER. */
void turn(struct program *server, struct peer *client, const char *line, const char *answer);

/* Connects a client to SERVER, and plays a first turn. */
struct peer *come_and_talk(struct program *server, const char *name);

/* ---- the test is the server ---- */

/* Starts a client with START ("program_start"), and accepts its connection. */
struct peer *meet(struct program *(*start)(const char *, ...), struct program **client);

/* One turn: the user types LINE, and the server sends ANSWER. */
void ask(struct program *client, struct peer *server, const char *line, const char *answer);

/* Starts a client, and plays a first turn. */
struct peer *meet_and_talk(struct program **client);

/* ---- either ---- */

/* PEER sends LINE in two pieces, the second after PROGRAM has taken the first, CUT bytes. */
void say_in_two(struct program *program, struct peer *peer, const char *line, size_t cut);

/* Expects that PROGRAM has printed WORDS on standard error. */
void expect_complaint(struct program *program, const char *words);

/* Expects that PROGRAM's console, after the part that the test has read, does not contain WORDS; or
   contains only prompts. */
void expect_not_shown(struct program *program, const char *words);
void expect_nothing_said(struct program *program);

/* PROGRAM's console has said `WHO left` COUNT times in all: once for each who has left. */
void expect_left_told(struct program *program, const char *who, size_t count);

#endif
