/* The command line of class. */
#ifndef SOCKLADDER_CLASS_OPTIONS_H
#define SOCKLADDER_CLASS_OPTIONS_H

#include "class/late.h"
#include "grade/labs.h"

#include <stdbool.h>
#include <stdint.h>

enum { CLASS_DONE = 0, CLASS_USAGE = 2, CLASS_FAULT = 3, CLASS_INTERRUPTED = 130 };

struct class_options {
    const char *class;  /* the folder, or an archive of it */
    const char *out;    /* where the results go */
    const char *base;   /* NULL: a student's own labs below, or the solutions */
    const char *canvas; /* an export of Canvas's gradebook; NULL: none */
    const char *points; /* a file of points for tests; NULL: none */
    struct late late;
    bool file_times;     /* the times of files say when they were handed in */
    const char *engine;  /* "parallel", "slurm"; NULL: this machine */
    const char *hosts;   /* a file of hosts for parallel; NULL: this machine */
    const char *joblist; /* only write down the commands, into this file; NULL: grade */
    const char *job;     /* the folder of one job, to be played; NULL: a whole class */
    const char *kit;
    const char *compiler;
    const char *patience; /* NULL: 1 */
    const char *language; /* of the reports of one job; NULL: as the environment says */
    const char *box;      /* "1", "0"; NULL: if there can be one */
    bool labs[LABS];
    bool labs_named; /* or else those that anybody has handed in */
    int jobs;        /* at a time */
    bool jobs_named;
    uint64_t seed; /* of the order */
};

/* Reads the command line. Ends the program after --help and, with a message and status 2, when
   something in it makes no sense. An option with an empty value is as if it were not given. */
void class_options_read(struct class_options *options, int argc, char **argv);

#endif
