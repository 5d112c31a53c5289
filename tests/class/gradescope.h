/* What Gradescope says of the submissions in an export: its submission_metadata.yml. */
#ifndef SOCKLADDER_CLASS_GRADESCOPE_H
#define SOCKLADDER_CLASS_GRADESCOPE_H

#include "grader/base/text.h"

#include <stdint.h>

#define GRADESCOPE_FILE "submission_metadata.yml"

/* One submission, of a student or a group. */
struct gradescope {
    struct text names; /* "Ann Smith & Bo Li" */
    struct text id;    /* the first one's number at the university */
    struct text email; /* the first one's */
    int64_t handed_in; /* seconds since 1970; 0: not known */
};

/* Finds FOLDER ("submission_123") in the file's BYTES. False if it is not there, or has no name.
   gradescope_free() ends *FOUND in both cases. */
bool gradescope_find(struct gradescope *found, const struct text *bytes, const char *folder);
void gradescope_free(struct gradescope *found);

#endif
