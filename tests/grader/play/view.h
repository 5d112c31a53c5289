/*
 * What a process sees of the file system, in a mount namespace of its own (mount_namespaces(7)):
 * folders are covered, and what they hold is out of sight, but for what is shown again.
 */
#ifndef SOCKLADDER_VIEW_H
#define SOCKLADDER_VIEW_H

#include <stdbool.h>

enum { VIEW_SHOWN = 8 }; /* so many names at most are shown again in one folder */

/* Gives the calling process, and all that it starts from then on, a view of its own, the same as
   before. False, with errno, if this machine does not allow it. Async-signal-safe. */
bool view_open(void);

/* How what lies in a covered folder is shown again. */
enum view_access { VIEW_AS_IT_IS, VIEW_READ_ONLY };

/* Covers FOLDER with an empty tmpfs(5) with these OPTIONS ("mode=0755,size=1m"). Those of SHOWN, up
   to NULL, absolute names, that lie in it, are seen as before, with all below. What is in the tmpfs
   goes as soon as nobody has the view any more. False, with errno, if the folder is as it was.
   Async-signal-safe. */
bool view_cover(const char *folder, const char *options, const char *const *shown,
                enum view_access access);

#endif
