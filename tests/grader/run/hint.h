/* Hints, one at a time, for the failure to begin with. */
#ifndef SOCKLADDER_HINT_H
#define SOCKLADDER_HINT_H

#include "grader/run/report.h"

/*
 * Prints the next hint for the first failure of OUTCOME: where to read; then what to do; then what
 * the program did, with the call and the line if they are known. After that it says that there are
 * no more.
 *
 * The file STATE (a descriptor, to read and write) keeps which test it was, what the student's
 * files were, and how many hints were given. When either has changed, the hints start again.
 */
void hint_give(struct report *report, const struct outcome *outcome, int state);

#endif
