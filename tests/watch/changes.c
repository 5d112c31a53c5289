#include "watch/changes.h"

#include "grader/base/messages.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 4 << 20, MOST_NAMES = 4 };

cJSON *changes_read(const char *path)
{
    FILE *file = fopen(path, "r");
    char *bytes = file != NULL ? malloc(MOST_BYTES) : NULL;
    cJSON *results = NULL;
    if (bytes != NULL) {
        size_t length = fread(bytes, 1, MOST_BYTES, file);
        results = cJSON_ParseWithLength(bytes, length);
    }
    free(bytes);
    if (file != NULL)
        fclose(file);
    return results;
}

static const char *field_of(const cJSON *test, const char *name)
{
    const cJSON *data = cJSON_GetObjectItem(test, "extra_data");
    const char *value = cJSON_GetStringValue(cJSON_GetObjectItem(data, name));
    return value != NULL ? value : "";
}

static bool passes(const cJSON *test)
{
    return strcmp(field_of(test, "verdict"), "passed") == 0;
}

/* The test of the same name in RESULTS; NULL if it is not there. */
static const cJSON *find_test(const cJSON *results, const cJSON *test)
{
    const cJSON *other;
    cJSON_ArrayForEach(other,
                       cJSON_GetObjectItem(results, "tests")) if (strcmp(field_of(other, "id"),
                                                                         field_of(test, "id")) ==
                                                                  0) return other;
    return NULL;
}

/* Prints the tests that PASS now, or fail, and did the opposite before. */
static void tell_some(const cJSON *before, const cJSON *now, bool pass)
{
    const cJSON *test;
    size_t count = 0;
    cJSON_ArrayForEach(test, cJSON_GetObjectItem(now, "tests"))
    {
        const cJSON *then = find_test(before, test);
        if (then == NULL || passes(test) != pass || passes(then) == pass)
            continue;
        if (count < MOST_NAMES)
            printf("%s%s",
                   _(count > 0 ? ", "
                     : pass    ? "  now passed: "
                               : "  now failed: "),
                   field_of(test, "id"));
        count++;
    }
    if (count > MOST_NAMES)
        printf(_(" and %zu more"), count - MOST_NAMES);
    if (count > 0)
        printf("\n");
}

static double score_of(const cJSON *results)
{
    const cJSON *test;
    double sum = 0;
    cJSON_ArrayForEach(test, cJSON_GetObjectItem(results, "tests"))
    {
        const cJSON *score = cJSON_GetObjectItem(test, "score");
        sum += cJSON_IsNumber(score) ? score->valuedouble : 0;
    }
    return sum;
}

void changes_tell(const cJSON *before, const cJSON *now)
{
    if (before == NULL || now == NULL)
        return;
    double then = score_of(before);
    double score = score_of(now);
    if (then == score)
        printf(_("since last time: still %.0f points\n"), score);
    else
        printf(_("since last time: %.0f → %.0f points\n"), then, score);
    tell_some(before, now, true);
    tell_some(before, now, false);
}
