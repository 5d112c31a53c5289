/*
 * The right to look into a program that runs as a user of its own: the links in /proc/PID/fd, and
 * /proc/PID/syscall. The kernel gives it to that user, and to who has CAP_SYS_PTRACE (ptrace(2),
 * "Ptrace access mode checking"). Root in a container has not, as a rule: then this thread reads
 * files as that user while it looks.
 */
#ifndef SOCKLADDER_ACCESS_H
#define SOCKLADDER_ACCESS_H

#include <sys/types.h>

/* The programs of this process run as USER from now on; 0, as at first: as whoever runs this. */
void access_is_for(uid_t user);

/* Around a look. Between the two only files of /proc are opened, and nothing is made. Begun looks
   may stand within one another. Without effect where there is no need. */
void access_begin(void);
void access_end(void);

#endif
