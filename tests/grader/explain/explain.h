/* What explains a failed test: the cause, and the conversation as a picture. */
#ifndef SOCKLADDER_EXPLAIN_H
#define SOCKLADDER_EXPLAIN_H

#include "grader/base/result.h"

/* Takes the evidence from the stage, and fills in `cause`, `cause_id` and `ladder` of RESULT. With
   settings.record the evidence is kept there besides, in a file named after the test. */
void explain_failure(struct result *result);

/* For a test that has passed: draws the conversation, and explains nothing. */
void explain_conversation(struct result *result);

#endif
