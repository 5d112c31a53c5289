/* A run of made-up tests, for the unit tests of the reports: each test changes what it is about. */
#ifndef SOCKLADDER_PLAYED_H
#define SOCKLADDER_PLAYED_H

#include "grader/run/report.h"

#include <stdio.h>
#include <stdlib.h>

struct played {
    struct outcome outcome;
    struct report report;
    char *said; /* what the report made of it */
    size_t length;
    struct result results[]; /* of the tests of outcome.lab */
};

/* Writes STRING into one of the fields of a result. */
#define put(field, string) snprintf(field, sizeof(field), "%s", string)

/* All tests of LAB passed. NULL if that cannot be made. */
static inline struct played *played_new(const struct lab *lab)
{
    struct played *run = calloc(1, sizeof *run + lab->count * sizeof *run->results);
    if (run == NULL)
        return NULL;
    run->outcome =
        (struct outcome){.lab = lab, .source = "labs", .base = "labs", .results = run->results};
    run->outcome.seconds = 0.94;
    for (size_t i = 0; i < lab->count; i++)
        run->results[i].status = PASSED;
    run->report.width = 80;
    run->report.stream = open_memstream(&run->said, &run->length);
    if (run->report.stream != NULL)
        return run;
    free(run);
    return NULL;
}

static inline int played_free(void **state)
{
    struct played *run = *state;
    fclose(run->report.stream);
    free(run->said);
    free(run);
    return 0;
}

static inline const char *played_tell(struct played *run)
{
    report_start(&run->report, &run->outcome);
    for (size_t i = 0; i < run->outcome.lab->count; i++)
        report_result(&run->report, &run->outcome, i);
    report_end(&run->report, &run->outcome);
    return run->said;
}

#endif
