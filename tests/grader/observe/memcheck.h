/* What valgrind's memcheck wrote about a program (its text log, one or more processes in it). */
#ifndef SOCKLADDER_MEMCHECK_H
#define SOCKLADDER_MEMCHECK_H

#include "grader/base/text.h"
#include "grader/observe/state.h"

#include <stdbool.h>

struct memcheck {
    bool begun;            /* valgrind has started at all */
    bool complete;         /* its last line is there: nothing ended it early */
    int errors;            /* invalid reads and writes, uninitialised values, ... */
    int leaks;             /* blocks of memory that nobody can free any more, by place */
    int accepted;          /* sockets from accept(2) that were still open at the end */
    int opened;            /* other sockets that were still open at the end, */
    int duplicates;        /* so many of them from dup(2) and the like, of unconnected ones */
    char first_error[512]; /* what, and where in the student's files; empty if there was none */
    char first_leak[512];
    char first_socket[512];
};

/* OWN(file) tells whether a file of that name (without folder) is the student's: where there are
   several places in a report, theirs is the one to tell. */
void memcheck_read(const struct text *log, bool (*own)(const char *file),
                   struct memcheck *memcheck);

#endif
