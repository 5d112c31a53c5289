/*
 * What keeps a program under test from everybody else. Root's programs run as a user of the test's
 * own, whom limits hold and who cannot touch the test; for anybody's, limits count, capabilities
 * are gone, system calls that only reach what is not theirs fail (grader/play/filter.h), and where
 * the kernel has landlock(7) no file can be read but the system's and their own, none changed but
 * below the working directory and where everybody may leave files, and no signal sent to what is
 * not a descendant. Where the machine makes namespaces, what they leave behind goes with the test.
 */
#ifndef SOCKLADDER_CONFINE_H
#define SOCKLADDER_CONFINE_H

#include <stdbool.h>
#include <sys/types.h>

/* In the test's process: the user that PROGRAM, a file, is to run as; 0: whoever runs the test.
   That is so if it is not root, or if others than root may not read the program or the probe. */
uid_t sandbox_user(const char *program);

/* In the child that is to become the program, whose working directory is the one it may write in:
   confines it for good, with all that it starts. Only async-signal-safe calls. Where USER would not
   find the program, and this machine makes no view of the files for it (grader/play/mount_view.h),
   it may read all files; where root itself may not give that right (capabilities(7)), it stays
   root's. What is WATCHED, by valgrind or by AddressSanitizer, has tables of memory, which need
   more addresses than a program may have. False if it cannot become USER. */
bool sandbox_enter(uid_t user, bool watched);

/* In the test's process, before it has started anything and before it enters SCRATCH, the working
   directory of its programs: see namespace_own_files(). False if files have to be removed one by
   one; sandbox_clean_up() does that. */
bool sandbox_own_files(const char *scratch);

/* When the process TEST has ended, and with it all that it had started: removes SCRATCH, the
   working directory of its programs, and what its user has put where everybody may leave files. */
void sandbox_clean_up(pid_t test, const char *scratch);

#endif
