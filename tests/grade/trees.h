/* Which trees one grading reads, and what their files are called. */
#ifndef SOCKLADDER_GRADE_TREES_H
#define SOCKLADDER_GRADE_TREES_H

#include "grade/command_line.h"
#include "grade/take.h"

#include <limits.h>

/* What a person types for the reference, of either kind of kit. */
#define REFERENCE_WORD "reference"

/* Where the reference is. */
struct reference_tree {
    struct tree tree;
    char path[2 * PATH_MAX];
};

/*
 * Fills *REFERENCE with the reference of the kit in ROOT: its folder solutions/ or, in the kit for
 * students, objects in reference/MACHINE for this kind of machine. False: the kit has neither.
 * *REFERENCE must stay where it is: its tree points into it.
 */
bool reference_find(struct reference_tree *reference, const char *root);

/*
 * Fills *TREE and *BASE, the trees that OPTIONS names; the word "reference" is that of the kit,
 * kept in *REFERENCE. False after a message when one of them is not there: that is a slip of
 * whoever typed its name, and no submission.
 */
bool trees_find(struct tree *tree, struct tree *base, struct reference_tree *reference,
                const struct options *options);

#endif
