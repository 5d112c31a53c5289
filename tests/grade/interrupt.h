/* What a wait with poll(2) needs besides: Ctrl-C, SIGTERM and SIGHUP, and the time. */
#ifndef SOCKLADDER_GRADE_INTERRUPT_H
#define SOCKLADDER_GRADE_INTERRUPT_H

#include <stdbool.h>

/* Blocks SIGINT, SIGTERM, SIGHUP and SIGCHLD from now on. Returns a descriptor that is readable
   when one of them has come, the same at each call; -1 with errno if there can be none. */
int interrupt_open(void);

/* Takes in the signals that have come; the number of one that asks this process to end, now or
   earlier; 0 if none has. errno stays: it may be what has to be told. */
int interrupt_seen(void);

/* In a child, before it becomes another program: the signals are as they were before. */
void interrupt_reset(void);

/* Seconds on a clock that nobody sets. */
double seconds_now(void);

#endif
