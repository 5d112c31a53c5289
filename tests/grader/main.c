/* grader: plays the scenarios of one lab against the programs of one tree, and tells what came. */
#include "grader/connection.h"
#include "grader/export.h"
#include "grader/lab.h"
#include "grader/options.h"
#include "grader/report.h"
#include "grader/result.h"
#include "grader/run.h"
#include "grader/settings.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

struct settings settings = {.source = "labs"};

extern const struct lab lab_1;
extern const struct lab lab_2;
extern const struct lab lab_3;
extern const struct lab lab_4;
extern const struct lab lab_5;
static const struct lab *const all_labs[] = {&lab_1, &lab_2, &lab_3, &lab_4, &lab_5};

/* What the callbacks of a run need. */
struct run {
    const struct options *options;
    struct outcome *outcome;
    struct report *report;
};

static bool is_selected(const struct scenario *scenario, void *argument)
{
    const struct run *run = argument;
    const struct options *options = run->options;
    return (options->only == NULL || strcmp(options->only, scenario->id) == 0) &&
           !(options->no_memcheck && scenario->memcheck) &&
           !(options->smoke && scenario != options->lab->scenarios);
}

static void tell(size_t index, void *argument)
{
    struct run *run = argument;
    report_result(run->report, run->outcome, index);
    fflush(run->report->stream);
}

static bool write_score(const struct outcome *outcome, const char *path)
{
    FILE *file = fopen(path, "we");
    bool written = file != NULL && fprintf(file, "%d/100\n", outcome_score(outcome)) > 0;
    if (file != NULL && fclose(file) != 0)
        written = false;
    if (!written)
        perror(path);
    return written;
}

static int write_files(const struct options *options, const struct outcome *outcome)
{
    bool written = true;
    if (options->score != NULL)
        written = write_score(outcome, options->score);
    if (options->json != NULL)
        written = export_json(outcome, options->json) && written;
    if (options->junit != NULL)
        written = export_junit(outcome, options->junit) && written;
    return written ? FULL_MARKS : FAULT;
}

/* Full marks, less, or a fault of the grader, which is worse than less. */
static int verdict(const struct outcome *outcome)
{
    int status = FULL_MARKS;
    for (size_t i = 0; i < outcome->lab->count; i++) {
        if (outcome->results[i].status == GRADER_FAULT)
            return FAULT;
        if (outcome->results[i].status == FAILED)
            status = LESS;
    }
    return status;
}

static int grade(const struct options *options, struct outcome *outcome, struct report *report)
{
    struct run run = {options, outcome, report};
    struct result *results = run_results(options->lab->count);
    if (results == NULL || settings.programs == NULL || settings.probe == NULL ||
        settings.sources == NULL) {
        perror("grader: --programs, --probe or --sources");
        return FAULT;
    }
    if (!connection_can_be_asked()) {
        fprintf(stderr, "grader: the kernel does not tell about TCP connections (sock_diag(7)): "
                        "nothing can be graded here\n");
        return FAULT;
    }
    struct timespec begun;
    struct timespec ended;
    outcome->results = results;
    report_start(report, outcome);
    clock_gettime(CLOCK_MONOTONIC, &begun);
    bool ran = run_scenarios(options->lab, results, options->jobs, is_selected, tell, &run);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    outcome->seconds =
        (double)(ended.tv_sec - begun.tv_sec) + (double)(ended.tv_nsec - begun.tv_nsec) / 1e9;
    if (!ran) {
        fprintf(stderr, "grader: interrupted; everything it had started is ended\n");
        return INTERRUPTED;
    }
    report_end(report, outcome);
    int written = write_files(options, outcome);
    return written != FULL_MARKS ? written : verdict(outcome);
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN); /* who reads the report may stop; what was begun is still ended */
    struct options options = {0};
    read_options(&options, all_labs, sizeof all_labs / sizeof all_labs[0], argc, argv);
    if (!lab_is_sound(options.lab))
        return FAULT;
    if (options.list) {
        list_scenarios(options.lab);
        return FULL_MARKS;
    }
    struct outcome outcome = {.lab = options.lab, .source = settings.source, .base = settings.base};
    outcome.broken = options.broken;
    struct report report = {.stream = stdout,
                            .colour = report_wants_colour(stdout),
                            .detailed = options.verbose || options.only != NULL};
    if (options.not_built) {
        report_not_built(&report, &outcome);
        return write_files(&options, &outcome) == FULL_MARKS ? LESS : FAULT;
    }
    return grade(&options, &outcome, &report);
}
