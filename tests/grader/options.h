/* The command line of the grader. */
#ifndef SOCKLADDER_OPTIONS_H
#define SOCKLADDER_OPTIONS_H

#include "grader/lab.h"

#include <stdbool.h>

struct options {
    const struct lab *lab;
    const char *only; /* the one test to play; NULL: all */
    const char *json; /* where to write results; NULL: nowhere */
    const char *junit;
    const char *score;
    int jobs;
    const char *broken; /* the lab below, if it does not work; NULL otherwise */
    bool not_built;
    bool smoke; /* only the first test of the table: does the lab work at all? */
    bool no_memcheck;
    bool list;
    bool verbose;
};

/* Reads the command line into *OPTIONS and `settings`. Ends the program after --help and, with a
   message and status 2, when something in it makes no sense. */
void read_options(struct options *options, const struct lab *const *labs, size_t count, int argc,
                  char **argv);

/* Prints the tests of LAB and their points. */
void list_scenarios(const struct lab *lab);

enum { FULL_MARKS = 0, LESS = 1, USAGE = 2, FAULT = 3, INTERRUPTED = 130 }; /* exit statuses */

#endif
