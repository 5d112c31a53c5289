/*
 * Chats in lines: what the test types at a program's keyboard, what the program's console shows,
 * and the lines on the connection. Each function here records what the test did, for the beginning
 * of a report. If an expectation fails, it ends the test with a report.
 *
 * The keyboard of a program is its standard input, a pipe, so typed bytes do not appear on the
 * console. Its console is its standard output, here without `listening on port N` and without the
 * lines `[40276] connected` and `[40276] disconnected`, which belong to other labs.
 */
#ifndef SOCKLADDER_TALK_H
#define SOCKLADDER_TALK_H

#include "grader/play/peer.h"
#include "grader/play/program.h"

#include <stdbool.h>
#include <stddef.h>

/* ---- the keyboard ---- */

void type_bytes(struct program *program, const void *bytes, size_t length);
void type_line(struct program *program, const char *line); /* the newline is added */
void type_end(struct program *program); /* Ctrl-D: its standard input ends. At most once */

/* ---- the connection ---- */

void say_bytes(struct peer *peer, const void *bytes, size_t length);
void say_line(struct peer *peer, const char *line); /* the newline is added */

/* Like say_bytes, and then waits until PROGRAM has received all of it, so that the next bytes
   arrive in another recv. */
void say_piece(struct program *program, struct peer *peer, const void *bytes, size_t length);

/* Sends bytes without a newline. The program need not read all of them, and may close. */
void say_endless(struct peer *peer, const void *bytes, size_t length);

/* PEER leaves: by shutdown of its sending side, close, RST, or FIN and RST right after it, which
   makes even the first send of the program raise SIGPIPE. */
enum leaving { HALF_CLOSE, CLOSE, RESET, FIN_AND_RESET };
void leave(struct peer *peer, enum leaving how);

/* Expects PEER to receive LENGTH bytes of LINE and a newline next. */
void expect_bytes(struct peer *peer, const void *line, size_t length);
void expect_line(struct peer *peer, const char *line);

/* Expects that PEER receives no more bytes, and that the connection ends in any way. Then closes
 * it. */
void expect_hang_up(struct peer *peer);

/* Expects that PEER receives no more bytes: waits until no more can come. PROMISED says so in the
   report. */
void expect_no_bytes(struct peer *peer, const char *promised);

/* ---- the console ---- */

/* Expects exactly TEXT next on PROGRAM's console, from where the last expectation ended. */
void expect_console(struct program *program, const char *text);

/* Expects TEXT (a line with its newline) anywhere on the console after that place. */
void expect_shown(struct program *program, const char *text);

/* Waits for TEXT in the same way, and returns whether it appeared. */
bool wait_shown(struct program *program, const char *text);

/* Returns whether TEXT is on the console after that place now. */
bool is_shown(const struct program *program, const char *text);

/* Returns whether there is anything else there than PROMPT and newlines. */
bool is_anything_said(const struct program *program, const char *prompt);

/* ---- for reports and causes ---- */

/* Records in a sentence what the test has just done: a report begins with it. */
void dialogue_did(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Fails the test. Reports what the test did last, the sentence of FORMAT, what the console has
   shown since, and how the wait for PEER (or NULL) ended. */
_Noreturn void fail_dialogue(enum expectation expected, const struct program *program,
                             const struct peer *peer, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Returns whether a task of PROGRAM is blocked in a read(2) of its standard input. */
bool waits_at_keyboard(const struct program *program);

/* What there is for cause_dialogue.c to look at. */
struct dialogue {
    bool in_lines;           /* this is a conversation in lines at all */
    const struct peer *peer; /* who spoke last, */
    struct text said;        /* and everything it has sent on its connection */
    size_t lines_said;   /* how many lines all who spoke have ended, by a newline or by leaving */
    size_t longest;      /* bytes in the longest line, said or typed, ended or not */
    bool typed_whole;    /* the keyboard has ended, and the last line had its newline */
    struct text heard;   /* what a peer received instead of what it should have, */
    struct text wanted;  /* which this is, with its newline; empty: it is all right */
    const char *awaited; /* what the console should have shown, or NULL, */
    struct text shown;   /* and what it has shown instead */
};
extern struct dialogue dialogue;

#endif
