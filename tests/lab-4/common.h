/* What the files of lab 4 share. What fails here fails the test, with a story. */
#ifndef SOCKLADDER_LAB_4_COMMON_H
#define SOCKLADDER_LAB_4_COMMON_H

#include "grader/expect/dialogue.h"
#include "grader/expect/people.h"
#include "grader/expect/scenario.h"

#include <stddef.h>
#include <stdint.h>

#define LAB 4

enum {
    SMALL_BUFFERS = 4096, /* so many bytes of a connection the kernel keeps for who does not read */
    LONG_LINE = 1000
};

/* SERVER's console has, right now or later, a line of its own for the client with PORT:
   `[40284] hello`. WHEN begins the story. */
void expect_on_console(struct program *server, uint16_t port, const char *words, const char *when);

/* PROGRAM says on standard error that pthread_create has failed, and why, so many TIMES. */
void expect_thread_complaints(struct program *program, size_t times);

/* The server says LINE, and the client shows it. */
void show(struct program *client, struct peer *server, const char *line);

/* The person types LINE, and the server gets it. */
void send_typed(struct program *client, struct peer *server, const char *line);

#endif
