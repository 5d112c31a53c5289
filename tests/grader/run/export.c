#include "grader/run/export.h"
#include "grader/base/text.h"
#include "grader/base/version.h"
#include "grader/run/advice.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const char not_built[] = "The programs could not be built.";
static const char not_earned[] =
    "So this could not be tested, because of the program, and earns no "
    "points.";
static const char out[] = "This machine cannot run the test, not with the reference either: it is "
                          "out for everybody, and no points are lost.";
static const char fault[] = "This is a fault of the autograder, so there is no score. Have it run "
                            "again; if it happens again, please report it.";

static bool deliver(int fd, const struct text *text, const char *what)
{
    if (text_write(text, fd))
        return true;
    fprintf(stderr, "grader: %s cannot be written: %s\n", what, strerror(errno));
    return false;
}

/* Adds what FIELD, of SIZE bytes, holds and an empty line before it, if it holds anything. */
static void add_part(struct text *text, const char *field, size_t size)
{
    size_t length = strnlen(field, size);
    while (length > 0 && field[length - 1] == '\n')
        length--;
    if (length > 0 && text->length > 0)
        text_add(text, "\n\n");
    text_harmless(text, field, length, SIZE_MAX, true);
}

/* What there is to tell about scenario INDEX, as plain text. */
static struct text explanation(const struct outcome *outcome, size_t index)
{
    const struct scenario *scenario = outcome->lab->scenarios[index];
    const struct result *result = &outcome->results[index];
    struct text text = {0};
    if (result->status == PASSED)
        return text;

    add_part(&text, result->story, sizeof result->story);
    add_part(&text, result->ladder, sizeof result->ladder);
    add_part(&text, result->cause, sizeof result->cause);
    if (result->status == NOT_EARNED)
        add_part(&text, _(not_earned), strlen(_(not_earned)));
    if (result->status == OUT)
        add_part(&text, _(out), strlen(_(out)));
    if (result->status == GRADER_FAULT)
        add_part(&text, _(fault), strlen(_(fault)));
    if (result->status == FAILED) {
        const char *hint = advice_hint(scenario, result);
        if (hint != NULL)
            add_part(&text, hint, strlen(hint));
        text_add(&text, "\n");
        advice_where(&text, outcome->lab, scenario, result);
    }
    return text;
}

static struct text output_of(const struct outcome *outcome, size_t index)
{
    struct text text = {0};
    if (outcome->results)
        return explanation(outcome, index);
    text_add(&text, "%s", _(not_built));
    return text;
}

static double to_milliseconds(double seconds)
{
    return seconds > 0 ? (double)(int64_t)(seconds * 1000 + 0.5) / 1000 : 0;
}

/* What a test is worth: nothing where nobody can earn anything. */
static int most_points(const struct outcome *outcome, size_t index)
{
    enum status status = outcome_status(outcome, index);
    return status == OUT || status == GRADER_FAULT ? 0 : outcome->lab->scenarios[index]->points;
}

/* Adds the object extra_data of the test INDEX to TEST. */
static bool add_test_data(cJSON *test, const struct outcome *outcome, size_t index)
{
    const struct scenario *scenario = outcome->lab->scenarios[index];
    enum status status = outcome_status(outcome, index);
    cJSON *data = cJSON_AddObjectToObject(test, "extra_data");
    bool good = data && cJSON_AddStringToObject(data, "id", scenario->id) &&
                cJSON_AddNumberToObject(data, "points", scenario->points) &&
                cJSON_AddStringToObject(data, "verdict", status_word(status));
    if (outcome->lab->steps != NULL)
        good = good && cJSON_AddNumberToObject(data, "step", (double)lab_step(outcome->lab, index));
    if (!outcome->results)
        return good;
    const struct result *result = &outcome->results[index];
    struct text reason = {0};
    if (status != PASSED)
        add_part(&reason, result->story, sizeof result->story);
    if (reason.start)
        good = good && cJSON_AddStringToObject(data, "reason", reason.start);
    if (status == FAILED && advice_cause(result) != NULL)
        good = good && cJSON_AddStringToObject(data, "cause", advice_cause(result)->id);
    text_free(&reason);
    return good && cJSON_AddNumberToObject(data, "plays", result->plays) &&
           cJSON_AddNumberToObject(data, "seconds", to_milliseconds(result->seconds));
}

/* Scenario INDEX for Gradescope; NULL when memory runs out. */
static cJSON *json_test(const struct outcome *outcome, size_t index)
{
    const struct scenario *scenario = outcome->lab->scenarios[index];
    enum status status = outcome_status(outcome, index);
    bool lost = status == FAILED || status == NOT_EARNED || status == GRADER_FAULT;
    struct text output = output_of(outcome, index);

    cJSON *test = cJSON_CreateObject();
    bool good = test && cJSON_AddStringToObject(test, "name", _(scenario->sentence));
    if (outcome_has_score(outcome))
        good =
            good && cJSON_AddNumberToObject(test, "score", status == PASSED ? scenario->points : 0);
    good = good && cJSON_AddNumberToObject(test, "max_score", most_points(outcome, index)) &&
           cJSON_AddStringToObject(test, "status", lost ? "failed" : "passed");
    if (output.start)
        good = good && cJSON_AddStringToObject(test, "output", output.start);
    cJSON *tags = good ? cJSON_AddArrayToObject(test, "tags") : NULL;
    good = tags && cJSON_AddItemToArray(tags, cJSON_CreateString(scenario->id)) &&
           add_test_data(test, outcome, index);
    text_free(&output);
    if (!good) {
        cJSON_Delete(test);
        return NULL;
    }
    return test;
}

/* Why there is no score, in a sentence. */
static void add_no_score(struct text *text, const struct outcome *outcome)
{
    size_t faults = outcome_count(outcome, GRADER_FAULT);
    text_add(text, _("There is no score: "));
    if (outcome->fault)
        text_add(text, _("%s."), _(outcome->fault));
    else if (faults > 0)
        text_add(text,
                 _("the autograder has failed in %zu %s. Have it run again; if it happens "
                   "again, please report it."),
                 faults, text_plural(faults, "test", "tests"));
    else
        text_add(text, _("this machine can run none of the tests."));
}

/* What the score means, where that is not plain. */
static struct text json_remark(const struct outcome *outcome)
{
    struct text remark = {0};
    int possible = outcome_possible(outcome), left = outcome_out(outcome);
    if (!outcome_has_score(outcome))
        add_no_score(&remark, outcome);
    else if (!outcome->results)
        text_add(&remark, "%s", _(not_built));
    else if (outcome_count(outcome, NOT_RUN) > 0)
        text_add(&remark, _("Only a part of the lab was run: %d of its points were to be earned."),
                 possible);
    else if (left > 0)
        text_add(
            &remark,
            _("%d/%d: %d %s cannot be tested on this machine, for nobody. The score is that of "
              "the other tests, scaled to 100, so nobody loses by it."),
            outcome_earned(outcome), possible, left, text_plural((size_t)left, "point", "points"));
    if (outcome->build)
        add_part(&remark, outcome->build, strlen(outcome->build));
    if (left > 0 && outcome->machine)
        add_part(&remark, outcome->machine, strlen(outcome->machine));
    return remark;
}

static bool add_ids(cJSON *data, const char *name, const struct outcome *outcome,
                    enum status status)
{
    cJSON *ids = cJSON_AddArrayToObject(data, name);
    for (size_t i = 0; ids && i < outcome->lab->count; i++)
        if (outcome_status(outcome, i) == status &&
            !cJSON_AddItemToArray(ids, cJSON_CreateString(outcome->lab->scenarios[i]->id)))
            return false;
    return ids;
}

static bool add_data(cJSON *json, const struct outcome *outcome)
{
    cJSON *data = cJSON_AddObjectToObject(json, "extra_data");
    bool good = data && cJSON_AddStringToObject(data, "version", KIT_VERSION) &&
                cJSON_AddStringToObject(data, "lab", outcome->lab->name);
    if (outcome_has_score(outcome))
        good = good && cJSON_AddNumberToObject(data, "earned", outcome_earned(outcome)) &&
               cJSON_AddNumberToObject(data, "possible", outcome_possible(outcome));
    if (outcome->broken != NULL)
        good = good && cJSON_AddStringToObject(data, "broken_below", outcome->broken);
    return good && add_ids(data, "out", outcome, OUT) &&
           add_ids(data, "not_earned", outcome, NOT_EARNED) &&
           add_ids(data, "faults", outcome, GRADER_FAULT);
}

static bool json_add_head(cJSON *json, const struct outcome *outcome)
{
    bool good = true;
    if (outcome_has_score(outcome)) {
        bool partial = outcome_count(outcome, NOT_RUN) > 0;
        double score = partial ? outcome_earned(outcome) : outcome_score(outcome);
        good = cJSON_AddNumberToObject(json, "score", score);
    }
    double seconds = to_milliseconds(outcome->seconds);
    good = good && cJSON_AddNumberToObject(json, "execution_time", seconds);
    struct text remark = json_remark(outcome);
    if (remark.start)
        good = good && cJSON_AddStringToObject(json, "output", remark.start);
    text_free(&remark);
    return good && add_data(json, outcome);
}

/* The whole for Gradescope; NULL when memory runs out. */
static char *json_text(const struct outcome *outcome)
{
    cJSON *json = cJSON_CreateObject();
    bool good = json && json_add_head(json, outcome);
    cJSON *tests = good ? cJSON_AddArrayToObject(json, "tests") : NULL;
    good = good && tests;
    for (size_t i = 0; good && !outcome->fault && i < outcome->lab->count; i++)
        if (outcome_status(outcome, i) != NOT_RUN)
            good = cJSON_AddItemToArray(tests, json_test(outcome, i));
    char *text = good ? cJSON_Print(json) : NULL;
    cJSON_Delete(json);
    return text;
}

bool export_json(const struct outcome *outcome, int fd)
{
    char *json = json_text(outcome);
    if (!json) {
        fprintf(stderr, "grader: no memory for the JSON\n");
        return false;
    }
    struct text text = {0};
    text_add(&text, "%s\n", json);
    cJSON_free(json);
    bool good = deliver(fd, &text, "the JSON");
    text_free(&text);
    return good;
}

/* Adds "92/100", the points earned and those that could be, or "no score". */
static void add_points(struct text *text, const struct outcome *outcome)
{
    if (outcome_has_score(outcome))
        text_add(text, "%d/%d", outcome_earned(outcome), outcome_possible(outcome));
    else
        text_add(text, _("no score"));
}

/* Adds STRING as XML text or attribute. text_harmless leaves no character that XML forbids. */
static void add_xml(struct text *xml, const char *string)
{
    struct text copy = {0};
    text_harmless(&copy, string, strlen(string), SIZE_MAX, true);
    for (const char *at = copy.start; at && *at; at++) {
        switch (*at) {
        case '&':
            text_add(xml, "&amp;");
            break;
        case '<':
            text_add(xml, "&lt;");
            break;
        case '>':
            text_add(xml, "&gt;");
            break;
        case '"':
            text_add(xml, "&quot;");
            break;
        default:
            text_add_bytes(xml, at, 1);
        }
    }
    text_free(&copy);
}

/* Adds <ELEMENT message="the first line of OUTPUT">OUTPUT</ELEMENT>. */
static void add_xml_verdict(struct text *xml, const char *element, const struct text *output)
{
    const char *whole = output->start ? output->start : "";
    struct text first = {0};
    text_add_bytes(&first, whole, strcspn(whole, "\n"));
    text_add(xml, "      <%s message=\"", element);
    add_xml(xml, first.start ? first.start : "");
    text_add(xml, "\">");
    add_xml(xml, whole);
    text_add(xml, "</%s>\n", element);
    text_free(&first);
}

/* Adds ` time="1.234"`: made of integers, for in some locales printf(3) writes a comma. */
static void add_xml_time(struct text *xml, double seconds)
{
    long long milliseconds = (long long)(to_milliseconds(seconds) * 1000 + 0.5);
    text_add(xml, " time=\"%lld.%03lld\"", milliseconds / 1000, milliseconds % 1000);
}

static void add_xml_case(struct text *xml, const struct outcome *outcome, size_t index)
{
    static const char *const element[] = {[FAILED] = "failure",
                                          [NOT_EARNED] = "failure",
                                          [OUT] = "skipped",
                                          [GRADER_FAULT] = "error"};
    const struct scenario *scenario = outcome->lab->scenarios[index];
    enum status status = outcome_status(outcome, index);

    text_add(xml, "    <testcase classname=\"");
    add_xml(xml, outcome->lab->name);
    text_add(xml, "\" name=\"");
    add_xml(xml, scenario->id);
    text_add(xml, ": ");
    add_xml(xml, _(scenario->sentence));
    text_add(xml, "\"");
    add_xml_time(xml, outcome->results ? outcome->results[index].seconds : 0);
    if (status == PASSED) {
        text_add(xml, "/>\n");
        return;
    }

    struct text output = output_of(outcome, index);
    text_add(xml, ">\n");
    add_xml_verdict(xml, element[status], &output);
    text_add(xml, "    </testcase>\n");
    text_free(&output);
}

static void add_xml_suite(struct text *xml, const struct outcome *outcome)
{
    text_add(xml, "  <testsuite name=\"lab ");
    add_xml(xml, outcome->lab->name);
    text_add(xml, "\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"",
             outcome->lab->count - outcome_count(outcome, NOT_RUN),
             outcome_count(outcome, FAILED) + outcome_count(outcome, NOT_EARNED),
             outcome_count(outcome, GRADER_FAULT), outcome_count(outcome, OUT));
    add_xml_time(xml, outcome->seconds);
    text_add(xml, ">\n    <properties><property name=\"points\" value=\"");
    add_points(xml, outcome);
    text_add(xml, "\"/></properties>\n");
    for (size_t i = 0; i < outcome->lab->count; i++)
        if (outcome_status(outcome, i) != NOT_RUN)
            add_xml_case(xml, outcome, i);
    if (outcome->build) {
        text_add(xml, "    <system-out>");
        add_xml(xml, outcome->build);
        text_add(xml, "</system-out>\n");
    }
    text_add(xml, "  </testsuite>\n");
}

/* Nothing was played: one error says why. */
static void add_xml_fault(struct text *xml, const struct outcome *outcome)
{
    text_add(xml, "  <testsuite name=\"lab ");
    add_xml(xml, outcome->lab->name);
    text_add(xml, "\" tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\">\n"
                  "    <testcase classname=\"");
    add_xml(xml, outcome->lab->name);
    text_add(xml, "\" name=\"the autograder can work here\">\n");
    struct text reason = {0};
    text_add(&reason, "%s", _(outcome->fault));
    add_xml_verdict(xml, "error", &reason);
    text_free(&reason);
    text_add(xml, "    </testcase>\n  </testsuite>\n");
}

bool export_junit(const struct outcome *outcome, int fd)
{
    struct text xml = {0};
    text_add(&xml, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    if (outcome->fault)
        add_xml_fault(&xml, outcome);
    else
        add_xml_suite(&xml, outcome);
    text_add(&xml, "</testsuites>\n");
    bool good = deliver(fd, &xml, "the XML");
    text_free(&xml);
    return good;
}

bool export_score(const struct outcome *outcome, int fd)
{
    struct text line = {0};
    add_points(&line, outcome);
    text_add(&line, "\n");
    bool good = deliver(fd, &line, "the score");
    text_free(&line);
    return good;
}
