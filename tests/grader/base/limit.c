#include "grader/base/limit.h"

bool limit_to(int resource, rlim_t most)
{
    struct rlimit limit;
    if (getrlimit((__rlimit_resource_t)resource, &limit) == -1)
        return false;
    if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max > most)
        limit.rlim_max = most;
    if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > limit.rlim_max)
        limit.rlim_cur = limit.rlim_max;
    return setrlimit((__rlimit_resource_t)resource, &limit) == 0;
}

bool limit_processor(rlim_t seconds)
{
    struct rlimit limit;
    if (!limit_to(RLIMIT_CPU, seconds + 1) || getrlimit(RLIMIT_CPU, &limit) == -1)
        return false;
    if (limit.rlim_cur > seconds)
        limit.rlim_cur = seconds;
    return setrlimit(RLIMIT_CPU, &limit) == 0;
}
