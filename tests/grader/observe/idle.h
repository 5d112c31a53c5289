/* Programs that ask again and again instead of waiting. */
#ifndef SOCKLADDER_IDLE_H
#define SOCKLADDER_IDLE_H

#include "grader/observe/state.h"

#include <stdbool.h>

/* True when the last 200 calls of PROGRAM all came back at once, and with nothing: poll that does
   not wait, accept and recv that would block, sleeps of less than a millisecond. It does not depend
   on how much of the processor it gets. */
bool idle_spins(const struct program *program);

#endif
