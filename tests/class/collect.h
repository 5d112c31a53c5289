/* Goes through what an instructor was given: a folder, or an archive of one. */
#ifndef SOCKLADDER_CLASS_COLLECT_H
#define SOCKLADDER_CLASS_COLLECT_H

#include "class/entries.h"

#include <stdbool.h>

/* Adds all that stands in CLASS, a folder or an archive, to ENTRIES, sorted by path. No link is
   followed, and archives are unpacked. Results of a grading are no submission: the folder RESULTS
   (NULL: none), wherever it is, is passed over, and so is a folder that holds .jobs. What could not
   be read, and results other than RESULTS, go to NOTES, a line for each. False after a message when
   CLASS itself cannot be read, or is a folder of results. */
bool collect(struct entries *entries, const char *class, const char *results, struct text *notes);

#endif
