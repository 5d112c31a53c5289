/*
 * What an instructor makes of the points: other points for a test, tests that count for nobody,
 * tests that students do not see, and what a late submission costs.
 */
#ifndef SOCKLADDER_CLASS_MARKS_H
#define SOCKLADDER_CLASS_MARKS_H

#include "class/verdict.h"
#include "grade/kit.h"
#include "grade/labs.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { KEEP_POINTS = -1, MOST_ID = 64 };

struct mark {
    size_t lab; /* index of all_labs */
    char id[MOST_ID];
    int points; /* KEEP_POINTS: as the lab has it */
    bool hidden;
    bool off;
};

/* Starts with {0}; marks_free() ends it. */
struct marks {
    struct mark *list;
    size_t count;
};

/*
 * Reads a line for each test: "2-chat any_bytes 4", "2 over_limit hidden", "2 zero_byte off", with
 * blanks or commas between the words; what follows a # is for people. False, and WHY says in which
 * line, and what is wrong with it.
 */
bool marks_read(struct marks *marks, const struct text *bytes, struct text *why);
void marks_free(struct marks *marks);

/* Are there any for LAB? */
bool marks_touch(const struct marks *marks, size_t lab);

/* The mark of the test ID of LAB; NULL: none. */
const struct mark *mark_of(const struct marks *marks, size_t lab, const char *id);

/* Compares MARKS with LIST, what `grader --list` says of LAB. False when a mark is for no test of
   it, or no test is left: WHY says so. If the points add up to something else than 100, WHY says
   that, and it is true. */
bool marks_check(const struct marks *marks, size_t lab, const struct text *list, struct text *why);

/* Makes the points, and the score of 100, of VERDICT what MARKS say. */
void marks_apply(const struct marks *marks, size_t lab, struct verdict *verdict);

#endif
