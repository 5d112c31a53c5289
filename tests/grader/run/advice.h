/* What a person is told to do about a failed test, and where to read: by the cause that was found,
   or else by the test. */
#ifndef SOCKLADDER_ADVICE_H
#define SOCKLADDER_ADVICE_H

#include "grader/base/lab.h"
#include "grader/base/result.h"
#include "grader/explain/cause.h"

/* The cause of RESULT; NULL if none was found. */
const struct cause *advice_cause(const struct result *result);

const char *advice_hint(const struct scenario *scenario, const struct result *result);
const char *advice_section(const struct scenario *scenario, const struct result *result);

#endif
