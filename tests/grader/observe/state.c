#include "grader/observe/state.h"

#include <time.h>

struct stage stage;

uint64_t stage_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000U + (uint64_t)time.tv_nsec;
}
