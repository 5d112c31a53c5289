/* Where the kit stands, and how its programs are compiled. */
#ifndef SOCKLADDER_GRADE_KIT_H
#define SOCKLADDER_GRADE_KIT_H

#include <limits.h>
#include <stdbool.h>

struct kit {
    char root[PATH_MAX];  /* the checkout: labs/, common/ */
    char build[PATH_MAX]; /* where everything built is: the grader, the probe, given objects */
    const char *compiler; /* CC: words, the first a program */
    char compiler_path[PATH_MAX]; /* that program */
};

/* Finds the kit: this program is in its build folder; ROOT is the checkout. True, or false after a
   message. Reduces PATH to its absolute folders first: a submission's file is never run by its
   name. */
bool kit_find(struct kit *kit, const char *root, const char *compiler);

/* A path in the build folder, of at most PATH_MAX bytes, in a buffer of its own for each call: the
   caller frees it. */
char *kit_built(const struct kit *kit, const char *name);

#endif
