/* What a report depends on besides the submission: the kit, its surroundings, and the language. */
#ifndef SOCKLADDER_CLASS_FACTS_H
#define SOCKLADDER_CLASS_FACTS_H

#include "grade/kit.h"
#include "grader/base/text.h"

#include <stdbool.h>

/* Adds lines that are the same as long as the kit, its build, the compiler, PATIENCE (NULL: 1), the
   machine and the language that is asked for stay what they are. */
void facts_of(struct text *facts, const struct kit *kit, const char *patience, bool boxed);

#endif
