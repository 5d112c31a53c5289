/*
 * Root's kit may stand where nobody else may go, in /root for example, and its programs under test
 * run as another user all the same: they get a view of the file system of their own
 * (grader/play/view.h), in which the locked folders hold nothing but what they need.
 */
#ifndef SOCKLADDER_REACH_H
#define SOCKLADDER_REACH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* How a user gets to its program, to the probe, to valgrind's C library and to the working
   directory. */
struct reach {
    char needed[4][4096]; /* those four */
    char locked[3][4096]; /* folders on the way that the user may not enter */
    size_t locked_count;
};

/* In root's process: finds out how USER can read and run PROGRAM and read PROBE, two absolute names
   without links; and LIBRARY, a folder, unless that is "". False if it cannot, whatever
   reach_open() does. */
bool reach_find(struct reach *reach, uid_t user, const char *program, const char *probe,
                const char *library);

/* In the child that is to become the program, while it is still root's: gives it and all that it
   starts a view in which the way is open. Only async-signal-safe calls. False if this machine does
   not allow that. */
bool reach_open(const struct reach *reach);

#endif
