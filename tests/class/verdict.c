#include "class/verdict.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

static char *string_of(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    char *copy = strdup(cJSON_IsString(item) ? item->valuestring : "");
    if (copy == NULL)
        abort();
    return copy;
}

static double number_of(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsNumber(item) ? item->valuedouble : 0;
}

/* Nothing counted is larger; NaN is nothing. */
static int count_of(const cJSON *object, const char *name)
{
    const double most = 1e6;
    double number = number_of(object, name);
    return number >= 0 ? (int)(number < most ? number : most) : 0;
}

static enum test_status status_of(const char *word)
{
    static const char *const words[] = {"passed", "failed", "not earned", "out"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i], word) == 0)
            return (enum test_status)i;
    return TEST_FAULT;
}

static void read_test(struct test *test, const cJSON *item)
{
    const cJSON *data = cJSON_GetObjectItemCaseSensitive(item, "extra_data");
    char *word = string_of(data, "verdict");
    *test = (struct test){.id = string_of(data, "id"),
                          .name = string_of(item, "name"),
                          .output = string_of(item, "output"),
                          .cause = string_of(data, "cause"),
                          .points = count_of(data, "points"),
                          .status = status_of(word),
                          .seconds = number_of(data, "seconds")};
    free(word);
}

bool verdict_read(struct verdict *verdict, const struct text *json)
{
    *verdict = (struct verdict){0};
    cJSON *whole = cJSON_ParseWithLength(json->start != NULL ? json->start : "", json->length);
    const cJSON *data = cJSON_GetObjectItemCaseSensitive(whole, "extra_data");
    const cJSON *tests = cJSON_GetObjectItemCaseSensitive(whole, "tests");
    const cJSON *item;
    if (!cJSON_IsObject(data) || !cJSON_IsArray(tests)) {
        cJSON_Delete(whole);
        return false;
    }
    verdict->scored = cJSON_HasObjectItem(whole, "score");
    verdict->score = number_of(whole, "score");
    verdict->earned = count_of(data, "earned");
    verdict->possible = count_of(data, "possible");
    verdict->seconds = number_of(whole, "execution_time");
    verdict->remark = string_of(whole, "output");
    verdict->broken = string_of(data, "broken_below");
    verdict->tests = calloc((size_t)cJSON_GetArraySize(tests) + 1, sizeof verdict->tests[0]);
    if (verdict->tests == NULL)
        abort();
    for (item = tests->child; item != NULL; item = item->next)
        read_test(&verdict->tests[verdict->count++], item);
    cJSON_Delete(whole);
    return true;
}

void verdict_free(struct verdict *verdict)
{
    for (size_t i = 0; i < verdict->count; i++) {
        free(verdict->tests[i].id);
        free(verdict->tests[i].name);
        free(verdict->tests[i].output);
        free(verdict->tests[i].cause);
    }
    free(verdict->tests);
    free(verdict->remark);
    free(verdict->broken);
    *verdict = (struct verdict){0};
}

size_t verdict_count(const struct verdict *verdict, enum test_status status)
{
    size_t count = 0;
    for (size_t i = 0; i < verdict->count; i++)
        count += verdict->tests[i].status == status;
    return count;
}
