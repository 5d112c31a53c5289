/* Results for other programs. */
#ifndef SOCKLADDER_EXPORT_H
#define SOCKLADDER_EXPORT_H

#include "grader/result.h"

#include <stdbool.h>

/*
 * Each writes OUTCOME to the file PATH, whole or not at all: a temporary file beside it is renamed.
 * What is at PATH already must be a regular file, not a link, a device or a pipe. True, or false
 * after a message on standard error; then PATH is as it was.
 *
 * export_json   the results.json that Gradescope reads, in UTF-8
 *               (https://gradescope-autograders.readthedocs.io/en/latest/specs/): score (of 100),
 *               execution_time, output, tests[] with name (the sentence), score, max_score, status
 *               ("passed", "failed"), output, and tags with the scenario's id. The format has no
 *               max_score for the whole: it is set where the assignment is made. A scenario without
 *               verdict has max_score 0, neither score nor status, and says why in its output; one
 *               that was NOT_RUN is left out. When some were left out, score is the points earned,
 *               not scaled to 100. When nothing has a verdict there is no score anywhere, which
 *               Gradescope tells as a failure of the autograder, not as a zero.
 *
 * export_junit  JUnit XML: a testsuite, a testcase each, with failure (FAILED), skipped
 *               (NOT_TESTED) or error (GRADER_FAULT) inside. JUnit knows no points; they are a
 *               property of the suite, "92/100".
 */
bool export_json(const struct outcome *outcome, const char *path);
bool export_junit(const struct outcome *outcome, const char *path);

#endif
