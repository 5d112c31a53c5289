/* What came of one scenario, and of a whole run. */
#ifndef SOCKLADDER_RESULT_H
#define SOCKLADDER_RESULT_H

#include "grader/base/lab.h"

enum status {
    NOT_RUN,      /* left out by ONLY= */
    PASSED,       /* the behaviour was seen */
    FAILED,       /* it was not */
    NOT_EARNED,   /* the program kept it from being tested: no points, as for FAILED */
    OUT,          /* this machine cannot run it, not with the reference either: out for everybody */
    GRADER_FAULT, /* the autograder itself failed: there is no score for the lab */
};

/*
 * `story` tells a FAILED scenario to a person, as plain UTF-8 text: what was done, what was
 * expected and what was seen, in a few lines of at most 96 columns; then, in `ladder`, the
 * conversation as a picture of several lines of at most 94 columns, without an indent of its own;
 * then, in `cause`, a sentence on why. For NOT_EARNED, OUT and GRADER_FAULT `story` says why it
 * could not be tested. Each ends with a zero; any may be empty.
 * What came from the program under test is already made harmless in them (text_harmless in text.h).
 */
struct result {
    enum status status;
    bool advised;    /* the story says what to do: the scenario's hint may contradict it */
    bool proven;     /* valgrind has found it while all else went well: the story names the line */
    size_t programs; /* so many programs it has started */
    size_t peers;    /* of a failure: so many peers, clients or servers, the test had played */
    int plays;       /* how often it was played; this is what came of the last time */
    double seconds;
    char story[4096];
    char ladder[12288];
    char cause[2048];
    char cause_id[48];      /* the row of the table of causes (explain/cause.h); empty: none */
    char unwritten[64];     /* a function that is still the starter's; empty: none. The scenario's
                               hint would come too early */
    char unwritten_in[288]; /* and its file, labs/1-echo/tcp.c; empty: not known */
};

/* A whole run of one lab over one tree. */
struct outcome {
    const struct lab *lab;
    const char *source; /* the tree that was graded: "labs" */
    const char *base;   /* where the labs below came from; the same as source if not said */
    const char *broken; /* the lab below, of base, that does not work; NULL if all is well */
    size_t step;        /* the only one that is played; 0: all of them */
    const struct result *results; /* lab->count of them, in the order of the table; NULL when the
                                     programs could not be built: then every score is 0 */
    double seconds;
    const char *build;   /* some programs, or without results all, could not be built: the
                            compiler's and linker's words, made harmless; else NULL */
    const char *fault;   /* a fault of the autograder that left nothing to grade; NULL: none */
    const char *machine; /* what this machine lacks and how to get it, in lines; NULL: not known */
};

/* The word for STATUS that other programs read: "passed", "failed", "not earned", "out", "fault",
   "not run". */
const char *status_word(enum status status);

/* The status of scenario INDEX, and how many have STATUS. With NULL results: FAILED, all of them.
   When some are NOT_RUN, the outcome says nothing about the lab as a whole. */
enum status outcome_status(const struct outcome *outcome, size_t index);
size_t outcome_count(const struct outcome *outcome, enum status status);

/* Points earned (PASSED), points that could be earned (with FAILED and NOT_EARNED), and points that
   are OUT. With NULL results: 0 of 100, and 0. */
int outcome_earned(const struct outcome *outcome);
int outcome_possible(const struct outcome *outcome);
int outcome_out(const struct outcome *outcome);

/* The same of one step of the lab, counted from 1; 0: of the whole. */
int outcome_earned_in(const struct outcome *outcome, size_t step);
int outcome_possible_in(const struct outcome *outcome, size_t step);

/* Is there a score? Not when the autograder has failed anywhere, and not when nothing could be
   earned: then no number may be shown, neither full marks nor a zero. */
bool outcome_has_score(const struct outcome *outcome);

/* The points earned, scaled to 100 where some are OUT, so that full marks are the same everywhere:
   with two decimals, rounded down, so 100 only when everything possible was earned. Only when
   outcome_has_score(). What people read is earned/possible, never this. */
double outcome_score(const struct outcome *outcome);

#endif
