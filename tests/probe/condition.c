/*
 * Waiting for a condition (pthread_cond_wait(3)). Between being woken and having the mutex again,
 * anything may happen: there a gate can hold a thread. And a thread may wake up although nobody has
 * woken it: that is what a fault does.
 */
#include "probe/memory.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <threads.h>

#define CALLER __builtin_return_address(0)

typedef int wait_fn(pthread_cond_t *condition, pthread_mutex_t *mutex);
typedef int timed_wait_fn(pthread_cond_t *condition, pthread_mutex_t *mutex,
                          const struct timespec *end);

/* x86-64 has an older function by the same name, with conditions of another form. */
static void *look_up(const char *name)
{
    void *function = dlvsym(RTLD_NEXT, name, "GLIBC_2.3.2");
    return function != NULL ? function : dlsym(RTLD_NEXT, name);
}

static PROBE_OWN wait_fn *real_wait;
static PROBE_OWN timed_wait_fn *real_timed_wait;
static PROBE_OWN int (*real_lock)(pthread_mutex_t *);

__attribute__((constructor)) static void look_up_all(void)
{
    real_wait = (wait_fn *)look_up("pthread_cond_wait");
    real_timed_wait = (timed_wait_fn *)look_up("pthread_cond_timedwait");
    real_lock = (int (*)(pthread_mutex_t *))dlsym(RTLD_NEXT, "pthread_mutex_lock");
}

/* The gate behind the call waits for who was woken. */
static bool is_awaited(void)
{
    return memory() != NULL && !orders()->under_valgrind && orders()->gates[GROUP_WAKING].after &&
           gate_waits(GROUP_WAKING);
}

/* END: NULL for a wait without a limit. The gate behind the call holds who does not have the mutex.
 */
static int wait_for(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *end,
                    void *caller)
{
    struct probe_event *event =
        event_begin(CALL_PTHREAD_COND_WAIT, -1, (int64_t)(uintptr_t)condition, caller);
    bool woken_by_nobody = event_fails(event);
    int error = 0;
    if (!woken_by_nobody)
        error = end == NULL ? real_wait(condition, mutex) : real_timed_wait(condition, mutex, end);
    if (!woken_by_nobody && !is_awaited())
        return (int)event_end(event, error);
    pthread_mutex_unlock(mutex);
    if (woken_by_nobody)
        sched_yield();
    event_end(event, error);
    real_lock(mutex);
    return error;
}

int pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
    return wait_for(condition, mutex, NULL, CALLER);
}

int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                           const struct timespec *end)
{
    return wait_for(condition, mutex, end, CALLER);
}

/* In glibc a cnd_t is a pthread_cond_t, and a mtx_t a pthread_mutex_t. */
int cnd_wait(cnd_t *condition, mtx_t *mutex)
{
    int error = wait_for((pthread_cond_t *)condition, (pthread_mutex_t *)mutex, NULL, CALLER);
    return error == 0 ? thrd_success : thrd_error;
}

int cnd_timedwait(cnd_t *restrict condition, mtx_t *restrict mutex,
                  const struct timespec *restrict end)
{
    int error = wait_for((pthread_cond_t *)condition, (pthread_mutex_t *)mutex, end, CALLER);
    return error == 0 ? thrd_success : error == ETIMEDOUT ? thrd_timedout : thrd_error;
}
