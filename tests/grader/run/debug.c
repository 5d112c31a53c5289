#include "grader/run/debug.h"

#include "grader/base/settings.h"
#include "grader/run/run.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Deadlines are so many times as long: hours. */
static const double PATIENCE = 1000;

static const char ending[] = ".c:";

/* The next place of the form NAME.c:NUMBER at or behind AT; its length. NULL if there is none. */
static const char *next_place(const char *at, size_t *length)
{
    for (const char *dot; (dot = strstr(at, ending)) != NULL; at = dot + 1) {
        const char *end = dot + strlen(ending);
        size_t digits = strspn(end, "0123456789");
        const char *name = dot;
        while (name > at && (isalnum((unsigned char)name[-1]) || strchr("_-", name[-1]) != NULL))
            name--;
        *length = (size_t)(end - name) + digits;
        if (digits > 0 && name < dot)
            return name;
    }
    return NULL;
}

/* Copies the first or the LAST place in TEXT; false if there is none. */
static bool copy_place(const char *text, bool last, char *place, size_t size)
{
    size_t length;
    bool found = false;
    for (const char *at = text; (at = next_place(at, &length)) != NULL; at += length) {
        snprintf(place, size, "%.*s", (int)length, at);
        found = true;
        if (!last)
            break;
    }
    return found;
}

void debug_find_place(const struct result *result, char *place, size_t size)
{
    place[0] = '\0';
    if (!copy_place(result->cause, false, place, size) &&
        !copy_place(result->ladder, true, place, size))
        copy_place(result->story, false, place, size);
}

static bool is_the_one(const struct scenario *scenario, void *argument)
{
    return scenario == argument;
}

static void tell_nobody(size_t index, void *argument)
{
    (void)index;
    (void)argument;
}

void debug_again(const struct lab *lab, struct result *results, size_t index, int fd)
{
    char place[128] = "";
    const struct result *before = &results[index];
    bool passed = before->status == PASSED;
    bool failed = before->status == FAILED || before->status == NOT_EARNED;
    if (before->programs == 0 || (!passed && !failed))
        return;
    if (failed)
        debug_find_place(before, place, sizeof place);
    if (failed && place[0] == '\0')
        snprintf(place, sizeof place, "main");
    if (dprintf(fd, "%s\n", place) < 0)
        return;
    settings.debugged = before->programs - 1;
    settings.debugger = fd;
    settings.patience = PATIENCE;
    run_scenarios(lab, results, 1, is_the_one, tell_nobody, (void *)lab->scenarios[index]);
}
