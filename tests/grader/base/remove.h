/* Removes what a stranger has left: names, links, locks and depth are its choice. */
#ifndef SOCKLADDER_REMOVE_H
#define SOCKLADDER_REMOVE_H

#include <stdbool.h>
#include <sys/types.h>

/* Removes NAME in FOLDER, a descriptor or AT_FDCWD, and if it is a folder of OWNER's or of the
   caller's, all that is in it, however deep. Never goes through a link, nor into a folder of
   anybody else, and needs few descriptors. False if something is left when SECONDS are over, or
   could not be removed. */
bool remove_tree(int folder, const char *name, uid_t owner, double seconds);

/* The same for all in the folder of this name that belongs to OWNER. */
bool remove_all_of(const char *folder, uid_t owner, double seconds);

#endif
