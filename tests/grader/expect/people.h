/* Two people who chat in lines. If one of these functions fails, it ends the test with a report. */
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

/* Returns a line with UTF-8, with conversions of printf, and with every byte except 0, newline and
   those in WITHOUT. It is valid until the next call. */
const char *strange_line(const char *without);

/* Starts `client 127.0.0.1 PORT` with START ("program_start"), into *CLIENT. Returns the server's
   end of its connection. */
struct peer *meet_client(struct program *(*start)(const char *, ...), struct program **client);

/* The same with `client HOST PORT MESSAGE`, or without a message if it is NULL. */
struct peer *meet_client_with(struct program *(*start)(const char *, ...), struct program **client,
                              const char *host, const char *message);

/* Expects WHO ("client says: ") and LINE on PROGRAM's console, now or later. */
void expect_said(struct program *program, const char *who, const char *line);

/* The same, as the next line. */
void expect_said_next(struct program *program, const char *who, const char *line);

#endif
