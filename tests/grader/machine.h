/* What this machine is to the autograder. */
#ifndef SOCKLADDER_MACHINE_H
#define SOCKLADDER_MACHINE_H

#include "grader/text.h"

/* Adds what the results of a right program depend on besides the kit, as lines. */
void machine_facts(struct text *out);

#endif
