/*
 * Conversations in lines: what is typed at a program's keyboard, what its console shows, and the
 * lines that go to and fro. What is done here is written down, so that a story begins with it; and
 * every expectation fails the test, with a story, when it is not met.
 *
 * The keyboard of a program is its standard input, a pipe: nothing typed is shown on the console by
 * itself. Its console is its standard output, here without `listening on port N` and without the
 * lines `[40276] connected` and `[40276] disconnected`: those are another lab's.
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

/* The same as say_bytes, and then waits until PROGRAM has taken all of it from the kernel: what is
   said next will come in another recv. */
void say_piece(struct program *program, struct peer *peer, const void *bytes, size_t length);

/* Says bytes without a newline, of which the program need not take all: it may hang up. */
void say_endless(struct peer *peer, const void *bytes, size_t length);

/* PEER leaves: shutdown and still listening, close, RST, or FIN with RST right after it, which
   makes even the very first send of the other side raise SIGPIPE. */
enum leaving { HALF_CLOSE, CLOSE, RESET, FIN_AND_RESET };
void leave(struct peer *peer, enum leaving how);

/* What PEER receives next is LENGTH bytes of LINE and a newline. */
void expect_bytes(struct peer *peer, const void *line, size_t length);
void expect_line(struct peer *peer, const char *line);

/* Nothing more comes to PEER, and the connection ends, in whatever way. Then closes it. */
void expect_hang_up(struct peer *peer);

/* ---- the console ---- */

/* PROGRAM's console goes on with exactly TEXT, from where the last expectation ended. */
void expect_console(struct program *program, const char *text);

/* Somewhere behind that place, the console shows TEXT (a line of it, with its newline). */
void expect_shown(struct program *program, const char *text);

/* The same without an expectation: true if it came. */
bool wait_shown(struct program *program, const char *text);

/* True if TEXT is on the console behind that place already. */
bool is_shown(const struct program *program, const char *text);

/* True if anything is there besides PROMPT and newlines, which tidy the screen. */
bool is_anything_said(const struct program *program, const char *prompt);

/* ---- for stories and causes ---- */

/* Writes down, in a sentence, what the test has just done: stories begin with it. */
void dialogue_did(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Fails the test with what was done last, the sentence of FORMAT, what the console showed since,
   and how the wait for PEER (or NULL) ended. */
_Noreturn void fail_dialogue(const struct program *program, const struct peer *peer,
                             const char *format, ...) __attribute__((format(printf, 3, 4)));

/* True when a task of PROGRAM is blocked in a read(2) of its standard input. */
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
