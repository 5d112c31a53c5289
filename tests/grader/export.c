#include "grader/export.h"
#include "grader/text.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char not_built[] = "The programs could not be built.";
static const char untested[] = "So this was not tested, and no points are lost.";
static const char fault[] = "This is a fault of the autograder, and no points are lost.";

static bool fail(const char *path, const char *reason)
{
    fprintf(stderr, "grader: %s: %s\n", path, reason);
    return false;
}

/* Is PATH free for a file to be renamed to it? Renaming over a link or a device, such as
   /dev/stdout, would take it away from everybody else. */
static bool is_replaceable(const char *path)
{
    struct stat there;
    if (lstat(path, &there) < 0)
        return errno == ENOENT || fail(path, strerror(errno));
    return S_ISREG(there.st_mode) || fail(path, "not a regular file");
}

/* Writes TEXT to FD, with the permissions any new file gets, and closes it. False with errno. */
static bool fill(int fd, const struct text *text)
{
    mode_t mask = umask(0);
    umask(mask);
    bool good = fchmod(fd, 0666 & ~mask) == 0;
    for (size_t done = 0; good && done < text->length;) {
        ssize_t count = write(fd, text->start + done, text->length - done);
        if (count >= 0)
            done += (size_t)count;
        else
            good = errno == EINTR;
    }
    int error = errno;
    if (close(fd) < 0 && good)
        return false;
    errno = error;
    return good;
}

static bool write_whole(const char *path, const struct text *text)
{
    if (!is_replaceable(path))
        return false;

    struct text temporary = {0};
    text_add(&temporary, "%s.XXXXXX", path);
    int fd = mkostemp(temporary.start, O_CLOEXEC);
    bool good = fd >= 0;
    if (!good) {
        fail(path, errno == ENOENT ? "there is no such directory" : strerror(errno));
    } else if (!fill(fd, text) || rename(temporary.start, path) < 0) {
        good = fail(path, strerror(errno));
        unlink(temporary.start);
    }
    text_free(&temporary);
    return good;
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
    const struct scenario *scenario = &outcome->lab->scenarios[index];
    const struct result *result = &outcome->results[index];
    struct text text = {0};
    if (result->status == PASSED)
        return text;

    add_part(&text, result->story, sizeof result->story);
    add_part(&text, result->ladder, sizeof result->ladder);
    add_part(&text, result->cause, sizeof result->cause);
    if (result->status == NOT_TESTED)
        add_part(&text, untested, sizeof untested);
    if (result->status == GRADER_FAULT)
        add_part(&text, fault, sizeof fault);
    if (result->status == FAILED) {
        add_part(&text, scenario->hint, strlen(scenario->hint));
        text_add(&text, "\n%s, \"%s\"", outcome->lab->handout, scenario->section);
    }
    return text;
}

static struct text output_of(const struct outcome *outcome, size_t index)
{
    struct text text = {0};
    if (outcome->results)
        return explanation(outcome, index);
    text_add(&text, "%s", not_built);
    return text;
}

static double to_milliseconds(double seconds)
{
    return seconds > 0 ? (double)(int64_t)(seconds * 1000 + 0.5) / 1000 : 0;
}

static bool has_verdict(enum status status)
{
    return status == PASSED || status == FAILED;
}

/* Scenario INDEX for Gradescope; NULL when memory runs out. */
static cJSON *json_test(const struct outcome *outcome, size_t index)
{
    const struct scenario *scenario = &outcome->lab->scenarios[index];
    enum status status = outcome_status(outcome, index);
    bool verdict = has_verdict(status), passed = status == PASSED;
    struct text output = output_of(outcome, index);

    cJSON *test = cJSON_CreateObject();
    bool good = test && cJSON_AddStringToObject(test, "name", scenario->sentence);
    if (verdict)
        good = good && cJSON_AddNumberToObject(test, "score", passed ? scenario->points : 0) &&
               cJSON_AddStringToObject(test, "status", passed ? "passed" : "failed");
    good = good && cJSON_AddNumberToObject(test, "max_score", verdict ? scenario->points : 0);
    if (output.start)
        good = good && cJSON_AddStringToObject(test, "output", output.start);
    cJSON *tags = good ? cJSON_AddArrayToObject(test, "tags") : NULL;
    good = tags && cJSON_AddItemToArray(tags, cJSON_CreateString(scenario->id));
    text_free(&output);
    if (!good) {
        cJSON_Delete(test);
        return NULL;
    }
    return test;
}

/* What the score means, where that is not plain. */
static struct text json_remark(const struct outcome *outcome)
{
    struct text remark = {0};
    int possible = outcome_possible(outcome), left = outcome_left_out(outcome);
    if (!outcome->results)
        text_add(&remark, "%s", not_built);
    else if (possible == 0)
        text_add(&remark, "No test came to a verdict, so there is no score.");
    else if (outcome_count(outcome, NOT_RUN) > 0)
        text_add(&remark, "Only a part of the lab was run: %d of its points were to be earned.",
                 possible);
    else if (left > 0)
        text_add(&remark, "%d point%s left out for want of a verdict: %d of the other %d earned.",
                 left, left == 1 ? "" : "s", outcome_earned(outcome), possible);
    return remark;
}

static bool json_add_head(cJSON *json, const struct outcome *outcome)
{
    bool partial = outcome_count(outcome, NOT_RUN) > 0;
    int score = partial ? outcome_earned(outcome) : outcome_score(outcome);
    double seconds = to_milliseconds(outcome->seconds);
    struct text remark = json_remark(outcome);

    bool good = true;
    if (outcome_possible(outcome) > 0)
        good = cJSON_AddNumberToObject(json, "score", score);
    good = good && cJSON_AddNumberToObject(json, "execution_time", seconds);
    if (remark.start)
        good = good && cJSON_AddStringToObject(json, "output", remark.start);
    text_free(&remark);
    return good;
}

/* The whole for Gradescope; NULL when memory runs out. */
static char *json_text(const struct outcome *outcome)
{
    cJSON *json = cJSON_CreateObject();
    bool good = json && json_add_head(json, outcome);
    cJSON *tests = good ? cJSON_AddArrayToObject(json, "tests") : NULL;
    good = good && tests;
    for (size_t i = 0; good && i < outcome->lab->count; i++)
        if (outcome_status(outcome, i) != NOT_RUN)
            good = cJSON_AddItemToArray(tests, json_test(outcome, i));
    char *text = good ? cJSON_Print(json) : NULL;
    cJSON_Delete(json);
    return text;
}

bool export_json(const struct outcome *outcome, const char *path)
{
    char *json = json_text(outcome);
    if (!json)
        return fail(path, "out of memory");
    struct text text = {0};
    text_add(&text, "%s\n", json);
    cJSON_free(json);
    bool good = write_whole(path, &text);
    text_free(&text);
    return good;
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
    static const char *const element[] = {
        [FAILED] = "failure", [NOT_TESTED] = "skipped", [GRADER_FAULT] = "error"};
    const struct scenario *scenario = &outcome->lab->scenarios[index];
    enum status status = outcome_status(outcome, index);

    text_add(xml, "    <testcase classname=\"");
    add_xml(xml, outcome->lab->name);
    text_add(xml, "\" name=\"");
    add_xml(xml, scenario->id);
    text_add(xml, ": ");
    add_xml(xml, scenario->sentence);
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
             outcome->lab->count - outcome_count(outcome, NOT_RUN), outcome_count(outcome, FAILED),
             outcome_count(outcome, GRADER_FAULT), outcome_count(outcome, NOT_TESTED));
    add_xml_time(xml, outcome->seconds);
    text_add(xml, ">\n    <properties><property name=\"points\" value=\"%d/%d\"/></properties>\n",
             outcome_earned(outcome), outcome_possible(outcome));
    for (size_t i = 0; i < outcome->lab->count; i++)
        if (outcome_status(outcome, i) != NOT_RUN)
            add_xml_case(xml, outcome, i);
    text_add(xml, "  </testsuite>\n");
}

bool export_junit(const struct outcome *outcome, const char *path)
{
    struct text xml = {0};
    text_add(&xml, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    add_xml_suite(&xml, outcome);
    text_add(&xml, "</testsuites>\n");
    bool good = write_whole(path, &xml);
    text_free(&xml);
    return good;
}
