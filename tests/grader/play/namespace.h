/*
 * Namespaces (namespaces(7)) that keep the grader and its tests apart from the rest of the machine,
 * where it makes them for whoever grades: root with CAP_SYS_ADMIN, others by way of a user
 * namespace. Everything works without them; then less is kept apart.
 */
#ifndef SOCKLADDER_NAMESPACE_H
#define SOCKLADDER_NAMESPACE_H

#include <stdbool.h>
#include <sys/types.h>

/* In the grader's process, while it has no threads and has started nothing: returns in a child, for
   which the calling process stands: it passes SIGINT, SIGTERM and SIGHUP on, waits, ends whatever
   the child has left, and exits as it did. The child ends with it. Where that can be, the child is
   the first process of a PID namespace: what it starts sees no other process of the machine, can
   send it no signal, and ends with it, however that ends. */
void namespace_enter(void);

/* A number that tells process PID from all of other graders at the same time, below 2 ** 31. */
unsigned namespace_number(pid_t pid);

/* In a test's process: gives it, and all that it starts, folders of their own, empty and of limited
   size, in place of SCRATCH and of /tmp, /var/tmp and /dev/shm, and System V memory and POSIX
   queues of their own. All of it goes with the last of them. NEEDED, up to NULL, SCRATCH among
   them, are absolute names that are still seen if they lie in one of the three. False if this
   machine does not allow it. */
bool namespace_own_files(const char *scratch, const char *const *needed);

#endif
