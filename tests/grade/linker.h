/* What the linker says, in the words of somebody who writes a lab. */
#ifndef SOCKLADDER_GRADE_LINKER_H
#define SOCKLADDER_GRADE_LINKER_H

#include "grade/kit.h"
#include "grade/labs.h"
#include "grader/base/text.h"

/* Adds to SAID what LINKED, the linker's messages about the programs of LAB, comes to: which of the
   lab's functions is missing, and in which file it belongs; which is there twice; and the linker's
   own words where that is not all. LINKED is harmless text; NULL: nothing. */
void linker_explain(struct text *said, const char *linked, const struct lab_files *lab,
                    const struct kit *kit);

#endif
