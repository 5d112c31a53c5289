/* What came of one scenario, and of a whole run. */
#ifndef SOCKLADDER_RESULT_H
#define SOCKLADDER_RESULT_H

#include "grader/lab.h"

enum status {
    NOT_RUN,      /* left out by ONLY= */
    PASSED,       /* the behaviour was seen */
    FAILED,       /* it was not */
    NOT_TESTED,   /* what the scenario wanted to show could not be brought about: no verdict */
    GRADER_FAULT, /* the autograder itself failed: no verdict, and never the student's loss */
};

/*
 * `story` tells a FAILED scenario to a person, as plain UTF-8 text: what was done, what was
 * expected and what was seen, in a few lines of at most 96 columns; then, in `ladder`, the
 * conversation as a picture of several lines of at most 94 columns, without an indent of its own;
 * then, in `cause`, a sentence on why. For NOT_TESTED and GRADER_FAULT `story` says why there is no
 * verdict. Each ends with a zero; any may be empty.
 * What came from the program under test is already made harmless in them (text_harmless in text.h).
 */
struct result {
    enum status status;
    bool unwritten; /* what failed is still the starter: the scenario's hint would come too early */
    double seconds;
    char story[4096];
    char ladder[12288];
    char cause[2048];
};

/* A whole run of one lab over one tree. */
struct outcome {
    const struct lab *lab;
    const char *source; /* the tree that was graded: "labs" */
    const char *base;   /* where the labs below came from; the same as source if not said */
    const char *broken; /* the lab below, of base, that does not work; NULL if all is well */
    const struct result *results; /* lab->count of them, in the order of the table; NULL when the
                                     programs could not be built: then every score is 0 */
    double seconds;
};

/* The status of scenario INDEX, and how many have STATUS. With NULL results: FAILED, all of them.
   When some are NOT_RUN, the outcome says nothing about the lab as a whole. */
enum status outcome_status(const struct outcome *outcome, size_t index);
size_t outcome_count(const struct outcome *outcome, enum status status);

/* Points earned and points that could be earned, over the scenarios that have a verdict; and the
   points of those that ran and have none. With NULL results: 0 of 100, and 0. */
int outcome_earned(const struct outcome *outcome);
int outcome_possible(const struct outcome *outcome);
int outcome_left_out(const struct outcome *outcome);

/* The score from 0 to 100: earned/possible scaled to 100 and rounded down; 100 only when everything
   possible was earned. 0 when nothing was possible: then it is no score, and nobody is shown it. */
int outcome_score(const struct outcome *outcome);

#endif
