/* The command line of grade. */
#ifndef SOCKLADDER_GRADE_COMMAND_LINE_H
#define SOCKLADDER_GRADE_COMMAND_LINE_H

#include "grade/labs.h"

#include <stdbool.h>

struct options {
    const struct lab_files *lab;
    const char *tree; /* whose files are graded */
    const char *base; /* where those of the labs below come from */
    const char *kit;
    const char *compiler;
    const char *only; /* handed on to the grader, like most that follow; NULL: not given */
    const char *step; /* likewise */
    const char *first;
    const char *json;
    const char *junit;
    const char *score;
    const char *jobs;
    const char *patience;
    const char *place;  /* what the place of this grading is called, before a dot */
    const char *record; /* a folder for the evidence of failed tests */
    const char *trace;  /* a folder for pictures of the conversations; NULL: none are drawn */
    const char *hint;   /* a file that keeps which hints were given; NULL: none is given */
    const char *into;   /* only build, and put server and client into this folder */
    bool all;           /* everything that the tests run is put there, not these two alone */
    bool typed;         /* the report and its commands repeat TREE and BASE as they were typed */
    bool verbose;
    bool no_valgrind;
    bool until_failure;
    bool boxed;
    bool debug;           /* with gdb in the program of the one test of ONLY */
    const char *stop;     /* where gdb stops; NULL: where the report says */
    const char *commands; /* a file that gdb reads instead of the terminal; NULL: none */
};

enum { FULL_MARKS = 0, LESS = 1, USAGE = 2, FAULT = 3, INTERRUPTED = 130 }; /* exit statuses */

/* Reads the command line. Ends the program after --help and, with a message and status 2, when
   something in it makes no sense. An option with an empty value is as if it were not given. */
void read_command_line(struct options *options, int argc, char **argv);

#endif
