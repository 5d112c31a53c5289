/*
 * Unpacks an archive that a stranger made: in a process of its own, which may open nothing, has a
 * limit of memory, processor time and output, and hands over the files that a lab may need. Links,
 * devices, names that climb or are absolute, and whatever is too large, too deep or too many, are
 * left out and noted.
 */
#ifndef SOCKLADDER_CLASS_UNPACK_H
#define SOCKLADDER_CLASS_UNPACK_H

#include "class/entries.h"

/* Adds what the archive in FILE, an open regular file, holds, with PATH and a slash before each
   name. What is wrong with it goes to NOTES. FILE stays open. */
void unpack(struct entries *entries, int file, const char *path, struct text *notes);

#endif
