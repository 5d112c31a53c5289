/* What the kernel says of processes: /proc, read from outside. Linux only (proc(5)). */
#ifndef SOCKLADDER_PROC_H
#define SOCKLADDER_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* All processes that descend from this one and are not yet reaped, at most ROOM of them in PIDS.
   Returns how many. */
size_t procfs_descendants(pid_t *pids, size_t room);

/* Processor time used by PID and the children it has reaped, in seconds; 0 if it is gone. */
double procfs_cpu_seconds(pid_t pid);

/* How many descriptors PID has, and how many of them are sockets; or -1 if it cannot be looked at.
 */
int procfs_count_descriptors(pid_t pid);
int procfs_count_sockets(pid_t pid);

/* The same for all descendants together. */
double procfs_cpu_seconds_of_all(void);

/* How long PID, thread for thread, has been ready to run while no processor was free, in seconds; 0
   where the kernel does not count it. Grows on a busy machine. */
double procfs_delayed_seconds_of(pid_t pid);

/* The same for this process and all its descendants together, those that have ended included, as
   far as they have been looked at. It never goes down. */
double procfs_delayed_seconds(void);

/* The state of PID as in proc(5), 'Z' for a zombie, 'T' for stopped, and its parent; 0 if it is
   gone. */
char procfs_state(pid_t pid, pid_t *parent);

/* Who traces PID (ptrace(2)); 0: nobody. */
pid_t procfs_tracer(pid_t pid);

/* How many threads of PID live: the first may have ended before the others (pthread_exit in main).
 */
size_t procfs_threads(pid_t pid);

/* True when TID is a thread of PID that lives. */
bool procfs_has_thread(pid_t pid, pid_t tid);

/* What PID has mapped, in kB (VmSize), as one of its threads that live says; 0 if none does. */
long procfs_address_space(pid_t pid);

/* True when one of PID's descriptors is the socket with this INODE. */
bool procfs_holds_socket(pid_t pid, unsigned long inode);

/* True when PID has a descriptor FD; when that is a socket. False as well if it cannot be looked
   at. */
bool procfs_has_descriptor(pid_t pid, int fd);
bool procfs_descriptor_is_socket(pid_t pid, int fd);

/* True when PID is blocked in accept(2); in epoll_wait(2) or one like it; in a call that waits for
   a child to end. */
bool procfs_is_accepting(pid_t pid);
bool procfs_waits_in_epoll(pid_t pid);
bool procfs_waits_for_child(pid_t pid);

/* True when PID stands in vfork(2), until its child has ended; in futex(2): mutexes, semaphores; in
   a read of standard input. */
bool procfs_is_in_vfork(pid_t pid);
bool procfs_waits_for_a_lock(pid_t pid);
bool procfs_waits_at_input(pid_t pid);

/*
 * A look at every task of all descendants. True when all of them are blocked in calls that only
 * something from outside can end: a recv without data, an accept without client, a wait without
 * time-out. Then *MARK describes the moment: two looks with the same mark mean that nothing has
 * run in between. False when a task runs, sleeps for a time or cannot be looked at. No descendants
 * at all count as blocked.
 */
bool procfs_all_blocked(uint64_t *mark);

/* The same, but calls that end by themselves after a time count as well. */
bool procfs_all_asleep(uint64_t *mark);

/* Ends every descendant of this process, whatever it does against it, and reaps them all: stops
   them first so that none can fork, then kills them. Returns how many there were besides those in
   EXPECTED (COUNT of them). Bounded: gives up after a few seconds of its own work, those that no
   processor was free not counted, and returns -1. */
int procfs_end_descendants(const pid_t *expected, size_t count);

#endif
