/* The form of what a program reports on standard error (common/console.h). */
#ifndef SOCKLADDER_COMPLAINT_H
#define SOCKLADDER_COMPLAINT_H

#include "grader/play/program.h"

#include <stdbool.h>

/* True when PROGRAM has printed a line as complain() does, `server: bind: Address already in use`:
   its role, the name of CALL, and REASON. NULL stands for any call, or any reason. Both may have
   other words around them. */
bool has_complained_of(const struct program *program, const char *call, const char *reason);

/* PROGRAM, which has failed and reported something, has done so in this form. */
void expect_complained_of(struct program *program, const char *call, const char *reason);

#endif
