/* The command line of the grader. */
#ifndef SOCKLADDER_OPTIONS_H
#define SOCKLADDER_OPTIONS_H

#include "grader/base/lab.h"

#include <stdbool.h>

/*
 * Descriptors are those that whoever started the grader has left open for it, above 2; the grader
 * does not close them, and nothing that it starts ever has them: they get FD_CLOEXEC as soon as
 * they are known. NONE: not given.
 */
enum { NONE = -1 };

struct options {
    const struct lab *lab;
    const char *only; /* tests and groups of them, with commas between; NULL: all */
    int reference;    /* to read: the JSON of the reference's run in the same surroundings */
    int not_built;    /* to read: what the compiler and the linker said about the programs that
                         could not be built; without --programs nothing is played */
    int json;         /* to write, from where it stands */
    int junit;
    int score;
    int debug;
    int hint;  /* a file that keeps which hints were given */
    int trace; /* a folder for pictures of the conversations */
    int jobs;
    const char *typed;      /* the tree as it was typed; NULL: the report has its name */
    const char *typed_base; /* likewise */
    const char *broken;     /* the lab below, if it does not work; NULL otherwise */
    size_t step;            /* only the tests of this step; 0: of all */
    bool smoke;             /* only the first test of the table: does the lab work at all? */
    bool no_valgrind;
    bool list;
    bool sanitizer; /* only say whether a test needs programs with AddressSanitizer */
    bool verbose;
};

/* Reads the command line into *OPTIONS and `settings`. Ends the program after --help and, with one
   line on standard error and status 2, when something in it makes no sense. */
void read_options(struct options *options, const struct lab *const *labs, size_t count, int argc,
                  char **argv);

/* Do --only and --step name SCENARIO, as far as they were given? */
bool is_wanted(const struct options *options, const struct scenario *scenario);

/* Does one of the scenarios that --only and --step name run programs with AddressSanitizer? */
bool is_sanitizer_wanted(const struct options *options);

/* Prints the tests of LAB and their points. */
void list_scenarios(const struct lab *lab);

enum { FULL_MARKS = 0, LESS = 1, USAGE = 2, FAULT = 3, INTERRUPTED = 130 }; /* exit statuses */

#endif
