#include "grader/run/report.h"

#include "grader/run/advice.h"
#include "grader/run/brief.h"
#include "grader/run/lines.h"
#include "grader/run/next.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { NARROW = 60, USUAL = 80, WIDE = 100, WHOLE = INT_MAX, INDENT = 4 };

static const double PATIENT = 2; /* seconds without a word */

bool report_wants_colour(FILE *stream)
{
    const char *forbidden = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    return isatty(fileno(stream)) && (!forbidden || !*forbidden) && terminal && *terminal &&
           strcmp(terminal, "dumb") != 0;
}

size_t report_width(FILE *stream)
{
    struct winsize size;
    if (!isatty(fileno(stream)) || ioctl(fileno(stream), TIOCGWINSZ, &size) == -1 ||
        size.ws_col == 0)
        return USUAL;
    return size.ws_col < NARROW ? NARROW : size.ws_col > WIDE ? WIDE : size.ws_col;
}

/* Prints OUT and ends it. Flushed, so that a person sees how far it is and a process forked later
   does not print it again. */
static void print(struct report *report, struct text *out)
{
    report_progress(report, 0, 0, 0);
    report->lines += lines_in(out);
    if (out->start)
        fputs(out->start, report->stream);
    fflush(report->stream);
    text_free(out);
}

void report_progress(struct report *report, size_t done, size_t planned, double seconds)
{
    struct text line = {0};
    if (!report->live || (planned == 0 && report->progress == 0) ||
        (planned > 0 && seconds < PATIENT))
        return;
    if (planned > 0)
        text_add(&line, _("%zu of %zu tests"), done, planned);
    size_t columns = line.start != NULL ? text_columns(line.start) : 0;
    size_t behind = report->progress > columns ? report->progress - columns : 0;
    fprintf(report->stream, "\r%s%*s\r", line.start != NULL ? line.start : "", (int)behind, "");
    fflush(report->stream);
    report->progress = columns;
    text_free(&line);
}

/* The first scenario with the status and in the very words of number INDEX. */
static size_t first_like(const struct outcome *outcome, size_t index)
{
    const struct result *this = &outcome->results[index];
    size_t i = 0;
    for (; i < index; i++) {
        const struct result *other = &outcome->results[i];
        if (other->status == this->status &&
            strncmp(other->story, this->story, sizeof this->story) == 0 &&
            strncmp(other->cause, this->cause, sizeof this->cause) == 0)
            break;
    }
    return i;
}

static size_t first_with(const struct outcome *outcome, enum status status)
{
    size_t i = 0;
    while (i < outcome->lab->count && outcome->results[i].status != status)
        i++;
    return i;
}

static void tell_whole(struct text *out, const struct report *report, const struct outcome *outcome,
                       size_t index)
{
    const struct scenario *scenario = outcome->lab->scenarios[index];
    const struct result *result = &outcome->results[index];
    struct text where = {0};
    lines_prose(out, report, result->story, sizeof result->story);
    lines_ladder(out, result, WHOLE);
    lines_prose(out, report, result->cause, sizeof result->cause);
    const char *hint = advice_hint(scenario, result);
    if (hint != NULL && result->unwritten[0] == '\0')
        lines_prose(out, report, hint, strlen(hint));
    advice_where(&where, outcome->lab, scenario, result);
    lines_advice(out, report, where.start, outcome, scenario->id);
    text_free(&where);
}

/* Why the program earns nothing, or why there is no verdict; LESSON only the first time. */
static void tell_untested(struct text *out, const struct report *report,
                          const struct outcome *outcome, size_t index, const char *lesson)
{
    const struct result *result = &outcome->results[index];
    if (!report->detailed && result->story[0] && first_like(outcome, index) < index)
        return;
    lines_prose(out, report, result->story, sizeof result->story);
    if (index == first_with(outcome, result->status))
        lines_prose(out, report, _(lesson), strlen(_(lesson)));
    lines_advice(out, report, "", outcome, outcome->lab->scenarios[index]->id);
}

/* The scenarios that are OUT for the same reason as number FIRST: the reason, then their ids. */
static void add_reason(struct text *out, const struct report *report, const struct outcome *outcome,
                       size_t first)
{
    const struct result *results = outcome->results;
    struct text ids = {0};
    for (size_t i = first; i < outcome->lab->count; i++)
        if (results[i].status == OUT &&
            strncmp(results[i].story, results[first].story, sizeof results[i].story) == 0)
            text_add(&ids, "%s%s", ids.length > 0 ? ", " : "", outcome->lab->scenarios[i]->id);
    struct text story = lines_field(results[first].story, sizeof results[first].story);
    text_wrap(out, ids.start, report->width, INDENT);
    text_wrap(out, story.start != NULL ? story.start : "", report->width, (size_t)2 * INDENT);
    text_free(&story);
    text_free(&ids);
}

/* What cannot be tested here, why, and what to do about it: told once, on top. */
static void add_out(struct text *out, const struct report *report, const struct outcome *outcome)
{
    size_t count = outcome_count(outcome, OUT);
    if (count == 0)
        return;
    struct text words = {0};
    int points = outcome_out(outcome);
    text_add(&words,
             _("This machine cannot run %zu %s (%d %s), not with the reference either. %s out for "
               "everybody, and nobody loses points by it:"),
             count, text_plural(count, "test", "tests"), points,
             text_plural((size_t)points, "point", "points"),
             text_plural(count, "It is", "They are"));
    text_add(out, "%s", lines_paint(report, YELLOW));
    text_wrap(out, words.start, report->width, 0);
    text_add(out, "%s", lines_paint(report, PLAIN));
    text_free(&words);
    for (size_t i = 0; i < outcome->lab->count; i++)
        if (outcome->results[i].status == OUT && first_like(outcome, i) == i)
            add_reason(out, report, outcome, i);
    if (outcome->machine != NULL)
        lines_prose(out, report, outcome->machine, strlen(outcome->machine));
    text_add(out, "\n");
}

void report_start(struct report *report, const struct outcome *outcome)
{
    struct text out = {0}, source = lines_path(outcome->source), base = lines_path(outcome->base);
    text_add(&out, _("lab %s · %s"), outcome->lab->name, source.start ? source.start : "");
    if (strcmp(outcome->base, outcome->source) != 0)
        text_add(&out, _(", on the labs below from %s"), base.start ? base.start : "");
    text_add(&out, "\n\n");
    if (outcome->broken != NULL) {
        struct text warning = {0};
        text_add(
            &warning,
            _("Lab %s of %s does not work yet, and this lab stands on it: what fails below may "
              "come from there. Mend it first ("),
            outcome->broken, base.start ? base.start : "");
        lines_lab_command(&warning, outcome->broken, outcome->base);
        text_add(&warning, _("), or go on with the reference: "));
        lines_lab_command(&warning, outcome->lab->name, outcome->source);
        text_add(&warning, " BASE=reference");
        text_add(&out, "%s! %s", lines_paint(report, YELLOW), lines_paint(report, PLAIN));
        text_wrap(&out, warning.start, report->width, 0);
        text_add(&out, "\n");
        text_free(&warning);
    }
    if (outcome->build != NULL)
        text_add(&out, _("%sNot all programs could be built: what is wrong stands above.%s\n\n"),
                 lines_paint(report, YELLOW), lines_paint(report, PLAIN));
    add_out(&out, report, outcome);
    text_free(&source);
    text_free(&base);
    print(report, &out);
}

static const char not_earned[] = "What cannot be tested because of the program earns no points.";
static const char comfort[] =
    "This is a fault of the autograder, not yours. It gives no points and "
    "takes none, and there is no score. Run it again; if it happens "
    "again, please report it with these lines.";

/* The heading of the step of scenario INDEX, if it is the first of it that is told. */
static void add_step(struct text *out, struct report *report, const struct outcome *outcome,
                     size_t index)
{
    size_t step = lab_step(outcome->lab, index);
    if (step == report->step)
        return;
    text_add(out, _("%s%sstep %zu: %s%s\n"), report->step > 0 ? "\n" : "",
             lines_paint(report, BOLD), step, _(outcome->lab->steps[step - 1].title),
             lines_paint(report, PLAIN));
    report->step = step;
}

void report_result(struct report *report, const struct outcome *outcome, size_t index)
{
    const struct scenario *scenario = outcome->lab->scenarios[index];
    enum status status = outcome->results[index].status;
    struct text out = {0};
    struct text points = {0};
    text_add(&points, "%d/%d", status == PASSED ? scenario->points : 0, scenario->points);
    if (!report->detailed && status != GRADER_FAULT) {
        text_free(&points);
        return; /* brief_tell() tells them all */
    }
    if (status != NOT_RUN)
        add_step(&out, report, outcome, index);
    switch (status) {
    case NOT_RUN:
        break;
    case PASSED:
        lines_headline(&out, report, GREEN, "✓", _(scenario->sentence), points.start);
        lines_ladder(&out, &outcome->results[index], WHOLE); /* if it was asked for (--trace) */
        break;
    case FAILED:
        lines_headline(&out, report, RED, "✗", _(scenario->sentence), points.start);
        tell_whole(&out, report, outcome, index);
        break;
    case NOT_EARNED:
        lines_headline(&out, report, RED, "?", _(scenario->sentence), points.start);
        tell_untested(&out, report, outcome, index, not_earned);
        break;
    case OUT:
        lines_headline(&out, report, DIM, "-", _(scenario->sentence), _("out"));
        break;
    case GRADER_FAULT:
        lines_headline(&out, report, YELLOW, "!", _(scenario->sentence), _("grader fault"));
        tell_untested(&out, report, outcome, index, comfort);
        break;
    }
    text_free(&points);
    print(report, &out);
}

static size_t count_not_begun(const struct outcome *outcome)
{
    size_t count = 0;
    for (size_t i = 0; i < outcome->lab->count; i++)
        count += outcome->results[i].status == FAILED && outcome->results[i].unwritten[0] != '\0';
    return count;
}

/* "16 passed, 1 failed, 2 out in 0.9 s" */
static void add_counts(struct text *out, const struct outcome *outcome)
{
    static const struct {
        enum status status;
        const char *one, *many;
    } told[] = {{FAILED, "failed", "failed"},
                {NOT_EARNED, "not earned", "not earned"},
                {OUT, "out", "out"},
                {GRADER_FAULT, "fault of the autograder", "faults of the autograder"}};

    size_t not_begun = count_not_begun(outcome);
    text_add(out, _("%zu passed"), outcome_count(outcome, PASSED));
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        size_t count = outcome_count(outcome, told[i].status);
        if (told[i].status == FAILED)
            count -= not_begun;
        if (count > 0)
            text_add(out, _(", %zu %s"), count, text_plural(count, told[i].one, told[i].many));
    }
    if (not_begun > 0)
        text_add(out, _(", %zu not begun"), not_begun);
    text_add(out, _(" in %.1f s\n"), outcome->seconds);
}

/* "step 1: 12/12 · 2: 4/10" */
static void add_steps(struct text *out, const struct outcome *outcome)
{
    const char *before = _("step ");
    if (outcome->lab->steps == NULL || !outcome_has_score(outcome))
        return;
    for (size_t step = 1; step <= outcome->lab->step_count; step++) {
        int possible = outcome_possible_in(outcome, step);
        if (possible == 0)
            continue;
        text_add(out, "%s%zu: %d/%d", before, step, outcome_earned_in(outcome, step), possible);
        before = " · ";
    }
    text_add(out, "\n");
}

/* Why there is no number. */
static void add_no_score(struct text *out, const struct outcome *outcome)
{
    size_t faults = outcome_count(outcome, GRADER_FAULT);
    text_add(out, _("no score: "));
    if (faults > 0)
        text_add(out, _("the autograder failed in %zu %s, marked ! above"), faults,
                 text_plural(faults, "test", "tests"));
    else if (outcome_count(outcome, OUT) > 0)
        text_add(out, _("this machine can run none of the tests"));
    else
        text_add(out, _("no test ran"));
}

/* What the run comes to. A part of the lab has no score of the lab's. */
static void add_score(struct text *out, const struct outcome *outcome)
{
    size_t all = outcome->lab->count - outcome_count(outcome, OUT);
    size_t ran = all - outcome_count(outcome, NOT_RUN);
    int left = outcome_out(outcome);
    if (!outcome_has_score(outcome)) {
        add_no_score(out, outcome);
        return;
    }
    text_add(out, "%d/%d", outcome_earned(outcome), outcome_possible(outcome));
    if (ran < all && outcome->step == 0)
        text_add(out, _(" of the tests that ran (%zu of %zu)"), ran, all);
    if (left > 0)
        text_add(out, _(" (%d %s cannot be tested on this machine)"), left,
                 text_plural((size_t)left, "point", "points"));
}

void report_end(struct report *report, const struct outcome *outcome)
{
    struct text out = {0};
    struct text end = {0};
    struct text next = {0};
    next_tell(&next, report, outcome);
    text_add(&end, "\n");
    add_counts(&end, outcome);
    if (outcome->step == 0)
        add_steps(&end, outcome);
    text_add(&end, _("%slab %s"), lines_paint(report, BOLD), outcome->lab->name);
    if (outcome->step != 0)
        text_add(&end, _(", step %zu"), outcome->step);
    text_add(&end, _(": "));
    add_score(&end, outcome);
    text_add(&end, "%s\n", lines_paint(report, PLAIN));
    if (!report->detailed)
        brief_tell(&out, report, outcome, report->lines + lines_in(&next) + lines_in(&end));
    for (struct text *part = &next; part != NULL; part = part == &next ? &end : NULL) {
        text_add_bytes(&out, part->start != NULL ? part->start : "", part->length);
        text_free(part);
    }
    print(report, &out);
}

void report_not_built(struct report *report, const struct outcome *outcome)
{
    struct text out = {0};
    text_add(&out, _("\nThe programs could not be built: what is wrong stands above. "
                     "Begin with the first one.\n"));
    text_add(&out, _("%slab %s: 0/100%s\n"), lines_paint(report, BOLD), outcome->lab->name,
             lines_paint(report, PLAIN));
    print(report, &out);
}

void report_fault(struct report *report, const struct outcome *outcome)
{
    struct text out = {0}, reason = lines_path(_(outcome->fault));
    text_add(&out, _("%slab %s: no score: %s%s\n"), lines_paint(report, BOLD), outcome->lab->name,
             reason.start ? reason.start : "", lines_paint(report, PLAIN));
    text_free(&reason);
    print(report, &out);
}
