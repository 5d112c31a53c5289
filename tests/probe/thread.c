/* The probe's part for threads: how they begin and end, and what they wait for. */
#include "probe/crash.h"
#include "probe/memory.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <threads.h>
#include <unistd.h>

#define CALLER __builtin_return_address(0)

/* Each thread would get a heap of its own, of 64 MB of addresses that are never given back. With
   one heap for all, what the process takes tells what its threads leave behind. */
__attribute__((constructor)) static void share_one_heap(void)
{
    mallopt(M_ARENA_MAX, 1);
}

/* ---- beginning ---- */

/* What a new thread is to run: from pthread_create until the thread has taken it. Not on the heap,
   where valgrind would count it as the program's. */
struct beginning {
    _Atomic uint32_t used;
    uint32_t number; /* of the event of its pthread_create */
    void *(*body)(void *);
    thrd_start_t body_of_c11; /* instead of it, from thrd_create */
    void *argument;
};

enum { BEGINNINGS = 1024 };
static PROBE_OWN struct beginning beginnings[BEGINNINGS];
static PROBE_OWN _Atomic uint32_t next;

/* A free one, or NULL. */
static struct beginning *new_beginning(void)
{
    for (int tries = 0; tries < BEGINNINGS; tries++) {
        struct beginning *beginning = &beginnings[atomic_fetch_add(&next, 1) % BEGINNINGS];
        if (atomic_exchange(&beginning->used, 1) == 0)
            return beginning;
    }
    return NULL;
}

/* In the new thread: takes what it is to run, and tells that it begins. */
static struct beginning take(struct beginning *beginning)
{
    const struct beginning own = {.number = beginning->number,
                                  .body = beginning->body,
                                  .body_of_c11 = beginning->body_of_c11,
                                  .argument = beginning->argument};
    beginning->argument = NULL; /* or valgrind would take it for still in use when it is lost */
    atomic_store(&beginning->used, 0);
    memory_in_thread();
    event_end(event_begin(CALL_THREAD_START, -1, own.number, NULL), (int64_t)pthread_self());
    return own;
}

static void *begin(void *argument)
{
    const struct beginning own = take(argument);
    void *result;
    pthread_cleanup_push(crash_unwatch, crash_watch_thread());
    result = own.body(own.argument);
    pthread_cleanup_pop(1);
    return result;
}

static int begin_of_c11(void *argument)
{
    const struct beginning own = take(argument);
    int result;
    pthread_cleanup_push(crash_unwatch, crash_watch_thread());
    result = own.body_of_c11(own.argument);
    pthread_cleanup_pop(1);
    return result;
}

static int create(const struct probe_event *event, pthread_t *thread,
                  const pthread_attr_t *attributes, void *(*body)(void *), void *argument)
{
    REAL(pthread_create);
    struct beginning *beginning = event == NULL ? NULL : new_beginning();
    if (beginning == NULL)
        return real(thread, attributes, body, argument);
    beginning->number = event->number;
    beginning->body = body;
    beginning->argument = argument;
    int error = real(thread, attributes, begin, beginning);
    if (error != 0)
        atomic_store(&beginning->used, 0);
    return error;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *),
                   void *argument)
{
    int detached = PTHREAD_CREATE_JOINABLE;
    int before = errno;
    if (attributes != NULL)
        pthread_attr_getdetachstate(attributes, &detached);
    struct probe_event *event =
        event_begin(CALL_PTHREAD_CREATE, -1, detached == PTHREAD_CREATE_DETACHED, CALLER);
    int error = event_fails(event) ? errno : create(event, thread, attributes, body, argument);
    if (error != 0)
        errno = before; /* the fault has set it; the real one says why only by what it returns */
    return (int)event_end(event, error);
}

static int create_of_c11(const struct probe_event *event, thrd_t *thread, thrd_start_t body,
                         void *argument)
{
    REAL(thrd_create);
    struct beginning *beginning = event == NULL ? NULL : new_beginning();
    if (beginning == NULL)
        return real(thread, body, argument);
    beginning->number = event->number;
    beginning->body_of_c11 = body;
    beginning->argument = argument;
    int error = real(thread, begin_of_c11, beginning);
    if (error != thrd_success)
        atomic_store(&beginning->used, 0);
    return error;
}

/* The threads of C11 are those of POSIX by other names, and written down by these. What a call
   returns has other names as well. */
static int error_of_c11(int error)
{
    return error == thrd_success ? 0 : error == thrd_nomem ? ENOMEM : EAGAIN;
}

int thrd_create(thrd_t *thread, thrd_start_t body, void *argument)
{
    int before = errno;
    struct probe_event *event =
        event_begin(CALL_PTHREAD_CREATE, -1, PTHREAD_CREATE_JOINABLE, CALLER);
    int error = event_fails(event) ? (errno == ENOMEM ? thrd_nomem : thrd_error)
                                   : create_of_c11(event, thread, body, argument);
    errno = before;
    event_end(event, error_of_c11(error));
    return error;
}

int thrd_detach(thrd_t thread)
{
    REAL(thrd_detach);
    struct probe_event *event = event_begin(CALL_PTHREAD_DETACH, -1, (int64_t)thread, CALLER);
    int error = real(thread);
    event_end(event, error == thrd_success ? 0 : EINVAL);
    return error;
}

int thrd_join(thrd_t thread, int *result)
{
    REAL(thrd_join);
    struct probe_event *event = event_begin(CALL_PTHREAD_JOIN, -1, (int64_t)thread, CALLER);
    int error = real(thread, result);
    event_end(event, error == thrd_success ? 0 : EINVAL);
    return error;
}

/* ---- ending ---- */

int pthread_join(pthread_t thread, void **result)
{
    REAL(pthread_join);
    struct probe_event *event = event_begin(CALL_PTHREAD_JOIN, -1, (int64_t)thread, CALLER);
    return (int)event_end(event, real(thread, result));
}

int pthread_detach(pthread_t thread)
{
    REAL(pthread_detach);
    struct probe_event *event = event_begin(CALL_PTHREAD_DETACH, -1, (int64_t)thread, CALLER);
    return (int)event_end(event, real(thread));
}

/* Told as done before it is: it does not return. */
__attribute__((noreturn)) void exit(int status)
{
    REAL(exit);
    note_unsafe(UNSAFE_EXIT);
    event_end(event_begin(CALL_EXIT, -1, status, CALLER), 0);
    real(status);
    __builtin_unreachable();
}

/* ---- waiting for each other ---- */

static void note_lock(const pthread_mutex_t *mutex, void *caller)
{
    uint64_t address = (uint64_t)(uintptr_t)mutex;
    struct probe_lock *lock = &memory()->locks[address / sizeof *mutex % PROBE_LOCKS];
    atomic_store_explicit(&lock->mutex, address, memory_order_relaxed);
    atomic_store_explicit(&lock->caller, place_in_program(caller), memory_order_relaxed);
    atomic_store_explicit(&lock->tid, self_tid(), memory_order_relaxed);
    atomic_store_explicit(&lock->events, atomic_load(&memory()->count), memory_order_relaxed);
}

/* Written down only when a gate waits for it, or when the lock is not free: all others cost next to
   nothing. valgrind is asked in the ordinary way, since it looks at what the program calls. */
static int lock(pthread_mutex_t *mutex, int (*real)(pthread_mutex_t *), void *caller)
{
    struct probe_event *event = NULL;
    int error = EBUSY;
    note_unsafe(UNSAFE_LOCK);
    if (gate_waits(GROUP_LOCKING))
        event = event_begin(CALL_PTHREAD_MUTEX_LOCK, -1, (int64_t)(uintptr_t)mutex, caller);
    if (!orders()->under_valgrind)
        error = pthread_mutex_trylock(mutex);
    if (error == EBUSY && event == NULL && !orders()->under_valgrind)
        event = event_begin(CALL_PTHREAD_MUTEX_LOCK, -1, (int64_t)(uintptr_t)mutex, caller);
    if (error == EBUSY)
        error = real(mutex);
    if (error == 0)
        note_lock(mutex, caller);
    return (int)event_end(event, error);
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    REAL(pthread_mutex_lock);
    return memory() == NULL ? real(mutex) : lock(mutex, real, CALLER);
}

/* In glibc a mtx_t is a pthread_mutex_t. valgrind knows the calls of both by their names only. */
int mtx_lock(mtx_t *mutex)
{
    REAL(mtx_lock);
    if (memory() == NULL || orders()->under_valgrind)
        return real(mutex);
    int error = lock((pthread_mutex_t *)mutex, (int (*)(pthread_mutex_t *))real, CALLER);
    return error == 0 ? thrd_success : thrd_error;
}
