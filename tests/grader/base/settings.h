/* What main() decided once for the whole run. */
#ifndef SOCKLADDER_SETTINGS_H
#define SOCKLADDER_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

struct settings {
    const char *programs; /* directory with the built server and client, absolute */
    const char *scratch;  /* where each test gets a working directory, absolute; NULL: programs */
    const char *probe;    /* the probe's shared object, absolute */
    const char
        *library; /* folder of the C library for programs under valgrind, absolute; "": none */
    const char *sources; /* directory with the student's files of this lab, absolute */
    const char *source;  /* the graded tree, as the user named it: "labs" */
    const char *base;    /* the tree of the labs below */
    size_t columns;      /* of the report; 0: as many as usual */
    bool in_part;        /* not all programs could be built: some are missing in that directory */
    int record;          /* descriptor of a folder for the evidence of failed tests; 0: none */
    bool traced;         /* the conversation of a test that passes is drawn as well */
    int tasks;           /* so many processes and threads a test's programs may have at once */
    int tries;           /* so often again a test that did not pass is played, alone */
    const char *first;   /* ids of tests to begin with, with commas between them; NULL: none */
    bool shuffled;       /* tests start in an order that SEED decides */
    unsigned seed;
    bool until_failure; /* the first test that has failed ends the run */
    long room;          /* so many there can be on this machine: run_scenarios() finds it out */
    double patience;    /* deadlines are multiplied by this: 1 on an ordinary machine */
    int debugger;       /* a descriptor that takes the number of the process that waits for a
                           debugger; 0: none does */
    size_t debugged;    /* which of the programs that a test starts that is, counted from 0 */
};

extern struct settings settings;

#endif
