/* What the files of lab 4 share. If one of these functions fails, it ends the test with a report.
 */
#ifndef SOCKLADDER_LAB_4_COMMON_H
#define SOCKLADDER_LAB_4_COMMON_H

#include "grader/expect/dialogue.h"
#include "grader/expect/people.h"
#include "grader/expect/scenario.h"

#include <stddef.h>
#include <stdint.h>

#define LAB 4

enum {
    SMALL_BUFFERS = 4096, /* bytes that the kernel keeps for a peer that does not read */
    LONG_LINE = 1000
};

/* Expects a line for the client with PORT on SERVER's console, now or later: `[40284] hello`. WHEN
   is the beginning of the report. */
void expect_on_console(struct program *server, uint16_t port, const char *words, const char *when);

/* Expects PROGRAM to print on standard error that pthread_create failed, and why, TIMES times. */
void expect_thread_complaints(struct program *program, size_t times);

/* The server sends LINE. Expects the client to show it. */
void show(struct program *client, struct peer *server, const char *line);

/* The user types LINE. Expects the server to get it. */
void send_typed(struct program *client, struct peer *server, const char *line);

/* Expects the server to get end of file, and nothing before it. PROMISED says so in the report. */
void expect_end_of_file(struct program *client, struct peer *server, const char *promised);

#endif
