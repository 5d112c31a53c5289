/* What a student may see, also where an instructor has changed the points: judge.h. */
#include "class/judge.h"

#include "grade/take.h"
#include "grader/base/messages.h"

#include <cjson/cJSON.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_SAID = 1 << 20 };

/* At home, what the compiler says stands above the report, which refers to it there. */
static void add_above(struct text *text, const struct job *job)
{
    struct text both = {0};
    char *path = NULL;
    if (asprintf(&path, "%s/errors.txt", job->folder) == -1)
        abort();
    if (read_plain_file(AT_FDCWD, path, MOST_SAID, &both) && both.length > 0) {
        text_add(&both, "\n");
        if (text->length > 0)
            text_add_bytes(&both, text->start, text->length);
        text_free(text);
        *text = both;
    } else {
        text_free(&both);
    }
    free(path);
}

static void add_tests(struct text *text, const struct verdict *verdict)
{
    size_t hidden = 0;
    int earned = 0;
    int possible = 0;
    for (size_t i = 0; i < verdict->count; i++) {
        const struct test *test = &verdict->tests[i];
        bool passed = test->status == TEST_PASSED;
        if (test->status == TEST_OUT)
            continue;
        if (!test->hidden) {
            text_add(text, "%s %s  %d/%d\n", passed ? "✓" : "✗", test->name,
                     passed ? test->points : 0, test->points);
            if (!passed && test->output[0] != '\0')
                text_add(text, "%s\n\n", test->output);
            continue;
        }
        hidden++;
        possible += test->points;
        earned += passed ? test->points : 0;
    }
    if (hidden > 0)
        text_add(text, _("%zu hidden %s  %d/%d\n"), hidden, text_plural(hidden, "test", "tests"),
                 earned, possible);
}

bool handback_text(struct text *text, const struct job *job, const struct session *session)
{
    const struct verdict *verdict = &job->verdict;
    const char *name = all_labs[job->lab].name;
    if (marks_touch(&session->marks, job->lab) && verdict->scored) {
        text_free(text);
        *text = (struct text){0};
        text_add(text, _("%slab %s"), "", name);
        text_add(text, "\n\n");
        if (verdict->remark[0] != '\0')
            text_add(text, "%s\n\n", verdict->remark);
        add_tests(text, verdict);
        text_add(text, "\n");
        text_add(text, _("%slab %s"), "", name);
        text_add(text, "%s%d/%d\n", _(": "), verdict->earned, verdict->possible);
    } else if (verdict->scored) {
        add_above(text, job);
    }
    if (job->cost > 0)
        text_add(text, _("late: %.4g of 100 points are taken off, which leaves %.4g\n"), job->cost,
                 verdict->score);
    return true;
}

/* The XML has the tests and points of the lab, and cannot be changed: where these do not count,
   there is none. */
bool handback_xml(struct text *xml, const struct job *job, const struct session *session)
{
    (void)xml;
    return !marks_touch(&session->marks, job->lab);
}

static const struct test *test_of(const struct verdict *verdict, const cJSON *item)
{
    const cJSON *data = cJSON_GetObjectItemCaseSensitive(item, "extra_data");
    const char *id = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(data, "id"));
    for (size_t i = 0; id != NULL && i < verdict->count; i++)
        if (strcmp(verdict->tests[i].id, id) == 0)
            return &verdict->tests[i];
    return NULL;
}

static void set_number(cJSON *object, const char *name, double number)
{
    cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    if (item != NULL)
        cJSON_SetNumberValue(item, number);
}

static void change_tests(cJSON *tests, const struct verdict *verdict)
{
    for (cJSON *item = tests != NULL ? tests->child : NULL, *next; item != NULL; item = next) {
        const struct test *test = test_of(verdict, item);
        next = item->next;
        if (test == NULL || test->hidden || test->status == TEST_OUT) {
            cJSON_Delete(cJSON_DetachItemViaPointer(tests, item));
            continue;
        }
        set_number(item, "score", test->status == TEST_PASSED ? test->points : 0);
        set_number(item, "max_score", test->points);
        set_number(cJSON_GetObjectItemCaseSensitive(item, "extra_data"), "points", test->points);
    }
}

bool handback_json(struct text *json, const struct job *job, const struct session *session)
{
    const struct verdict *verdict = &job->verdict;
    bool marked = marks_touch(&session->marks, job->lab);
    if (!verdict->scored || (!marked && !(job->cost > 0)))
        return true;
    cJSON *whole = cJSON_ParseWithLength(json->start != NULL ? json->start : "", json->length);
    cJSON *data = cJSON_GetObjectItemCaseSensitive(whole, "extra_data");
    set_number(whole, "score", verdict->score);
    set_number(data, "earned", verdict->earned);
    set_number(data, "possible", verdict->possible);
    cJSON_AddNumberToObject(data, "late", job->cost);
    if (marked) {
        static const char *const lists[] = {"out", "not_earned", "faults"}; /* name hidden tests */
        for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
            cJSON_DeleteItemFromObjectCaseSensitive(data, lists[i]);
        change_tests(cJSON_GetObjectItemCaseSensitive(whole, "tests"), verdict);
    }
    char *string = cJSON_Print(whole);
    text_free(json);
    *json = (struct text){0};
    if (string != NULL)
        text_add(json, "%s\n", string);
    cJSON_free(string);
    cJSON_Delete(whole);
    return json->length > 0;
}
