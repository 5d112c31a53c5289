/* Limits of what a process may use: setrlimit(2). */
#ifndef SOCKLADDER_LIMIT_H
#define SOCKLADDER_LIMIT_H

#include <stdbool.h>
#include <sys/resource.h>

/* From now on this process, and all that it starts, has at most MOST of RESOURCE, for good; what is
   lower already stays. Async-signal-safe. False with errno if that could not be done. */
bool limit_to(int resource, rlim_t most);

/* The same for processor time, of each process: SIGXCPU ends one that has used SECONDS, and
   SIGKILL, a second later, one that does not obey. */
bool limit_processor(rlim_t seconds);

#endif
