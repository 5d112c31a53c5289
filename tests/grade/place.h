/* The fresh folder in which one grading takes place, and which goes with it. */
#ifndef SOCKLADDER_GRADE_PLACE_H
#define SOCKLADDER_GRADE_PLACE_H

#include "grader/base/text.h"

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

struct place {
    char path[PATH_MAX]; /* absolute */
    int folder;          /* open */
    uid_t user;          /* who builds in it when root grades; 0: who grades */
};

/* Makes a place below BUILD, a folder of our own, whose name begins with NAME and a dot; BOXED: for
   a box (grade/box.h). False with errno. place_remove() ends it, with all that is in it, and may be
   called for a place that could not be made. */
bool place_make(struct place *place, const char *build, const char *name, bool boxed);
void place_remove(struct place *place);

/* Writes BYTES to the new file NAME ("labs/1-echo/tcp.c") in PLACE, for everybody to read. Makes
   the folders on the way. NAME holds no "..". False with errno. */
bool place_write(const struct place *place, const char *name, const struct text *bytes);

/* Makes the folder NAME in PLACE, for whoever builds to write in; and takes that right away, with
   all that is in it, when the building is done. False with errno. */
bool place_open_folder(const struct place *place, const char *name);
bool place_close_folder(const struct place *place, const char *name);

#endif
