/* What came of one lab of one student: what the grader's JSON says. */
#ifndef SOCKLADDER_CLASS_VERDICT_H
#define SOCKLADDER_CLASS_VERDICT_H

#include "grader/base/text.h"

#include <stdbool.h>
#include <stddef.h>

enum test_status { TEST_PASSED, TEST_FAILED, TEST_NOT_EARNED, TEST_OUT, TEST_FAULT };

struct test {
    char *id;
    char *name;   /* "server: handles short reads" */
    char *output; /* the story, the ladder, the cause and the hint; empty: none */
    char *cause;  /* its id; empty: none */
    int points;
    enum test_status status;
    double seconds;
    bool hidden; /* not to be seen by the student */
};

/* Starts with {0}; verdict_free() ends it. */
struct verdict {
    bool scored; /* or there is only a reason */
    double score;
    int earned;
    int possible;
    char *remark; /* what the compiler said, why there is no score; empty: nothing */
    char *broken; /* a lab below that does not work; empty: none */
    double seconds;
    struct test *tests;
    size_t count;
};

/* Reads what `grade --json` wrote. False when it is not that. */
bool verdict_read(struct verdict *verdict, const struct text *json);
void verdict_free(struct verdict *verdict);

size_t verdict_count(const struct verdict *verdict, enum test_status status);

#endif
