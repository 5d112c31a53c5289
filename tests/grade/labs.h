/* What each lab is made of: the files a student writes, and what stands around them. */
#ifndef SOCKLADDER_GRADE_LABS_H
#define SOCKLADDER_GRADE_LABS_H

#include <stdbool.h>
#include <stddef.h>

enum { LAB_FILES = 4, LAB_PROGRAMS = 8 };

/* A program under test: a main that is given, linked with what it needs of the student's files. */
struct lab_program {
    const char *name;             /* "server"; a driver is called as its main: "call_tcp" */
    const char *main;             /* its object below the build folder: "labs/1-echo/server" */
    const char *needs[LAB_FILES]; /* "1-echo/tcp"; without one of these it cannot be built */
    bool is_driver;               /* linked with these alone (tests/drivers) */
};

/* Lists of names end with NULL where they are shorter than their array. Names have no ending. */
struct lab_files {
    const char *name;               /* "3-fork", as its folders are called */
    const char *written[LAB_FILES]; /* what the student writes: "serve" */
    const char *below[LAB_FILES];   /* what it takes from the labs below: "1-echo/tcp" */
    const char *given[LAB_FILES];   /* what it is given besides its mains: "3-fork/repeat" */
    const char *stands_on;          /* the lab directly below; NULL: none */
    struct lab_program programs[LAB_PROGRAMS]; /* server and client, then drivers; up to one without
                                                  a name */
};

enum { LABS = 5 };
extern const struct lab_files all_labs[LABS];

/* The lab with NUMBER ("3") or name ("3-fork"); NULL if there is none. */
const struct lab_files *find_lab_files(const char *number);

/* How many names LIST, of LAB_FILES places, holds. */
size_t count_names(const char *const *list);

#endif
