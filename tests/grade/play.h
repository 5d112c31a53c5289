/* Plays the programs of one lab: runs the grader on them. */
#ifndef SOCKLADDER_GRADE_PLAY_H
#define SOCKLADDER_GRADE_PLAY_H

#include "grade/kit.h"
#include "grade/labs.h"
#include "grade/place.h"
#include "grader/base/text.h"

#include <stdbool.h>

enum { PLAY_FDS = 10, PLAY_WORDS = 16 };

/* What is the same for all that one grading plays. */
struct play {
    const struct kit *kit;
    const char *patience; /* NULL: as the grader has it */
    const char *jobs;
    bool boxed;
};

/* One run of the grader. */
struct run {
    const struct lab_files *lab;
    const struct place *place;
    const char *programs;          /* the folder in PLACE that holds them; NULL: none are played */
    const char *shown;             /* the tree, as the report and the place call it */
    const char *base;              /* the tree of the labs below, likewise */
    const char *words[PLAY_WORDS]; /* more options; up to NULL */
    struct {
        const char *option; /* "--json-fd" */
        int fd;
    } fds[PLAY_FDS]; /* open descriptors to hand on; up to an option that is NULL */
    bool silent;     /* its report goes nowhere */
};

/* Runs the grader and waits for it. A signal that asks this process to end is handed on to it.
   Returns its wait status; -1 with errno if it could not be run. */
int play_run(const struct play *play, const struct run *run);

#endif
