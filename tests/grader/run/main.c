/* grader: plays the scenarios of one lab against the programs of one tree, and tells what came. */
#include "grader/base/lab.h"
#include "grader/base/machine.h"
#include "grader/base/result.h"
#include "grader/base/settings.h"
#include "grader/base/text.h"
#include "grader/base/tools.h"
#include "grader/observe/connection.h"
#include "grader/play/namespace.h"
#include "grader/run/debug.h"
#include "grader/run/export.h"
#include "grader/run/hint.h"
#include "grader/run/options.h"
#include "grader/run/reference.h"
#include "grader/run/report.h"
#include "grader/run/run.h"
#include "grader/run/svg.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct settings settings = {.source = "labs"};

extern const struct lab lab_1;
extern const struct lab lab_2;
extern const struct lab lab_3;
extern const struct lab lab_4;
extern const struct lab lab_5;
static const struct lab *const all_labs[] = {&lab_1, &lab_2, &lab_3, &lab_4, &lab_5};

/* Enough of what a compiler says; the first message counts. */
enum { MOST_WORDS = 1 << 20, WORDS_SHOWN = 16 << 10 };

/* What the callbacks of a run need. */
struct context {
    const struct options *options;
    struct outcome *outcome;
    struct report *report;
    double begun;
};

static const struct scenario *smoke_test(const struct lab *lab)
{
    return lab->smoke != NULL ? lab->smoke : lab->scenarios[0];
}

static bool is_selected(const struct options *options, const struct scenario *scenario)
{
    return is_wanted(options, scenario) && !(options->no_valgrind && scenario->valgrind) &&
           !(options->smoke && scenario != smoke_test(options->lab));
}

static bool is_to_be_played(const struct scenario *scenario, void *argument)
{
    const struct context *context = argument;
    size_t index = lab_index(context->options->lab, scenario);
    return is_selected(context->options, scenario) &&
           context->outcome->results[index].status != OUT;
}

static void tell(size_t index, void *argument)
{
    struct context *context = argument;
    report_result(context->report, context->outcome, index);
    fflush(context->report->stream);
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void tell_progress(size_t done, size_t planned, void *argument)
{
    struct context *context = argument;
    report_progress(context->report, done, planned, seconds_now() - context->begun);
}

/* Writes what is wanted, and gives the exit status. */
static int deliver(const struct options *options, const struct outcome *outcome)
{
    bool written = true;
    if (options->score != NONE)
        written = export_score(outcome, options->score);
    if (options->json != NONE)
        written = export_json(outcome, options->json) && written;
    if (options->junit != NONE)
        written = export_junit(outcome, options->junit) && written;
    if (!written || !outcome_has_score(outcome))
        return FAULT;
    return outcome_earned(outcome) == outcome_possible(outcome) ? FULL_MARKS : LESS;
}

/* Why nothing can be graded here; NULL if it can. */
static const char *find_fault(const struct options *options, struct result *results)
{
    const char *why = NULL;
    if (results == NULL)
        return "there is no memory for the results";
    if (settings.programs == NULL || settings.probe == NULL || settings.sources == NULL)
        return "--programs, --probe or --sources names nothing that is there";
    if (!connection_can_be_asked())
        return "the kernel does not tell about TCP connections (sock_diag(7))";
    if (!machine_has_loopback())
        return "the loopback interface is down, and nothing can be tested without 127.0.0.1 (as "
               "root: ip link set lo up)";
    if (options->reference != NONE &&
        !reference_read(options->reference, options->lab, results, &why))
        return why;
    for (size_t i = 0; i < options->lab->count; i++)
        if (!is_selected(options, options->lab->scenarios[i]))
            results[i].status = NOT_RUN;
    return NULL;
}

static int grade(const struct options *options, struct outcome *outcome, struct report *report)
{
    struct context context = {options, outcome, report, seconds_now()};
    struct result *results = run_results(options->lab->count);
    outcome->fault = find_fault(options, results);
    if (outcome->fault != NULL) {
        report_fault(report, outcome);
        return deliver(options, outcome);
    }
    struct text lacks = {0};
    machine_describe(&lacks);
    outcome->machine = lacks.start;
    outcome->results = results;
    if (options->hint == NONE)
        report_start(report, outcome);
    run_watch(tell_progress);
    context.begun = seconds_now();
    bool ran = run_scenarios(options->lab, results, options->jobs, is_to_be_played, tell, &context);
    run_watch(NULL); /* a debugger has the terminal now */
    outcome->seconds = seconds_now() - context.begun;
    if (!ran) {
        report_progress(report, 0, 0, 0);
        fprintf(stderr, "grader: interrupted; everything it had started is ended\n");
        return INTERRUPTED;
    }
    if (options->hint != NONE)
        hint_give(report, outcome, options->hint);
    else
        report_end(report, outcome);
    if (options->trace != NONE && !svg_write_all(outcome, options->trace))
        perror("grader: the pictures cannot be written");
    int status = deliver(options, outcome);
    fflush(report->stream);
    for (size_t i = 0; i < options->lab->count && options->debug != NONE; i++)
        if (is_selected(options, options->lab->scenarios[i]))
            debug_again(options->lab, results, i, options->debug);
    return status;
}

/* What the compiler and the linker said, made harmless. */
static void read_build_words(const struct options *options, struct text *harmless)
{
    struct text words = {0};
    if (text_read(&words, options->not_built, MOST_WORDS))
        text_harmless(harmless, words.start, words.length, WORDS_SHOWN, true);
    else
        text_add(harmless, _("What the compiler said cannot be read: %s"), strerror(errno));
    text_free(&words);
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN); /* who reads the report may stop; what was begun is still ended */
    if (!tools_reduce_path()) {
        perror("grader: PATH");
        return FAULT;
    }
    struct options options = {0};
    read_options(&options, all_labs, sizeof all_labs / sizeof all_labs[0], argc, argv);
    if (!lab_is_sound(options.lab))
        return FAULT;
    if (options.list) {
        list_scenarios(options.lab);
        return FULL_MARKS;
    }
    if (options.sanitizer)
        return is_sanitizer_wanted(&options) ? FULL_MARKS : LESS;
    if (options.debug == NONE) /* a debugger outside must find the programs by their numbers */
        namespace_enter();
    struct outcome outcome = {
        .lab = options.lab,
        .source = options.typed != NULL ? options.typed : settings.source,
        .base = options.typed_base != NULL ? options.typed_base : settings.base,
        .broken = options.broken,
    };
    settings.columns = report_width(stdout);
    outcome.step = options.step;
    struct report report = {.stream = stdout,
                            .width = settings.columns,
                            .colour = report_wants_colour(stdout),
                            .live = isatty(STDOUT_FILENO),
                            .detailed = options.verbose || options.only != NULL || settings.traced};
    struct text words = {0};
    int status;
    if (options.not_built != NONE)
        read_build_words(&options, &words);
    outcome.build = words.start;
    if (options.not_built != NONE && settings.programs == NULL) {
        report_not_built(&report, &outcome);
        status = deliver(&options, &outcome);
    } else {
        status = grade(&options, &outcome, &report);
    }
    text_free(&words);
    return status;
}
