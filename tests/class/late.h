/* When something was to be handed in, and what it costs to be late. */
#ifndef SOCKLADDER_CLASS_LATE_H
#define SOCKLADDER_CLASS_LATE_H

#include <stdbool.h>
#include <stdint.h>

struct late {
    int64_t due;    /* seconds since 1970; 0: never */
    double percent; /* of the full score, for each period that has begun */
    int64_t period; /* seconds; 0: however late */
};

/* Reads DUE, "2026-12-01T18:00" in the time of this machine, or with a Z behind it in UTC; and
   RATE, "10%/day", "5%/hour" or "20%" (NULL: late is only told). False when either makes no sense.
 */
bool late_read(struct late *late, const char *due, const char *rate);

/* What is taken off a score of 100 at most for what was handed in at WHEN. */
double late_cost(const struct late *late, int64_t when);

#endif
