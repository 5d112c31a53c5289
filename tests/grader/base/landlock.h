/*
 * Restricts the calling process, and all that it starts, for good: landlock(7). Not only for
 * programs under test: nothing here needs the rest of the grader.
 */
#ifndef SOCKLADDER_LANDLOCK_H
#define SOCKLADDER_LANDLOCK_H

#include <stdbool.h>

/* Lists of files and folders, each up to NULL; a list may be NULL. What is said of a folder holds
   for all below it. A name that does not exist is passed over. */
struct landlock_rules {
    const char *const *readable; /* read, and listed */
    const char *const *runnable; /* the same, and run */
    const char *const
        *writable;            /* files are read and written (devices too), none made or removed */
    const char *const *owned; /* read and written, and anything in them made, moved or removed */
};

/* Nothing but what RULES name may be opened, run, made, moved or removed from now on; signals reach
   only those that are restricted as well, and so do connections to abstract sockets of unix(7). All
   of this as far as the kernel knows it: running, reading, writing and making since Linux 5.13,
   moving since 5.19, truncating since 6.2, ioctl(2) on devices since 6.10, sockets and signals
   since 6.12. What is open already stays open. Sets no_new_privs. Async-signal-safe. False, with
   errno, if nothing is restricted: ENOSYS or EOPNOTSUPP where the kernel has none of it. */
bool landlock_restrict(const struct landlock_rules *rules);

#endif
