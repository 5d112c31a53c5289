/*
 * Messages for the user. Each function writes its line with a single write(2), so lines of several
 * processes or threads never mix, and nothing waits in a buffer. (For a pipe this holds up to
 * PIPE_BUF, 4096 bytes with the newline: pipe(7).) A line may have any length, but if memory is
 * short, a line of more than 4095 bytes is cut to 4095.
 *
 * If the console is a terminal, each control character of ASCII or UTF-8 in a line, except tab and
 * newline, appears as `?`: a client's line cannot move the cursor or clear the screen. A pipe or a
 * file gets all bytes unchanged.
 *
 * Any process and any thread may call these functions; a signal handler must not.
 * They return nothing: a server must go on even if its console is closed, or is a file on a full
 * disk. The line is then lost, and SIGPIPE is not raised. Only console_end() reports it.
 * A console that is full because nobody reads it (a pipe, a terminal after Ctrl-S) makes them wait
 * until somebody does: no line is lost, but whoever writes one is stuck until then, also if it is
 * only a complaint. If nobody watches, use a file or /dev/null: `./server 4000 >log 2>&1`.
 * None of them changes errno.
 */
#ifndef SOCKLADDER_CONSOLE_H
#define SOCKLADDER_CONSOLE_H

#include <stdint.h>

/* Sets the name that complain() prints first: "server" or "client". NAME must stay valid until the
   program ends, as a string literal does. Call it first in main: it also opens /dev/null for each
   of the descriptors 0 to 2 that is closed (`./server 0 >&-`). Or the next socket would get that
   number, and the console's lines would go to a client. */
void console_name(const char *name);

/* Writes one line to standard output, formatted as by printf(3), and adds the newline. */
void console_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, with the client's port in front: console_tell(40276, "connected") writes
   `[40276] connected`. PORT is in host byte order. */
void console_tell(uint16_t port, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes TEXT to standard output with a single write(2) and adds no newline, so that the user can
   answer on the same line. TEXT is on the screen when this returns. */
void console_prompt(const char *text);

/* Writes to standard error which call failed, and the reason from errno:
   complain("bind") writes `server: bind: Address already in use`. */
void complain(const char *call);

/* The same for a call that does not report its error in errno, such as getaddrinfo(3):
   complain_because("getaddrinfo", gai_strerror(code)). */
void complain_because(const char *call, const char *reason);

/* Returns the exit status for a program that ends: STATUS, or 1 if a line for standard output was
   lost. Then it first reports why, with complain("write"). */
int console_end(int status);

#endif
