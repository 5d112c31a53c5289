#include "grader/observe/budget.h"

#include "grader/base/settings.h"
#include "grader/observe/procfs.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
    TEST_SECONDS = 8,
    VALGRIND_SECONDS = 9, /* what it needs more, it needs of the processor */
    LAB_SECONDS = 45,
    LONG_SECONDS = 10, /* more than its time: a test has not ended itself */
    MOST_GRACE = 3,    /* so many times as long at most, for want of a processor */
    MISSES = 3,        /* after so many there is less patience */
};
static const double LESS_PATIENCE = 0.32; /* of 5 s: a pause of a second is still seen */
static const double PAUSES = 3; /* so many times what it takes lies between two long looks */
static const double LEAST_PAUSE = 0.1;
static const double LEAST_PATIENCE = 0.1; /* when the lab's time is used up */

/* What the tests of a run share. */
struct shared {
    double begun;
    _Atomic uint32_t misses;
    _Atomic uint64_t used;                   /* ns of processor time, of all tests */
    _Atomic uint64_t delayed[BUDGET_PLACES]; /* ns, by place */
    _Atomic uint64_t longest;                /* ns that the slowest test has taken */
    char slowest[64];                        /* two may write at once: its last byte stays 0 */
};

static struct shared *shared;
static size_t place;

/* What this test knows of itself. */
static struct {
    double begun;
    double children; /* processor time of children that were reaped before */
    double used;     /* processor time of its programs, as far as it stands in `shared` */
    double others;   /* what all tests had used when it began */
    double seen;     /* procfs_delayed_seconds() when it was asked last */
    double delayed;  /* how much that has grown in all: what has ended is not in it any more */
    double told;     /* so much of it stands in `shared` */
    double asked_at; /* budget_elapsed() when budget_delayed() was asked last, and when it may be */
    double ask_at;   /* asked again: where there are many threads, it takes long */
} test;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int processors(void)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 0;
    return count > 0 ? count : (int)sysconf(_SC_NPROCESSORS_ONLN);
}

/* ---- in the grader's process ---- */

bool budget_open(void)
{
    void *memory =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return false;
    shared = memory;
    shared->begun = now();
    return true;
}

void budget_close(void)
{
    if (shared != NULL)
        munmap(shared, sizeof *shared);
    shared = NULL;
}

void budget_place(size_t next)
{
    place = next < BUDGET_PLACES ? next : BUDGET_PLACES - 1;
}

void budget_forgive(void)
{
    if (shared != NULL)
        atomic_store(&shared->misses, 0);
}

double budget_paused(size_t of)
{
    return shared == NULL || of >= BUDGET_PLACES ? 0
                                                 : (double)atomic_load(&shared->delayed[of]) / 1e9;
}

bool budget_is_long_over(size_t of, double age, double before, bool valgrind)
{
    double over = age - budget_of_test(valgrind) - LONG_SECONDS * settings.patience;
    return over > 0 && over > budget_paused(of) - before;
}

bool budget_is_theirs(void)
{
    return shared != NULL &&
           (double)atomic_load(&shared->used) / 1e9 > (now() - shared->begun) * processors() / 2;
}

/* ---- in the test's process ---- */

static double seconds_of_reaped_children(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_CHILDREN, &usage) == -1)
        return 0;
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

void budget_begin(void)
{
    memset(&test, 0, sizeof test);
    test.begun = now();
    test.children = seconds_of_reaped_children();
    test.seen = procfs_delayed_seconds();
    test.others = shared != NULL ? (double)atomic_load(&shared->used) / 1e9 : 0;
}

double budget_elapsed(void)
{
    return now() - test.begun;
}

void budget_end(const char *id)
{
    if (shared == NULL)
        return;
    uint64_t took = (uint64_t)(budget_elapsed() * 1e9);
    if (took <= atomic_load(&shared->longest))
        return;
    atomic_store(&shared->longest, took);
    snprintf(shared->slowest, sizeof shared->slowest, "%s", id);
}

/* Processor time that all tests of the run have used since this one began. */
static double seconds_used(void)
{
    double used = procfs_cpu_seconds_of_all() + seconds_of_reaped_children() - test.children;
    if (shared == NULL)
        return used;
    if (used > test.used) {
        atomic_fetch_add(&shared->used, (uint64_t)((used - test.used) * 1e9));
        test.used = used;
    }
    return (double)atomic_load(&shared->used) / 1e9 - test.others;
}

/* Processor time of this process, which reads what the programs write. */
static double seconds_of_our_own(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Programs that keep the processors from each other, within a test or in several at once, are not
   kept from them by others: half of what they have used is no delay. (Not all of it: they also need
   some.) And they can do little about how long this process has to wait, which does next to
   nothing: that counts without a limit. Unless they keep it at work: what it has used is no delay.
 */
static double bounded(double delayed)
{
    double used = seconds_used() / processors() / 2;
    double own = seconds_of_our_own();
    double most = budget_elapsed() - (used > own ? used : own);
    double grace = MOST_GRACE * VALGRIND_SECONDS * settings.patience;
    grace += procfs_delayed_seconds_of(getpid());
    if (delayed > grace)
        delayed = grace;
    if (delayed > most)
        delayed = most;
    return delayed > 0 ? delayed : 0;
}

double budget_delayed(void)
{
    double seen = procfs_delayed_seconds();
    if (seen > test.seen)
        test.delayed += seen - test.seen;
    test.seen = seen;
    double delayed = bounded(test.delayed);
    if (shared != NULL && delayed > test.told)
        atomic_fetch_add(&shared->delayed[place], (uint64_t)((delayed - test.told) * 1e9));
    if (delayed > test.told)
        test.told = delayed;
    return delayed;
}

/* ---- what there is ---- */

static double lab_seconds(void)
{
    return LAB_SECONDS * settings.patience;
}

/* This part of the lab's time has been used up. Of the places, the one that has waited longest for
   a processor shows how slow the machine is. */
static bool is_used_up(double part)
{
    double delayed = 0;
    if (shared == NULL)
        return false;
    double over = now() - shared->begun - part * lab_seconds();
    for (size_t i = 0; i < BUDGET_PLACES && over > 0; i++) {
        double seconds = (double)atomic_load(&shared->delayed[i]) / 1e9;
        if (seconds > delayed)
            delayed = seconds;
    }
    return over > delayed;
}

bool budget_is_used_up(double *seconds, const char **slowest)
{
    if (!is_used_up(1))
        return false;
    *seconds = lab_seconds();
    *slowest = shared->slowest;
    return true;
}

void budget_miss(void)
{
    if (shared != NULL)
        atomic_fetch_add(&shared->misses, 1);
}

double budget_patience(void)
{
    if (is_used_up(1))
        return LEAST_PATIENCE;
    return shared != NULL && atomic_load(&shared->misses) >= MISSES ? LESS_PATIENCE : 1;
}

/* A slow program gets what it can in time, as long as there is enough for all tests. */
double budget_of_test(bool valgrind)
{
    double part = is_used_up(1) ? 0.2 : is_used_up(0.5) ? 0.5 : 1;
    return (valgrind ? VALGRIND_SECONDS : TEST_SECONDS) * part * settings.patience;
}

bool budget_is_over(bool valgrind, double extra)
{
    double elapsed = budget_elapsed();
    double over = elapsed - budget_of_test(valgrind) - extra;
    /* No processor may have been free since. */
    double at_most = test.told + elapsed - test.asked_at;
    if (over <= 0 || (elapsed < test.ask_at && over <= at_most))
        return false;
    double delayed = budget_delayed();
    test.asked_at = elapsed;
    test.ask_at = budget_elapsed() + (budget_elapsed() - elapsed) * PAUSES + LEAST_PAUSE;
    return over > delayed;
}
