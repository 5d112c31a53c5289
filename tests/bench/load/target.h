/*
 * The server that is measured: a command, in a session of its own, with all processes that it
 * starts. Its output goes to /dev/null.
 */
#ifndef SOCKLADDER_TARGET_H
#define SOCKLADDER_TARGET_H

#include <stdbool.h>
#include <stdint.h>

/* Starts the command ARGV, in which each word `PORT` is replaced by a free port (and `PORT` within
   a word as well), and waits until it answers there. Returns the port; or 0, and *WHY says why. */
uint16_t target_start(char **argv, bool datagrams, const char **why);

/* Seconds of processor time that the processes which run now have used so far. */
double target_seconds(void);

/* KiB of memory of the processes that run now, shared pages in parts (PSS, proc(5)): what the
   kernel needs for them is not in it. */
double target_kib(void);

/* Ends all its processes. Returns the seconds of processor time of all that there ever were. */
double target_stop(void);

#endif
