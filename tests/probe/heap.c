/*
 * The heap: memory that cannot be had, if the test wants that, and what a signal handler does to
 * it. Only calls of the program itself count, not those of the C library. The functions are called
 * by the names that they have within glibc: memory may be wanted before anything can be looked up.
 * valgrind puts its own in the place of these.
 */
#include "probe/memory.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#define CALLER __builtin_return_address(0)

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *place, size_t size);
void __libc_free(void *place);

static bool is_fault_armed(void)
{
    return atomic_load(&orders()->faults[GROUP_ALLOCATING].armed) != 0;
}

/* True when there must be no memory for who calls from CALLER; errno says so. */
static bool must_fail(void *caller)
{
    if (memory() == NULL || place_in_program(caller) == 0)
        return false;
    note_unsafe(UNSAFE_HEAP);
    if (!is_fault_armed())
        return false;
    struct probe_event *event = event_begin(CALL_MALLOC, -1, 0, caller);
    bool fails = event_fails(event);
    event_end(event, fails ? -1 : 0);
    return fails;
}

void *malloc(size_t size)
{
    return must_fail(CALLER) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return must_fail(CALLER) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *place, size_t size)
{
    return must_fail(CALLER) ? NULL : __libc_realloc(place, size);
}

void free(void *place)
{
    if (memory() != NULL && place_in_program(CALLER) != 0)
        note_unsafe(UNSAFE_HEAP);
    __libc_free(place);
}
