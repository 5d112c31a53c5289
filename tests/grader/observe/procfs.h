/* What the kernel says of processes: /proc, read from outside. Linux only (proc(5)). */
#ifndef SOCKLADDER_PROCFS_H
#define SOCKLADDER_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { MOST_PROCESSES = 4096 }; /* more than a test may have */

/* All processes that descend from this one and are not yet reaped, at most MOST of them in PIDS.
   Returns how many. */
size_t procfs_descendants(pid_t *pids, size_t most);

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

/* ---- for others that read /proc ---- */

/* Reads the beginning of a file of /proc, named by FORMAT, into BUFFER as a string, with the right
   to look (access.h). Returns its length; -1 with errno if it cannot be read. */
ssize_t procfs_read(char *buffer, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Calls SEE(number, ARGUMENT) for every entry of the folder PATH that is a number. False with errno
   if it cannot be opened. */
bool procfs_each_number(const char *path, void (*see)(pid_t, void *), void *argument);

#endif
