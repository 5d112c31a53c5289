/* The time-outs and timers of the program. While the test wants it (time_limit in shared.h), none
   is longer than that: who waits for a while only, gives up soon. */
#ifndef SOCKLADDER_PROBE_TIME_H
#define SOCKLADDER_PROBE_TIME_H

#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

/* The program has set one: a call that is blocked now is not blocked for ever. */
void time_note(void);

/* MILLISECONDS, as poll(2) takes them, or less. */
int time_cut_ms(int milliseconds);

/* WANTED, or *CUT, which is less. NULL is for ever, and stays. */
const struct timespec *time_cut(const struct timespec *wanted, struct timespec *cut);

/* Makes *WANTED less, which select(2) may change anyway; nothing for NULL. */
void time_cut_val(struct timeval *wanted);

/* VALUE of SO_RCVTIMEO, of SIZE bytes, or *CUT, which is less. */
const void *time_cut_option(const void *value, socklen_t size, struct timeval *cut);

#endif
