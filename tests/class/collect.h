/* Goes through what an instructor was given: a folder, or an archive of one. */
#ifndef SOCKLADDER_CLASS_COLLECT_H
#define SOCKLADDER_CLASS_COLLECT_H

#include "class/entries.h"

#include <stdbool.h>

/* Adds all that stands in CLASS, a folder or an archive, to ENTRIES, sorted by path. No link is
   followed, and archives are unpacked. What could not be read goes to NOTES, a line for each. False
   after a message when CLASS itself cannot be read. */
bool collect(struct entries *entries, const char *class, struct text *notes);

#endif
