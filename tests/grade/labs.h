/* What each lab is made of: the files a student writes, and what stands around them. */
#ifndef SOCKLADDER_GRADE_LABS_H
#define SOCKLADDER_GRADE_LABS_H

#include <stddef.h>

enum { LAB_FILES = 4 };

/* Lists of names end with NULL where they are shorter than their array. Names have no ending. */
struct lab_files {
    const char *name;               /* "3-fork", as its folders are called */
    const char *written[LAB_FILES]; /* what the student writes: "serve" */
    const char *below[LAB_FILES];   /* what it takes from the labs below: "1-echo/tcp" */
    const char *given[LAB_FILES];   /* what it is given besides its mains: "3-fork/repeat" */
    const char *client;             /* the lab whose client it uses */
    const char *stands_on;          /* the lab directly below; NULL: none */
};

enum { LABS = 5 };
extern const struct lab_files all_labs[LABS];

/* The lab with NUMBER ("3") or name ("3-fork"); NULL if there is none. */
const struct lab_files *find_lab_files(const char *number);

/* How many names LIST, of LAB_FILES places, holds. */
size_t count_names(const char *const *list);

#endif
