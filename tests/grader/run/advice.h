/* What a person is told to do about a failed test, and where to read: by the cause that was found,
   or else by the test. */
#ifndef SOCKLADDER_ADVICE_H
#define SOCKLADDER_ADVICE_H

#include "grader/base/lab.h"
#include "grader/base/result.h"
#include "grader/base/text.h"
#include "grader/explain/cause.h"

/* The cause of RESULT; NULL if none was found. */
const struct cause *advice_cause(const struct result *result);

/* What to do; NULL: the cause or the story says it, and the hint of the test may contradict that.
 */
const char *advice_hint(const struct scenario *scenario, const struct result *result);

/* Adds where to read on: `handouts/en/1-echo.md, "A stream has no messages"`. For what is not begun
   that is the section with the steps. The page is LAB's, or the one that has the cause's section.
 */
void advice_where(struct text *text, const struct lab *lab, const struct scenario *scenario,
                  const struct result *result);

#endif
