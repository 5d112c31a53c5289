/* Which submissions are much alike: a hint to look at both, and never a verdict. Found by sim_c, of
   Debian's similarity-tester. */
#ifndef SOCKLADDER_CLASS_ALIKE_H
#define SOCKLADDER_CLASS_ALIKE_H

#include "class/job.h"

struct pair {
    const struct job *one;
    const struct job *other;
    int percent; /* so much of ONE is in OTHER as well */
};

/* Starts with {0}; alike_free() ends it. */
struct alike {
    struct pair *pairs;
    size_t count;
};

/* Adds the pairs among the COUNT JOBS that are of LAB. What is as much like the starter or the
   solution as like another submission does not count. Nothing where sim_c is not installed. */
void alike_find(struct alike *alike, const struct job *jobs, size_t count,
                const struct session *session, size_t lab);

/* Adds to ALIKE what sim_c SAID, lines such as "3.c consists for 97 % of 7.c material": the numbers
   are those of the COUNT JOBS, and "given-labs.c" is what the kit gives. */
void alike_read(struct alike *alike, const char *said, const struct job *jobs, size_t count);

void alike_free(struct alike *alike);

#endif
