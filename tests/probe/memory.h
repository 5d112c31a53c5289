/* The probe's side of the shared memory: events, faults, gates. Everything here may be called from
   any thread and from signal handlers, and leaves errno alone unless it says otherwise. */
#ifndef SOCKLADDER_PROBE_MEMORY_H
#define SOCKLADDER_PROBE_MEMORY_H

#include "probe/shared.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Maps the memory named by the environment and cleans the environment. Called once, before main. */
void memory_open(void);

/* The program begins: forgets the calls that the probe itself made until now. */
void memory_ready(void);

/* In a new thread, before anything else. */
void memory_in_thread(void);

/* In the child, after fork: it is another process now. */
void memory_after_fork(void);

/* The memory, or NULL when this program is not under test. */
struct probe_trace *memory(void);

/* What the test wants. Only while there is a memory. */
const struct probe_orders *orders(void);

/* Begins an event. NULL without memory; the other functions take that. FD is -1 for none; CALLER is
   the return address. Holds the caller at a closed gate. */
struct probe_event *event_begin(enum probe_call call, int fd, int64_t given, void *caller);

/* The next event of this thread was called from CALLER, whatever event_begin is given: for what is
   built on other functions of the probe. NULL takes it back. */
void event_called_from(void *caller);

/* The same for a call that stdio makes for a stream. */
void event_called_from_stdio(void *caller);

/* The innermost place in the program on the stack of the thread that calls, or NULL. */
void *caller_in_program(void);

/* Ends it with what the call returned; errno says why if that is -1. Returns RESULT. */
int64_t event_end(struct probe_event *event, int64_t result);

/* True when a fault makes this call fail: errno is set, and event_end(event, -1) is still to do. */
bool event_fails(struct probe_event *event);

/* LENGTH, or less if a fault cuts this transfer short. */
size_t event_limit(struct probe_event *event, size_t length);

/* True when a fault of this event's group is armed and hits this call; counts it. */
bool event_faulted(struct probe_event *event);

/* Writes down WHAT, if the thread that calls is in a signal handler of the program. */
void note_unsafe(enum probe_unsafe what);

/* True while a gate of GROUP waits for somebody. */
bool gate_waits(enum probe_group group);

/* True when FD is a socket. */
bool is_socket(int fd);

/* The thread that calls, as the kernel numbers it. */
int32_t self_tid(void);

/* CALLER as in probe_event. */
uint64_t place_in_program(void *caller);

/* For what the probe writes from several threads besides the shared memory: helgrind does not watch
   it, so that no test blames the program for what the probe does. */
#define PROBE_OWN __attribute__((section("probe_own")))

/* The function that would have been called without the probe. All are looked up before main:
   dlsym(3) takes a lock, and helgrind would take that for an order between the threads. */
struct probe_real {
    void **function;
    const char *name;
};
#define REAL(name)                                                                                 \
    static PROBE_OWN __typeof__(name) *real;                                                       \
    static struct probe_real entry                                                                 \
        __attribute__((section("probe_real"), used, aligned(sizeof(void *)))) = {(void **)&real,   \
                                                                                 #name};           \
    if (real == NULL)                                                                              \
    memory_look_up(&entry)

void memory_look_up(const struct probe_real *entry);

#endif
