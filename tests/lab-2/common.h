/* What the files of lab 2 share. What fails here fails the test, with a story. */
#ifndef SOCKLADDER_LAB_2_COMMON_H
#define SOCKLADDER_LAB_2_COMMON_H

#include "grader/expect/dialogue.h"
#include "grader/expect/people.h"
#include "grader/expect/scenario.h"

#include <stddef.h>

#define LAB 2

#define PROMPT "You want to say: "

enum { LIMIT = 1024 };

/* LENGTH letters, at most twice LIMIT. They stay until the next call. */
const char *letters(size_t length);

/* Only who leaves ends a conversation: these words are lines like any other. NULL ends the list. */
extern const char *const farewells[];

/* ---- the test is the client ---- */

/* A client comes to SERVER, after what the test did last. */
struct peer *come(struct program *server, const char *name);

/* One turn: the client says LINE, and the operator ANSWERs. */
void turn(struct program *server, struct peer *client, const char *line, const char *answer);

/* It comes and has a first turn. */
struct peer *come_and_talk(struct program *server, const char *name);

/* ---- the test is the server ---- */

/* A client is started by START ("program_start"), and comes. */
struct peer *meet(struct program *(*start)(const char *, ...), struct program **client);

/* One turn: the person says LINE, and the server ANSWERs. */
void ask(struct program *client, struct peer *server, const char *line, const char *answer);

/* It comes and has a first turn. */
struct peer *meet_and_talk(struct program **client);

/* ---- either ---- */

/* PEER sends LINE in two pieces, the second after PROGRAM has taken the first, CUT bytes. */
void say_in_two(struct program *program, struct peer *peer, const char *line, size_t cut);

/* PROGRAM has said WORDS on standard error. */
void expect_complaint(struct program *program, const char *words);

/* Behind what the test has seen of it, PROGRAM's console has no WORDS; or nothing but prompts, once
   it has said all. */
void expect_not_shown(struct program *program, const char *words);
void expect_nothing_said(struct program *program);

#endif
