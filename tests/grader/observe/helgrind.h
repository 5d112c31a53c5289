/* What valgrind's helgrind wrote about a program with threads (its text log). */
#ifndef SOCKLADDER_HELGRIND_H
#define SOCKLADDER_HELGRIND_H

#include "grader/base/text.h"
#include "grader/observe/state.h"

#include <stdbool.h>
#include <stddef.h>

enum { FINDINGS = 3, FINDING_ROOM = 512 };

struct helgrind {
    bool complete;                         /* its last line is there: nothing ended it early */
    size_t count;                          /* different mistakes; those of the kit are left out */
    char findings[FINDINGS][FINDING_ROOM]; /* the first of them, each a sentence for people */
};

/* OWN(file) tells whether a file of that name (without folder) is the student's. What has no place
   in such a file on either side is not theirs. */
void helgrind_read(const struct text *log, bool (*own)(const char *file),
                   struct helgrind *helgrind);

#endif
