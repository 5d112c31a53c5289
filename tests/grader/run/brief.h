/* The report on one screen, for whoever works on a lab: how far each part of it is; what failed,
   each cause once; and, last, the failure to begin with, whole. */
#ifndef SOCKLADDER_BRIEF_H
#define SOCKLADDER_BRIEF_H

#include "grader/base/text.h"
#include "grader/run/report.h"

/* Adds it to OUT, so that with TAKEN lines above and below the whole has at most REPORT_LINES. Only
   the story of the failure to begin with is never cut: a longer one takes more. */
void brief_tell(struct text *out, const struct report *report, const struct outcome *outcome,
                size_t taken);

#endif
