/* What tasks are blocked in, as /proc/PID/syscall says, or /proc/PID/wchan where that cannot be
 * read. */
#ifndef SOCKLADDER_BLOCKED_H
#define SOCKLADDER_BLOCKED_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* True when PID is blocked in accept(2); in epoll_wait(2) or one like it; in a call that waits for
   a child to end. */
bool blocked_in_accept(pid_t pid);
bool blocked_in_epoll(pid_t pid);
bool blocked_in_wait(pid_t pid);

/* True when PID stands in vfork(2), until its child has ended; in futex(2): mutexes, semaphores; in
   a read of standard input. */
bool blocked_in_vfork(pid_t pid);
bool blocked_in_lock(pid_t pid);
bool blocked_at_input(pid_t pid);

/*
 * A look at every task of all descendants. True when all of them are blocked in calls that only
 * something from outside can end: a recv without data, an accept without client, a wait without
 * time-out. Then *MARK describes the moment: two looks with the same mark mean that nothing has
 * run in between. False when a task runs, sleeps for a time or cannot be looked at. No descendants
 * at all count as blocked.
 */
bool all_are_blocked(uint64_t *mark);

/* The same, but calls that end by themselves after a time count as well. */
bool all_are_asleep(uint64_t *mark);

#endif
