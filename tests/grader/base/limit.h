/* Limits of what a process may use: setrlimit(2). */
#ifndef SOCKLADDER_LIMIT_H
#define SOCKLADDER_LIMIT_H

#include <stdbool.h>
#include <sys/resource.h>

/* From now on this process, and all that it starts, has at most MOST of RESOURCE, for good; what is
   lower already stays. Async-signal-safe. False with errno if that could not be done. */
bool limit_to(int resource, rlim_t most);

#endif
