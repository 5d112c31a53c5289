/*
 * What a program says to the person in front of it. Every line leaves in a single write(2), so
 * lines of several processes or threads never mix, and nothing waits in a buffer. (A pipe promises
 * this up to PIPE_BUF, 4096 bytes, newline included: pipe(7).) A line may have any length; only
 * when memory is short is a line of more than 4095 bytes cut to that.
 *
 * All functions may be called from any process and any thread, but not from a signal handler.
 * They return nothing, because a console that is gone is no reason to stop serving: the line is
 * lost, and writing it does not raise SIGPIPE.
 * errno is the same after each of them as before.
 */
#ifndef SOCKLADDER_CONSOLE_H
#define SOCKLADDER_CONSOLE_H

#include <stdint.h>

/* Sets the name that complain() puts in front: "server" or "client". NAME must live as long as the
   program; a string literal does. Call it first in main. */
void console_name(const char *name);

/* Writes one line, made as by printf(3), to standard output. The newline is added here. */
void console_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, with the client's port in front: console_tell(40276, "connected") writes
   `[40276] connected`. PORT is in host byte order. */
void console_tell(uint16_t port, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes TEXT to standard output as it is, in a single write and without a newline: a question that
   the person answers on the same line. It is on the screen when this returns. */
void console_prompt(const char *text);

/* Says on standard error which call failed, and why according to errno:
   complain("bind") writes `server: bind: Address already in use`. */
void complain(const char *call);

/* The same for a call that reports its error in another way than errno, as getaddrinfo(3) does:
   complain_because("getaddrinfo", gai_strerror(code)). */
void complain_because(const char *call, const char *reason);

#endif
