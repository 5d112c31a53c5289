/* Ends what a test has started. */
#ifndef SOCKLADDER_DESCENDANTS_H
#define SOCKLADDER_DESCENDANTS_H

#include <stddef.h>
#include <sys/types.h>

/* Ends every descendant of this process, whatever it does against it, and reaps them all: stops
   them first so that none can fork, then kills them. Returns how many there were besides those in
   EXPECTED (COUNT of them). Bounded: gives up after a few seconds of its own work, those that no
   processor was free not counted, and returns -1. */
int descendants_end(const pid_t *expected, size_t count);

#endif
