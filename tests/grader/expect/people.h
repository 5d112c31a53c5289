/* People who talk in lines: what they say, how they meet, and what the one sees of the other. What
   fails here fails the test, with a story. */
#ifndef SOCKLADDER_PEOPLE_H
#define SOCKLADDER_PEOPLE_H

#include "grader/play/peer.h"
#include "grader/play/program.h"

/* A word, different in each run. */
enum { WORD = 8 };
struct word {
    char letters[WORD + 1];
};
struct word new_word(void);

/* A line of UTF-8, of what printf would take for more than itself, and of every byte but 0, newline
   and those in WITHOUT. It stays until the next call. */
const char *strange_line(const char *without);

/* Starts `client 127.0.0.1 PORT` by START ("program_start"), into *CLIENT, and is the server to
   which it connects. */
struct peer *meet_client(struct program *(*start)(const char *, ...), struct program **client);

/* The same with `client HOST PORT MESSAGE`, or without a message if it is NULL. */
struct peer *meet_client_with(struct program *(*start)(const char *, ...), struct program **client,
                              const char *host, const char *message);

/* PROGRAM's console shows, right now or later, that WHO ("client says: ") has said LINE. */
void expect_said(struct program *program, const char *who, const char *line);

/* The same, and nothing else first. */
void expect_said_next(struct program *program, const char *who, const char *line);

#endif
