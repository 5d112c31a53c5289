/* The one thing to do next. */
#ifndef SOCKLADDER_NEXT_H
#define SOCKLADDER_NEXT_H

#include "grader/base/text.h"
#include "grader/run/report.h"

/* Adds an empty line and `next: ...`: what to write, what to think about and what to type; or, when
   there are full marks, what comes after this lab. Nothing where the outcome does not say. */
void next_tell(struct text *out, const struct report *report, const struct outcome *outcome);

#endif
