/*
 * The system calls that a program under test never needs, and by which it could reach what is not
 * its own: seccomp(2). For what neither the user nor landlock(7) keeps from it: other processes of
 * the same user, modes and times of files, sockets that are named by files, the kernel's stores of
 * keys, and doors to the kernel that no network program uses.
 */
#ifndef SOCKLADDER_FILTER_H
#define SOCKLADDER_FILTER_H

#include <stdbool.h>

/* From now on such calls of this process, and of all that it starts, fail: with ENOSYS where the C
   library then goes another way, with EAFNOSUPPORT for sockets other than of the Internet, and else
   with EPERM. Sets no_new_privs. Async-signal-safe. False, with errno, if nothing is filtered. */
bool filter_install(void);

#endif
