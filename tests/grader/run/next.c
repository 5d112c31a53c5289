#include "grader/run/next.h"

#include "grader/run/advice.h"
#include "grader/run/failures.h"
#include "grader/run/lines.h"

#include <string.h>

/* Adds WORDS behind the label, and below them COMMAND, if there is one. */
static void add(struct text *out, const struct report *report, const char *words,
                const char *command)
{
    struct text broken = {0};
    const char *label = _("next: ");
    size_t indent = text_columns(label);
    text_wrap(&broken, words, report->width, indent);
    text_add(out, "\n%s%s%s%s", lines_paint(report, BOLD), label, lines_paint(report, PLAIN),
             broken.start + indent);
    if (command != NULL)
        text_add(out, "%*s%s\n", (int)indent, "", command);
    text_free(&broken);
}

/* A function that is still the starter's. */
static void add_to_write(struct text *words, const struct outcome *outcome,
                         const struct result *result)
{
    struct text name = lines_field(result->unwritten, sizeof result->unwritten);
    struct text file = lines_field(result->unwritten_in, sizeof result->unwritten_in);
    text_add(words, _("write %s"), name.start);
    if (file.start != NULL)
        text_add(words, _(" in %s"), file.start);
    text_add(words, _(": the comments in it and the header say what it must do (%s, \"Steps\")."),
             _(outcome->lab->handout));
    text_free(&name);
    text_free(&file);
}

static void add_to_mend(struct text *out, const struct report *report,
                        const struct outcome *outcome, const struct failure *failure)
{
    const struct scenario *scenario = outcome->lab->scenarios[failure->told];
    const struct result *result = &outcome->results[failure->told];
    const char *hint = advice_hint(scenario, result);
    struct text words = {0};
    struct text command = {0};
    bool first = failure->not_begun || outcome->build != NULL;
    if (first)
        lines_step_command(&command, outcome, outcome->step);
    else
        lines_command(&command, outcome, scenario->id);
    if (outcome->build != NULL)
        text_add(&words, _("mend what stands above this report. Begin with the first message."));
    else if (outcome->broken != NULL)
        text_add(&words, _("mend lab %s first, as said above."), outcome->broken);
    else if (failure->not_begun)
        add_to_write(&words, outcome, result);
    else if (report->detailed || hint == NULL)
        text_add(&words, _("begin with \"%s\"."), _(scenario->sentence));
    else
        text_add(&words, "%s", hint);
    add(out, report, words.start, outcome->broken != NULL ? NULL : command.start);
    text_free(&words);
    text_free(&command);
}

static void add_what_comes(struct text *out, const struct report *report,
                           const struct outcome *outcome)
{
    struct text words = {0};
    struct text command = {0};
    if (outcome->step > 0 && outcome->step < outcome->lab->step_count) {
        const struct step_of_lab *step = &outcome->lab->steps[outcome->step];
        text_add(&words, _("step %zu: %s (%s, \"Steps\")."), outcome->step + 1, _(step->title),
                 _(outcome->lab->handout));
        lines_step_command(&command, outcome, outcome->step + 1);
    } else if (outcome_count(outcome, NOT_RUN) > 0) {
        lines_command(&command, outcome, NULL);
        text_add(&words, _("all tests of the lab."));
    } else if (outcome->lab->after != NULL) {
        text_add(&words, _("try the question of \"Predict, then run\" in %s. Then %s"),
                 _(outcome->lab->handout), _(outcome->lab->after));
    }
    if (words.start != NULL)
        add(out, report, words.start, command.start);
    text_free(&words);
    text_free(&command);
}

void next_tell(struct text *out, const struct report *report, const struct outcome *outcome)
{
    struct failures failures;
    if (!outcome_has_score(outcome))
        return;
    failures_find(&failures, outcome);
    bool told_already = report->detailed && failures.count == 1 && failures.list[0].count == 1;
    if (failures.count > 0 && !told_already)
        add_to_mend(out, report, outcome, &failures.list[0]);
    else if (failures.count == 0)
        add_what_comes(out, report, outcome);
    failures_free(&failures);
}
