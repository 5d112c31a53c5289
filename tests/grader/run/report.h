/* What a person reads in the terminal. */
#ifndef SOCKLADDER_REPORT_H
#define SOCKLADDER_REPORT_H

#include "grader/base/result.h"

#include <stdbool.h>
#include <stdio.h>

/* How a run is told: in UTF-8 whatever the locale, each result's lines at once. The list fits into
   80 columns, prose and pictures into 100. */
struct report {
    FILE *stream;  /* ferror(3) says at the end whether all could be written */
    bool colour;   /* report_wants_colour() decides */
    bool detailed; /* every failure whole, not the first alone: ONLY= and V=1 */
    bool told;     /* set by the report itself: a failure has been told whole already */
};

/* Colour for STREAM: it is a terminal, NO_COLOR is unset or empty, TERM is set and not "dumb". */
bool report_wants_colour(FILE *stream);

/* What stands above the results: which lab, and whose code; then what is OUT, why, and what to do.
 */
void report_start(struct report *report, const struct outcome *outcome);

/* One scenario's line, and below it what there is to tell. INDEX is its place in the table; results
   arrive in the order of the table, so that one that failed in the words of an earlier one can say
   just that. NOT_RUN prints nothing. The line begins with ✓ (PASSED), ✗ (FAILED), ? (NOT_EARNED),
   - (OUT) or ! (GRADER_FAULT), and nothing else that is told about it begins so. */
void report_result(struct report *report, const struct outcome *outcome, size_t index);

/* How many passed and failed, and the score, last: "lab 1-echo: 92/100", or, where points are OUT,
   "lab 1-echo: 92/98 (2 points cannot be tested on this machine)". A part of the lab (ONLY=) is
   told as a part; without outcome_has_score() there is no number: "lab 1-echo: no score: " and why.
 */
void report_end(struct report *report, const struct outcome *outcome);

/* Instead of all of the above: the programs could not be built; the compiler has said why. */
void report_not_built(struct report *report, const struct outcome *outcome);

/* Instead of all of the above: nothing could be graded, and outcome->fault says why. */
void report_fault(struct report *report, const struct outcome *outcome);

#endif
