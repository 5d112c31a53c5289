/*
 * Root's kit may stand where nobody else may go, in /root for example, and its programs under test
 * run as another user all the same: they get a view of the file system of their own
 * (mount_namespaces(7)), in which the locked folder holds nothing but the way to them.
 */
#ifndef SOCKLADDER_REACH_H
#define SOCKLADDER_REACH_H

#include <stdbool.h>
#include <sys/types.h>

/* How a user gets to its program and to the probe. */
struct reach {
    char locked[4096]; /* the first folder on the way that the user may not enter; empty: none */
    char shown[4096];  /* the folder below it that holds both, and that it may enter */
};

/* In root's process: finds out how USER can read and run PROGRAM and read PROBE, two absolute names
   without links. False if it cannot, whatever reach_open() does. */
bool reach_find(struct reach *reach, uid_t user, const char *program, const char *probe);

/* In the child that is to become the program, while it is still root's: gives it and all that it
   starts a view in which the way is open. Only async-signal-safe calls. False if this machine does
   not allow that; the process sees what it saw before. */
bool reach_open(const struct reach *reach);

#endif
