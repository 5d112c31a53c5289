/* How a test ends before its function returns: each of these ends it, and does not return.
   For programs, peers and expectations; from the test's own process and thread. */
#ifndef SOCKLADDER_VERDICT_H
#define SOCKLADDER_VERDICT_H

#include "grader/base/messages.h"
#include "grader/observe/state.h"

/* Adds to RESULT, whose `story` is written, what explains the failure. It may look at the stage. */
typedef void verdict_explain_fn(struct result *result);

/* From now on a test that fails is explained by HOW, before it ends; NULL: by nobody. */
void verdict_explain_by(verdict_explain_fn *how);

/* Fails the test: tells what was done, expected and seen (the format), and lets the failure be
   explained. EXPECTED is the kind of thing that was not met. */
_Noreturn void fail_because(enum expectation expected, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Ends the test without its points: what it is about could not be brought about. The reference has
   shown that this machine can do it (if not, the test is OUT and not played), so it is the program.
   Where that is still the starter's, the test has failed. */
_Noreturn void not_tested(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* At the beginning of a test with many clients: it needs so many processes and threads at once, or
   descriptors in one process. Where this machine has not so many, that ends the test without a
   verdict. TWICE as many as the reference needs: another right program may use two for each. */
void stage_needs(long tasks, long descriptors);

/* Ends the test because the autograder itself failed, with errno told if it is not 0; or fails it,
   when there is proof that the programs under test are the reason (grader/observe/blame.h). */
_Noreturn void grader_fault(const char *call);

#endif
