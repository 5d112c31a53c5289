/* The student's files of this lab, read as what they are: a stranger's. */
#ifndef SOCKLADDER_SOURCE_H
#define SOCKLADDER_SOURCE_H

#include <stdbool.h>
#include <stdio.h>

/* Opens NAME, a file without folder, of the student's for reading; the caller closes it. NULL if it
   is not there, and likewise if it is anything but a regular file of ordinary size: no link is
   followed, and no device or pipe waited for. */
FILE *source_open(const char *name);

/* True when NAME is such a file. */
bool source_is_there(const char *name);

#endif
