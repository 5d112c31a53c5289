#include "grader/play/descendants.h"

#include "grader/observe/procfs.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const double SECONDS_TO_END = 4;

static double seconds_since(const struct timespec *begun)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - begun->tv_sec) + (double)(now.tv_nsec - begun->tv_nsec) / 1e9;
}

static bool is_among(pid_t pid, const pid_t *pids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (pids[i] == pid)
            return true;
    return false;
}

static void signal_all(const pid_t *pids, size_t count, int number)
{
    for (size_t i = 0; i < count; i++)
        kill(pids[i], number);
}

/* Stops everything, so that nothing can fork any more: once a second look finds no more than the
   first, all are stopped. Returns how many are in PIDS. */
static size_t stop_descendants(pid_t *pids)
{
    size_t count = procfs_descendants(pids, MOST_PROCESSES);
    for (int look = 0; look < 100; look++) {
        size_t before = count;
        signal_all(pids, count, SIGSTOP);
        count = procfs_descendants(pids, MOST_PROCESSES);
        if (count == before)
            break;
    }
    return count;
}

int descendants_end(const pid_t *expected, size_t expected_count)
{
    static pid_t pids[MOST_PROCESSES];
    int others = 0;
    struct timespec begun;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    double waited = procfs_delayed_seconds_of(getpid());
    while (seconds_since(&begun) - (procfs_delayed_seconds_of(getpid()) - waited) <
           SECONDS_TO_END) {
        size_t count = stop_descendants(pids);
        if (count == 0)
            return others;
        for (size_t i = 0; i < count; i++)
            others += !is_among(pids[i], expected, expected_count);
        signal_all(pids, count, SIGKILL);
        /* Those that are not ours to wait for become so when their parents have ended. */
        for (size_t i = 0; i < count; i++)
            waitpid(pids[i], NULL, __WALL);
    }
    return -1;
}
