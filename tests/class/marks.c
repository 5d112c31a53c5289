#include "class/marks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LINE = 256, MOST_POINTS = 1000 };

static const char blanks[] = " \t\r,;";

static bool read_points(const char *word, int *points)
{
    char *end;
    long number = strtol(word, &end, 10);
    *points = (int)number;
    return end != word && *end == '\0' && number >= 0 && number <= MOST_POINTS;
}

/* Reads LINE, which it changes. What is wrong with it, or NULL. A line with nothing in it leaves
 *MARK without an id. */
static const char *read_line(struct mark *mark, char *line)
{
    char *rest = NULL;
    *mark = (struct mark){.points = KEEP_POINTS};
    line[strcspn(line, "#")] = '\0';
    const char *word = strtok_r(line, blanks, &rest);
    if (word == NULL)
        return NULL;
    const struct lab_files *lab = find_lab_files(word);
    const char *id = strtok_r(NULL, blanks, &rest);
    if (lab == NULL)
        return "the first word is no lab";
    if (id == NULL || strlen(id) >= MOST_ID)
        return "the second word must be a test (make list-1)";
    mark->lab = (size_t)(lab - all_labs);
    snprintf(mark->id, sizeof mark->id, "%s", id);
    size_t said = 0;
    for (; (word = strtok_r(NULL, blanks, &rest)) != NULL; said++)
        if (strcmp(word, "hidden") == 0)
            mark->hidden = true;
        else if (strcmp(word, "off") == 0)
            mark->off = true;
        else if (mark->points != KEEP_POINTS || !read_points(word, &mark->points))
            return "after the test come its points, hidden or off";
    return said > 0 ? NULL : "after the test come its points, hidden or off";
}

static void add(struct marks *marks, const struct mark *mark)
{
    marks->list = reallocarray(marks->list, marks->count + 1, sizeof marks->list[0]);
    if (marks->list == NULL)
        abort();
    marks->list[marks->count++] = *mark;
}

bool marks_read(struct marks *marks, const struct text *bytes, struct text *why)
{
    const char *at = bytes->start != NULL ? bytes->start : "";
    at += strncmp(at, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    for (size_t number = 1; *at != '\0'; number++) {
        char line[MOST_LINE];
        struct mark mark;
        size_t length = strcspn(at, "\n");
        snprintf(line, sizeof line, "%.*s", (int)(length < MOST_LINE ? length : MOST_LINE), at);
        const char *wrong = length < MOST_LINE ? read_line(&mark, line) : "is too long";
        if (wrong == NULL && mark.id[0] != '\0' && mark_of(marks, mark.lab, mark.id) != NULL)
            wrong = "the test has a line already";
        if (wrong != NULL) {
            text_add(why, "line %zu: %s", number, wrong);
            return false;
        }
        if (mark.id[0] != '\0')
            add(marks, &mark);
        at += length + (at[length] == '\n');
    }
    return true;
}

void marks_free(struct marks *marks)
{
    free(marks->list);
    *marks = (struct marks){0};
}

bool marks_touch(const struct marks *marks, size_t lab)
{
    for (size_t i = 0; i < marks->count; i++)
        if (marks->list[i].lab == lab)
            return true;
    return false;
}

const struct mark *mark_of(const struct marks *marks, size_t lab, const char *id)
{
    for (size_t i = 0; i < marks->count; i++)
        if (marks->list[i].lab == lab && strcmp(marks->list[i].id, id) == 0)
            return &marks->list[i];
    return NULL;
}

/* Adds the points of all tests in LIST, and counts those that have a mark. */
static int add_up(const struct marks *marks, size_t lab, const struct text *list, size_t *found)
{
    int sum = 0;
    for (const char *at = list->start; at != NULL && *at != '\0';) {
        char id[MOST_ID];
        int points = 0;
        if (sscanf(at, "%63s %d", id, &points) == 2) { // NOLINT(cert-err34-c): our own numbers
            const struct mark *mark = mark_of(marks, lab, id);
            *found += mark != NULL;
            if (mark != NULL && mark->points != KEEP_POINTS)
                points = mark->points;
            sum += mark != NULL && mark->off ? 0 : points;
        }
        at += strcspn(at, "\n");
        at += *at == '\n';
    }
    return sum;
}

/* Does a line of LIST begin with ID? */
static bool lists(const struct text *list, const char *id)
{
    size_t length = strlen(id);
    for (const char *at = list->start; at != NULL && *at != '\0';) {
        if (strncmp(at, id, length) == 0 && at[length] == ' ')
            return true;
        at += strcspn(at, "\n");
        at += *at == '\n';
    }
    return false;
}

bool marks_check(const struct marks *marks, size_t lab, const struct text *list, struct text *why)
{
    size_t found = 0;
    const char *name = all_labs[lab].name;
    int sum = add_up(marks, lab, list, &found);
    for (size_t i = 0; i < marks->count; i++)
        if (marks->list[i].lab == lab && !lists(list, marks->list[i].id)) {
            text_add(why, "%s has no test %s (make list-%zu)", name, marks->list[i].id, lab + 1);
            return false;
        }
    if (sum == 0)
        text_add(why, "no test of %s has any points left", name);
    else if (sum != 100)
        text_add(why,
                 "the points of %s add up to %d, not to 100: each score is scaled, so that "
                 "all of them are 100",
                 name, sum);
    return sum > 0;
}

void marks_apply(const struct marks *marks, size_t lab, struct verdict *verdict)
{
    if (!marks_touch(marks, lab) || !verdict->scored)
        return;
    verdict->earned = verdict->possible = 0;
    for (size_t i = 0; i < verdict->count; i++) {
        struct test *test = &verdict->tests[i];
        const struct mark *mark = mark_of(marks, lab, test->id);
        if (mark != NULL && mark->points != KEEP_POINTS)
            test->points = mark->points;
        if (mark != NULL && mark->off)
            test->status = TEST_OUT;
        if (mark != NULL)
            test->hidden = mark->hidden;
        if (test->status == TEST_OUT || test->status == TEST_FAULT)
            continue;
        verdict->possible += test->points;
        verdict->earned += test->status == TEST_PASSED ? test->points : 0;
    }
    verdict->scored = verdict->possible > 0;
    verdict->score =
        verdict->scored ? (double)verdict->earned * 100 / (double)verdict->possible : 0;
}
