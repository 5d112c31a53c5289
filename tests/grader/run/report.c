#include "grader/run/report.h"
#include "grader/base/text.h"
#include "grader/run/advice.h"

#include <ctype.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    OVERVIEW = 80, /* where a scenario's points end: the list fits into any terminal */
    WIDTH = 100,   /* where prose is broken */
    INDENT = 4,
    LADDER_INDENT = 6,
    SHORT_LINES = 4, /* of the story of a failure that is not told whole */
    WHOLE = INT_MAX,
};

#define GREEN "\033[32m"
#define RED "\033[31m"
#define YELLOW "\033[33m"
#define DIM "\033[2m"
#define BOLD "\033[1m"
#define PLAIN "\033[0m"

bool report_wants_colour(FILE *stream)
{
    const char *forbidden = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    return isatty(fileno(stream)) && (!forbidden || !*forbidden) && terminal && *terminal &&
           strcmp(terminal, "dumb") != 0;
}

static const char *paint(const struct report *report, const char *colour)
{
    return report->colour ? colour : "";
}

/* Prints OUT and ends it. Flushed, so that a person sees how far it is and a process forked later
   does not print it again. */
static void print(const struct report *report, struct text *out)
{
    if (out->start)
        fputs(out->start, report->stream);
    fflush(report->stream);
    text_free(out);
}

/* A copy of what FIELD, of SIZE bytes, holds: harmless once more, for it came from a process that
   talked with a stranger's program. */
static struct text harmless_field(const char *field, size_t size)
{
    struct text copy = {0};
    text_harmless(&copy, field, strnlen(field, size), size, true);
    return copy;
}

/* A copy of PATH that stays on its line. */
static struct text harmless_path(const char *path)
{
    struct text copy = {0};
    text_harmless(&copy, path, strlen(path), SIZE_MAX, false);
    return copy;
}

/* FIELD as prose, INDENT columns from the left, of which at most LINES lines are shown. */
static void add_indented(struct text *out, const char *field, size_t size, int lines, int indent)
{
    struct text copy = harmless_field(field, size), wrapped = {0};
    text_wrap(&wrapped, copy.start ? copy.start : "", WIDTH, (size_t)indent);
    const char *end = wrapped.start;
    for (int i = 0; i < lines && end && *end; i++)
        end = strchr(end, '\n') + 1;
    if (end) {
        text_add_bytes(out, wrapped.start, (size_t)(end - wrapped.start));
        if (*end)
            text_add(out, "%*s…\n", indent, "");
    }
    text_free(&wrapped);
    text_free(&copy);
}

static void add_prose(struct text *out, const char *field, size_t size, int lines)
{
    add_indented(out, field, size, lines, INDENT);
}

/* A picture is never broken, however wide. Empty lines around it part it from the prose. */
static void add_ladder(struct text *out, const struct result *result)
{
    struct text copy = harmless_field(result->ladder, sizeof result->ladder);
    if (copy.start) {
        text_add(out, "\n");
        text_wrap(out, copy.start, SIZE_MAX, LADDER_INDENT);
        text_add(out, "\n");
    }
    text_free(&copy);
}

/* Adds " NAME=VALUE" to a command line, as a shell and then make must read it. */
static void add_variable(struct text *command, const char *name, const char *value)
{
    struct text copy = harmless_path(value);
    bool plain = true;
    for (const char *at = copy.start; at && *at; at++)
        if (!isalnum((unsigned char)*at) && !strchr("/._-+,:@%", *at))
            plain = false;

    text_add(command, " %s=%s", name, plain ? "" : "'");
    for (const char *at = copy.start; at && *at; at++) {
        if (*at == '\'')
            text_add(command, "'\\''");
        else if (*at == '$')
            text_add(command, "$$");
        else
            text_add_bytes(command, at, 1);
    }
    text_add(command, "%s", plain ? "" : "'");
    text_free(&copy);
}

/* Adds what to type to test LAB ("1-echo") of the tree SOURCE. */
static void add_command(struct text *command, const char *lab, const char *id, const char *source)
{
    text_add(command, "make lab-%.*s", (int)strspn(lab, "0123456789"), lab);
    if (id != NULL)
        text_add(command, " ONLY=%s", id);
    if (strcmp(source, "labs") != 0)
        add_variable(command, "SRC", source);
}

/* What to type to run scenario ID alone. */
static struct text again(const struct outcome *outcome, const char *id)
{
    struct text command = {0};
    text_add(&command, "again: ");
    add_command(&command, outcome->lab->name, id, outcome->source);
    if (strcmp(outcome->base, outcome->source) != 0)
        add_variable(&command, "BASE", outcome->base);
    return command;
}

/* The last lines of a scenario: LEAD (where to read on, or what it is like) and what to type, side
   by side if they fit. Neither is ever broken: they are there to be copied. */
static void add_advice(struct text *out, const struct report *report, const char *lead,
                       const struct outcome *outcome, const char *id)
{
    struct text command = again(outcome, id);
    size_t columns =
        INDENT + text_columns(lead) + text_columns(" · ") + text_columns(command.start);
    text_add(out, "%s%*s%s", paint(report, DIM), INDENT, "", lead);
    if (*lead && columns <= WIDTH)
        text_add(out, " · ");
    else if (*lead)
        text_add(out, "\n%*s", INDENT, "");
    text_add(out, "%s%s\n", command.start, paint(report, PLAIN));
    text_free(&command);
}

static void add_headline(struct text *out, const struct report *report, const char *colour,
                         const char *mark, const char *sentence, const char *right)
{
    size_t used = text_columns(mark) + 1 + text_columns(sentence) + text_columns(right);
    int gap = used + 1 < OVERVIEW ? OVERVIEW - (int)used : 1;
    text_add(out, "%s%s%s %s%*s%s\n", paint(report, colour), mark, paint(report, PLAIN), sentence,
             gap, "", right);
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
    add_prose(out, result->story, sizeof result->story, WHOLE);
    add_ladder(out, result);
    add_prose(out, result->cause, sizeof result->cause, WHOLE);
    const char *hint = advice_hint(scenario, result);
    if (!result->unwritten)
        add_prose(out, hint, strlen(hint), WHOLE);

    struct text where = {0};
    text_add(&where, "%s", outcome->lab->handout);
    if (!result->unwritten)
        text_add(&where, ", \"%s\"", advice_section(scenario, result));
    add_advice(out, report, where.start, outcome, scenario->id);
    text_free(&where);
}

/* One cause often fails many scenarios: what has been said is not said again. */
static void tell_short(struct text *out, const struct report *report, const struct outcome *outcome,
                       size_t index)
{
    const struct scenario *scenario = outcome->lab->scenarios[index];
    const struct result *result = &outcome->results[index];
    size_t like = result->story[0] ? first_like(outcome, index) : index;
    struct text lead = {0};
    if (like < index && like == first_with(outcome, FAILED))
        return; /* report_end counts them */
    if (like < index) {
        text_add(&lead, "as \"%s\" above", outcome->lab->scenarios[like]->sentence);
    } else {
        add_prose(out, result->story, sizeof result->story, SHORT_LINES);
        add_prose(out, result->cause, sizeof result->cause, SHORT_LINES);
    }
    add_advice(out, report, lead.start ? lead.start : "", outcome, scenario->id);
    text_free(&lead);
}

/* Why the program earns nothing, or why there is no verdict; LESSON only the first time, and
   nothing that was said before. */
static void tell_untested(struct text *out, const struct report *report,
                          const struct outcome *outcome, size_t index, const char *lesson)
{
    const struct result *result = &outcome->results[index];
    if (!report->detailed && result->story[0] && first_like(outcome, index) < index)
        return;
    add_prose(out, result->story, sizeof result->story, report->detailed ? WHOLE : SHORT_LINES);
    if (index == first_with(outcome, result->status))
        add_prose(out, lesson, strlen(lesson), WHOLE);
    add_advice(out, report, "", outcome, outcome->lab->scenarios[index]->id);
}

/* The scenarios that are OUT for the same reason as number FIRST: the reason, then their ids. */
static void add_reason(struct text *out, const struct outcome *outcome, size_t first)
{
    const struct result *results = outcome->results;
    struct text ids = {0};
    for (size_t i = first; i < outcome->lab->count; i++)
        if (results[i].status == OUT &&
            strncmp(results[i].story, results[first].story, sizeof results[i].story) == 0)
            text_add(&ids, "%s%s", ids.length > 0 ? ", " : "", outcome->lab->scenarios[i]->id);
    text_wrap(out, ids.start, WIDTH, INDENT);
    add_indented(out, results[first].story, sizeof results[first].story, SHORT_LINES, 2 * INDENT);
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
             "This machine cannot run %zu %s (%d %s), not with the reference either. %s out for "
             "everybody, and nobody loses points by it:",
             count, text_plural(count, "test", "tests"), points,
             text_plural((size_t)points, "point", "points"),
             text_plural(count, "It is", "They are"));
    text_add(out, "%s", paint(report, YELLOW));
    text_wrap(out, words.start, WIDTH, 0);
    text_add(out, "%s", paint(report, PLAIN));
    text_free(&words);
    for (size_t i = 0; i < outcome->lab->count; i++)
        if (outcome->results[i].status == OUT && first_like(outcome, i) == i)
            add_reason(out, outcome, i);
    if (outcome->machine != NULL)
        add_prose(out, outcome->machine, strlen(outcome->machine), WHOLE);
    text_add(out, "\n");
}

void report_start(struct report *report, const struct outcome *outcome)
{
    struct text out = {0}, source = harmless_path(outcome->source),
                base = harmless_path(outcome->base);
    text_add(&out, "lab %s · %s", outcome->lab->name, source.start ? source.start : "");
    if (strcmp(outcome->base, outcome->source) != 0)
        text_add(&out, ", on the labs below from %s", base.start ? base.start : "");
    text_add(&out, "\n\n");
    if (outcome->broken != NULL) {
        struct text warning = {0};
        text_add(&warning,
                 "Lab %s of %s does not work yet, and this lab stands on it: what fails below may "
                 "come from there. Mend it first (",
                 outcome->broken, base.start ? base.start : "");
        add_command(&warning, outcome->broken, NULL, outcome->base);
        text_add(&warning, "), or go on with the reference: ");
        add_command(&warning, outcome->lab->name, NULL, outcome->source);
        text_add(&warning, " BASE=solutions");
        text_add(&out, "%s! %s", paint(report, YELLOW), paint(report, PLAIN));
        text_wrap(&out, warning.start, WIDTH, 0);
        text_add(&out, "\n");
        text_free(&warning);
    }
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

void report_result(struct report *report, const struct outcome *outcome, size_t index)
{
    const struct scenario *scenario = outcome->lab->scenarios[index];
    struct text out = {0}, points = {0};
    enum status status = outcome->results[index].status;
    text_add(&points, "%d/%d", status == PASSED ? scenario->points : 0, scenario->points);
    switch (status) {
    case NOT_RUN:
        break;
    case PASSED:
        add_headline(&out, report, GREEN, "✓", scenario->sentence, points.start);
        break;
    case FAILED:
        add_headline(&out, report, RED, "✗", scenario->sentence, points.start);
        if (report->detailed || !report->told)
            tell_whole(&out, report, outcome, index);
        else
            tell_short(&out, report, outcome, index);
        report->told = true;
        break;
    case NOT_EARNED:
        add_headline(&out, report, RED, "?", scenario->sentence, points.start);
        tell_untested(&out, report, outcome, index, not_earned);
        break;
    case OUT:
        add_headline(&out, report, DIM, "-", scenario->sentence, "out");
        break;
    case GRADER_FAULT:
        add_headline(&out, report, YELLOW, "!", scenario->sentence, "grader fault");
        tell_untested(&out, report, outcome, index, comfort);
        break;
    }
    text_free(&points);
    print(report, &out);
}

/* How many failed in the very words of the first failure, itself among them. */
static size_t count_like_first(const struct outcome *outcome)
{
    size_t first = first_with(outcome, FAILED);
    size_t count = 0;
    for (size_t i = first; i < outcome->lab->count; i++)
        count += outcome_status(outcome, i) == FAILED &&
                 (i == first || (outcome->results[i].story[0] && first_like(outcome, i) == first));
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

    text_add(out, "%zu passed", outcome_count(outcome, PASSED));
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        size_t count = outcome_count(outcome, told[i].status);
        if (count > 0)
            text_add(out, ", %zu %s", count, text_plural(count, told[i].one, told[i].many));
        if (told[i].status == FAILED && count_like_first(outcome) > 1)
            text_add(out, " (%zu of them like the first)", count_like_first(outcome) - 1);
    }
    text_add(out, " in %.1f s\n", outcome->seconds);
}

/* Why there is no number. */
static void add_no_score(struct text *out, const struct outcome *outcome)
{
    size_t faults = outcome_count(outcome, GRADER_FAULT);
    text_add(out, "no score: ");
    if (faults > 0)
        text_add(out, "the autograder failed in %zu %s, marked ! above", faults,
                 text_plural(faults, "test", "tests"));
    else if (outcome_count(outcome, OUT) > 0)
        text_add(out, "this machine can run none of the tests");
    else
        text_add(out, "no test ran");
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
    if (ran < all)
        text_add(out, " of the tests that ran (%zu of %zu)", ran, all);
    if (left > 0)
        text_add(out, " (%d %s cannot be tested on this machine)", left,
                 text_plural((size_t)left, "point", "points"));
}

void report_end(struct report *report, const struct outcome *outcome)
{
    struct text out = {0};
    text_add(&out, "\n");
    add_counts(&out, outcome);
    text_add(&out, "%slab %s: ", paint(report, BOLD), outcome->lab->name);
    add_score(&out, outcome);
    text_add(&out, "%s\n", paint(report, PLAIN));
    print(report, &out);
}

void report_not_built(struct report *report, const struct outcome *outcome)
{
    struct text out = {0};
    text_add(&out, "\nThe programs could not be built: what is wrong stands above. "
                   "Begin with the first one.\n");
    text_add(&out, "%slab %s: 0/100%s\n", paint(report, BOLD), outcome->lab->name,
             paint(report, PLAIN));
    print(report, &out);
}

void report_fault(struct report *report, const struct outcome *outcome)
{
    struct text out = {0}, reason = harmless_path(outcome->fault);
    text_add(&out, "%slab %s: no score: %s%s\n", paint(report, BOLD), outcome->lab->name,
             reason.start ? reason.start : "", paint(report, PLAIN));
    text_free(&reason);
    print(report, &out);
}
