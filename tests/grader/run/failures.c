#include "grader/run/failures.h"

#include "grader/base/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { TAIL = 70 }; /* so much of a story tells how it ended: "nothing came back, then ..." */

/* ---- what belongs together ---- */

/* Are the bytes at FIELD behind a quote that begins, or in front of one that ends? QUOTED: those
   before were. Other languages have quotes of their own for either end. */
static bool is_quoted(const char *field, size_t length, bool quoted)
{
    static const char begin[] = "“", end[] = "”";
    if (field[0] == '"')
        return !quoted;
    if (length >= sizeof begin - 1 && memcmp(field, begin, sizeof begin - 1) == 0)
        return true;
    return quoted && (length < sizeof end - 1 || memcmp(field, end, sizeof end - 1) != 0);
}

/* Adds FIELD, of SIZE bytes, without what differs from test to test: words in quotes, and numbers
   that are no lines of the source. */
static void add_skeleton(struct text *text, const char *field, size_t size)
{
    size_t length = strnlen(field, size);
    bool quoted = false;
    for (size_t i = 0; i < length; i++) {
        quoted = is_quoted(field + i, length - i, quoted);
        bool counts = isdigit((unsigned char)field[i]) &&
                      (i == 0 || (field[i - 1] != ':' && !isdigit((unsigned char)field[i - 1])));
        if (quoted)
            continue;
        if (!counts)
            text_add_bytes(text, field + i, 1);
        while (counts && i + 1 < length && isdigit((unsigned char)field[i + 1]))
            i++;
    }
}

/* What the tests of one failure have in common, and others have not. */
static struct text key_of(const struct result *result)
{
    struct text key = {0};
    struct text story = {0};
    if (result->unwritten[0] != '\0') {
        text_add(&key, "not begun: %.*s", (int)sizeof result->unwritten, result->unwritten);
        return key;
    }
    text_add(&key, "%d ", result->status);
    if (result->cause_id[0] != '\0') {
        text_add(&key, "cause: %.*s", (int)sizeof result->cause_id, result->cause_id);
        return key;
    }
    add_skeleton(&key, result->cause, sizeof result->cause);
    add_skeleton(&story, result->story, sizeof result->story);
    if (story.start != NULL)
        text_add(&key, " %s", story.start + (story.length > TAIL ? story.length - TAIL : 0));
    text_free(&story);
    return key;
}

/* ---- what comes first ---- */

/* Where the part of LAB that the test in place INDEX belongs to begins in the table. */
static size_t part_of(const struct lab *lab, size_t index)
{
    char wanted[LAB_NAME];
    char part[LAB_NAME] = "";
    scenario_part(lab->scenarios[index], wanted);
    size_t first = 0;
    for (; first < index; first++) {
        scenario_part(lab->scenarios[first], part);
        if (strcmp(part, wanted) == 0)
            break;
    }
    return first;
}

/* What could not be tested comes behind all that has failed, which may be why. */
static bool is_untested(const struct result *result)
{
    return result->status != FAILED;
}

static int compare(size_t a, size_t b)
{
    return a < b ? -1 : a > b;
}

/* Is the failure LEFT, of OUTCOME, to be mended before RIGHT? Less than 0, as for qsort(3). */
static int by_order(const void *left, const void *right, void *argument)
{
    const struct outcome *outcome = argument;
    const struct failure *a = left;
    const struct failure *b = right;
    const struct result *one = &outcome->results[a->told];
    const struct result *two = &outcome->results[b->told];
    int order = compare(a->not_begun, b->not_begun);
    if (order == 0 && !a->not_begun)
        order = compare(is_untested(one), is_untested(two));
    if (order == 0 && !a->not_begun)
        order = compare(part_of(outcome->lab, a->first), part_of(outcome->lab, b->first));
    if (order == 0 && !a->not_begun)
        order = compare(two->proven, one->proven);
    return order != 0 ? order : compare(a->first, b->first);
}

/* ---- finding them ---- */

static bool has_failed(const struct result *result)
{
    return result->status == FAILED || result->status == NOT_EARNED;
}

/* The first test whose failure is the same as that of the test in place INDEX, by their KEYS. */
static size_t first_like(const struct text *keys, size_t index)
{
    size_t first = 0;
    while (first < index &&
           (keys[first].start == NULL || strcmp(keys[first].start, keys[index].start) != 0))
        first++;
    return first;
}

/* A picture of many peers is hard to read; of two at most, the first test says it best. */
static bool is_simpler(const struct result *result, const struct outcome *outcome,
                       const struct failure *failure)
{
    size_t peers = outcome->results[failure->told].peers;
    return peers > 2 && result->peers < peers;
}

/* Adds the test in place INDEX to FAILURE, which may be new: {0}. */
static void count_in(struct failure *failure, const struct outcome *outcome, size_t index)
{
    const struct result *result = &outcome->results[index];
    failure->not_begun = result->unwritten[0] != '\0';
    if (failure->count == 0)
        failure->first = index;
    if (failure->count == 0 || (!failure->not_begun && is_simpler(result, outcome, failure)))
        failure->told = index;
    failure->count++;
    failure->points += outcome->lab->scenarios[index]->points;
}

/* The places in the list are known once it is sorted. */
static void place_tests(struct failures *failures, const struct text *keys, size_t tests)
{
    for (size_t i = 0; i < tests; i++) {
        failures->of[i] = failures->count;
        for (size_t k = 0; keys[i].start != NULL && k < failures->count; k++)
            if (strcmp(keys[failures->list[k].told].start, keys[i].start) == 0)
                failures->of[i] = k;
    }
}

void failures_find(struct failures *failures, const struct outcome *outcome)
{
    size_t tests = outcome->lab->count;
    struct text *keys = calloc(tests, sizeof *keys);
    size_t *places = calloc(tests, sizeof *places);
    *failures = (struct failures){.list = calloc(tests, sizeof *failures->list),
                                  .of = calloc(tests, sizeof *failures->of)};
    if (keys == NULL || places == NULL || failures->list == NULL || failures->of == NULL)
        abort(); /* as text_add() does */
    for (size_t i = 0; i < tests; i++) {
        if (!has_failed(&outcome->results[i]))
            continue;
        keys[i] = key_of(&outcome->results[i]);
        size_t first = first_like(keys, i);
        places[i] = first < i ? places[first] : failures->count++;
        count_in(&failures->list[places[i]], outcome, i);
    }
    qsort_r(failures->list, failures->count, sizeof *failures->list, by_order, (void *)outcome);
    place_tests(failures, keys, tests);
    for (size_t i = 0; i < tests; i++)
        text_free(&keys[i]);
    free(keys);
    free(places);
}

void failures_free(struct failures *failures)
{
    free(failures->list);
    free(failures->of);
    *failures = (struct failures){.list = NULL};
}
