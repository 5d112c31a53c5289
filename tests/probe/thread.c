/* The probe's part for threads: how they begin and end, and what they wait for. */
#include "probe/memory.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
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

static void *begin(void *argument)
{
    struct beginning *beginning = argument;
    const struct beginning own = {
        .number = beginning->number, .body = beginning->body, .argument = beginning->argument};
    beginning->argument = NULL; /* or valgrind would take it for still in use when it is lost */
    atomic_store(&beginning->used, 0);
    memory_in_thread();
    event_end(event_begin(CALL_THREAD_START, -1, own.number, NULL), 0);
    return own.body(own.argument);
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

/* ---- ending ---- */

int pthread_join(pthread_t thread, void **result)
{
    REAL(pthread_join);
    struct probe_event *event = event_begin(CALL_PTHREAD_JOIN, -1, 0, CALLER);
    return (int)event_end(event, real(thread, result));
}

int pthread_detach(pthread_t thread)
{
    REAL(pthread_detach);
    struct probe_event *event = event_begin(CALL_PTHREAD_DETACH, -1, 0, CALLER);
    return (int)event_end(event, real(thread));
}

/* Told as done before it is: it does not return. */
__attribute__((noreturn)) void exit(int status)
{
    REAL(exit);
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
}

/* Written down only when a gate waits for it, or when the lock is not free: all others cost next to
   nothing. valgrind is asked in the ordinary way, since it looks at what the program calls. */
int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    REAL(pthread_mutex_lock);
    struct probe_event *event = NULL;
    int error = EBUSY;
    if (memory() == NULL)
        return real(mutex);
    if (atomic_load(&memory()->gates[GROUP_LOCKING].state) == GATE_ARMED)
        event = event_begin(CALL_PTHREAD_MUTEX_LOCK, -1, (int64_t)(uintptr_t)mutex, CALLER);
    if (!memory()->under_valgrind)
        error = pthread_mutex_trylock(mutex);
    if (error == EBUSY && event == NULL && !memory()->under_valgrind)
        event = event_begin(CALL_PTHREAD_MUTEX_LOCK, -1, (int64_t)(uintptr_t)mutex, CALLER);
    if (error == EBUSY)
        error = real(mutex);
    if (error == 0)
        note_lock(mutex, CALLER);
    return (int)event_end(event, error);
}
