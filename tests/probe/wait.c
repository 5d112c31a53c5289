/*
 * What else a thread may wait for: a lock for readers and writers, a barrier, a semaphore, a
 * signal. Written down when the caller has to wait, so that a failure can say where it stands.
 * valgrind is asked in the ordinary way, since it looks at what the program calls.
 */
#include "probe/memory.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <unistd.h>

#define CALLER __builtin_return_address(0)
#define PLACE(object) ((int64_t)(uintptr_t)(object))

/* Who holds MUTEX, which may never have been one: who has locked it last, if it says the same. */
static int32_t holder_of(const pthread_mutex_t *mutex)
{
    uint64_t address = (uint64_t)(uintptr_t)mutex;
    const struct probe_lock *lock = &memory()->locks[address / sizeof *mutex % PROBE_LOCKS];
    int32_t tid = atomic_load(&lock->tid);
    bool is_held = atomic_load(&lock->mutex) == address && mutex->__data.__lock != 0 &&
                   mutex->__data.__owner == tid;
    return is_held ? tid : 0;
}

static bool may_try(void)
{
    return memory() != NULL && !orders()->under_valgrind;
}

/* A mutex that is initialised while it is in use is a new one, and nobody holds it. */
int pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes)
{
    REAL(pthread_mutex_init);
    struct probe_event *event = event_begin(CALL_PTHREAD_MUTEX_INIT, -1, PLACE(mutex), CALLER);
    if (event != NULL && may_try())
        event->process = holder_of(mutex);
    return (int)event_end(event, real(mutex, attributes));
}

int pthread_rwlock_rdlock(pthread_rwlock_t *lock)
{
    REAL(pthread_rwlock_rdlock);
    if (may_try() && pthread_rwlock_tryrdlock(lock) == 0)
        return 0;
    struct probe_event *event = event_begin(CALL_PTHREAD_RWLOCK_RDLOCK, -1, PLACE(lock), CALLER);
    return (int)event_end(event, real(lock));
}

int pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
    REAL(pthread_rwlock_wrlock);
    if (may_try() && pthread_rwlock_trywrlock(lock) == 0)
        return 0;
    struct probe_event *event = event_begin(CALL_PTHREAD_RWLOCK_WRLOCK, -1, PLACE(lock), CALLER);
    return (int)event_end(event, real(lock));
}

int pthread_barrier_wait(pthread_barrier_t *barrier)
{
    REAL(pthread_barrier_wait);
    struct probe_event *event = event_begin(CALL_PTHREAD_BARRIER_WAIT, -1, PLACE(barrier), CALLER);
    int result = real(barrier);
    event_end(event, result == PTHREAD_BARRIER_SERIAL_THREAD ? 0 : result);
    return result;
}

int sem_wait(sem_t *semaphore)
{
    REAL(sem_wait);
    int error = errno;
    if (may_try() && sem_trywait(semaphore) == 0)
        return 0;
    errno = error;
    struct probe_event *event = event_begin(CALL_SEM_WAIT, -1, PLACE(semaphore), CALLER);
    return (int)event_end(event, real(semaphore));
}

int pause(void)
{
    REAL(pause);
    struct probe_event *event = event_begin(CALL_PAUSE, -1, 0, CALLER);
    return (int)event_end(event, real());
}

int sigsuspend(const sigset_t *mask)
{
    REAL(sigsuspend);
    struct probe_event *event = event_begin(CALL_SIGSUSPEND, -1, 0, CALLER);
    return (int)event_end(event, real(mask));
}
