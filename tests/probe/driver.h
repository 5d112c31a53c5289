/* What the probe offers to drivers (tests/drivers): they report what they call, and what it
   returned. The names are weak, so that a driver without the probe finds none of them. */
#ifndef SOCKLADDER_PROBE_DRIVER_H
#define SOCKLADDER_PROBE_DRIVER_H

#include "probe/shared.h"

#include <stdint.h>

/* The function CALL (enum probe_call) is about to be called with the descriptor FD (-1: none) and
   ARGUMENT. */
__attribute__((weak)) struct probe_event *probe_calls(int call, int fd, int64_t argument);

/* It has returned RESULT, with its reason in errno if that is -1, and PORT (0: none). errno stays.
   A gate of GROUP_DRIVEN may hold the driver here. */
__attribute__((weak)) void probe_returns(struct probe_event *event, int64_t result, int port);

#endif
