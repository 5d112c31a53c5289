/* What a person reads in the terminal. */
#ifndef SOCKLADDER_REPORT_H
#define SOCKLADDER_REPORT_H

#include "grader/base/result.h"

#include <stdbool.h>
#include <stdio.h>

/*
 * How a run is told, in UTF-8 whatever the locale. Briefly: on one screen, at most REPORT_LINES,
 * when all is played (brief.h). Or in detail: each test in a line, at once, each failure whole.
 */
struct report {
    FILE *stream;    /* ferror(3) says at the end whether all could be written */
    size_t width;    /* columns: report_width() */
    bool colour;     /* report_wants_colour() decides */
    bool live;       /* a person looks on, and wants to see how far it is: it is a terminal */
    bool detailed;   /* ONLY= and V=1 */
    size_t lines;    /* set by the report itself: so many it has printed, */
    size_t progress; /* and so many columns of its last line tell how far it is */
    size_t step;     /* and the last step whose heading it has printed */
};

enum { REPORT_LINES = 60 };

/* Colour for STREAM: it is a terminal, NO_COLOR is unset or empty, TERM is set and not "dumb". */
bool report_wants_colour(FILE *stream);

/* The columns of STREAM: those of the terminal, but 60 to 100; 80 if it is none. */
size_t report_width(FILE *stream);

/* What stands above the results: which lab, and whose code; then what is OUT, why, and what to do.
 */
void report_start(struct report *report, const struct outcome *outcome);

/* DONE of PLANNED tests have come to their end after SECONDS: says so if it takes long, in a line
   that the next one takes the place of. */
void report_progress(struct report *report, size_t done, size_t planned, double seconds);

/* One scenario has come to its end; INDEX is its place in the table. In detail: its line, below
   the heading of its step if that is new, and what there is to tell; NOT_RUN prints nothing. The
   line begins with ✓ (PASSED), ✗ (FAILED), ? (NOT_EARNED), - (OUT) or ! (GRADER_FAULT), and nothing
   else that is told about it begins so. Briefly: only faults are told at once. */
void report_result(struct report *report, const struct outcome *outcome, size_t index);

/* What came of it: briefly, all that there is to tell; then what to do next, how many passed and
   failed, what each step gives, and the score, last: "lab 1-echo: 92/100", or, where points are
   OUT, "lab 1-echo: 92/98 (2 points cannot be tested on this machine)". A part of the lab (ONLY=)
   is told as a part; without outcome_has_score() there is no number: "lab 1-echo: no score: " and
   why. */
void report_end(struct report *report, const struct outcome *outcome);

/* Instead of all of the above: the programs could not be built; the compiler has said why. */
void report_not_built(struct report *report, const struct outcome *outcome);

/* Instead of all of the above: nothing could be graded, and outcome->fault says why. */
void report_fault(struct report *report, const struct outcome *outcome);

#endif
