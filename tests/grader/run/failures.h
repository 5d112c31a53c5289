/* What has failed, sorted by why: failures with the same cause are told once. */
#ifndef SOCKLADDER_FAILURES_H
#define SOCKLADDER_FAILURES_H

#include "grader/base/result.h"

#include <stdbool.h>
#include <stddef.h>

/* Tests that failed, or earned nothing, for the same reason. */
struct failure {
    size_t first;   /* the first of them: its place in the lab's table */
    size_t told;    /* and that of the smallest, which tells it */
    size_t count;   /* so many tests there are */
    int points;     /* and so much they are worth */
    bool not_begun; /* they need a function that is still the starter's */
};

struct failures {
    struct failure *list; /* in the order to mend them */
    size_t count;
    size_t *of; /* by test: its place in `list`; `count` if it has not failed */
};

/*
 * Sorts the failures of OUTCOME, which has results.
 *
 * Tests belong together that need the same function that is not begun; or that have the same cause;
 * or, where no cause was found, whose stories end alike and whose programs wait at the same place.
 *
 * The smallest of them has the fewest peers; of several such, it is the first in the table.
 *
 * To be mended first are those of an earlier part of the lab (scenario_part()); in a part, what
 * valgrind has proven, for a missing lock explains what it tears; then what failed first in the
 * table, which goes from the simple to the difficult; then what could not be tested. What is not
 * begun comes after all that is.
 *
 * failures_free() ends it.
 */
void failures_find(struct failures *failures, const struct outcome *outcome);
void failures_free(struct failures *failures);

#endif
