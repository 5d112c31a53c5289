/* Results for other programs. */
#ifndef SOCKLADDER_EXPORT_H
#define SOCKLADDER_EXPORT_H

#include "grader/base/result.h"

#include <stdbool.h>

/*
 * Each writes OUTCOME to the descriptor FD, from where it stands, and leaves it open. True, or
 * false after a message on standard error; then what FD has is incomplete.
 *
 * export_json   the results.json that Gradescope reads, in UTF-8
 *               (https://gradescope-autograders.readthedocs.io/en/latest/specs/): score (of 100),
 *               execution_time, output, tests[] with name (the sentence), score, max_score, status,
 *               output, and tags with the scenario's id. The format has no max_score for the whole:
 *               it is set where the assignment is made.
 *
 *               Gradescope knows two words for status. A scenario that was NOT_EARNED is "failed",
 *               0 of its points. One that is OUT is "passed", 0 of 0: nobody gets or loses points
 *               by it, and the score is that of the others scaled to 100 (outcome_score()), which
 *               output says. One that was NOT_RUN is left out; then score is the points earned. A
 *               GRADER_FAULT is "failed", of 0 points, and then there is no score anywhere, of no
 *               test either, for Gradescope would add them up: it tells of a failure of the
 *               autograder, not of a zero. The same when nothing could be earned.
 *
 *               extra_data, which Gradescope keeps and does not show, is what reference_read() and
 *               whoever counts a class read. Of the whole: lab ("1-echo"), earned and possible
 * (only if there is a score), and the ids that are out, not_earned and faults. Of a test: id,
 *               points, step (counted from 1, if the lab has steps), verdict (status_word()),
 * reason (the story, unless it passed or there is none) and plays, how often it was played.
 *
 *               When programs could not be built, the compiler's and linker's words are in the
 *               output of the whole.
 *
 * export_junit  JUnit XML: a testsuite, a testcase each, with failure (FAILED and NOT_EARNED),
 *               skipped (OUT) or error (GRADER_FAULT) inside; the compiler's words are its
 *               system-out. JUnit knows no points; they are a property of the suite, "92/100" or
 *               "no score".
 *
 * export_score  one line: points earned of those that could be, "92/100", or "no score".
 */
bool export_json(const struct outcome *outcome, int fd);
bool export_junit(const struct outcome *outcome, int fd);
bool export_score(const struct outcome *outcome, int fd);

#endif
