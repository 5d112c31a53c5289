/* Signals as something that can be waited for: SIGCHLD, and those that end the demonstration. */
#ifndef SOCKLADDER_DEMO_SIGNALS_H
#define SOCKLADDER_DEMO_SIGNALS_H

#include <stdbool.h>

/* Blocks these signals. Returns a descriptor that becomes readable when one comes; -1 with errno.
   Call it once, first. */
int signals_open(void);

/* Takes those that have come to the descriptor FD. Returns whether one, Ctrl-C say, is to end the
   demonstration. */
bool signals_take(int fd);

/* In a child: blocks only what was blocked before signals_open(), and does not ignore SIGINT. */
void signals_restore(void);

#endif
