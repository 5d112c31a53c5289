#include "grader/run/hint.h"

#include "grader/base/settings.h"
#include "grader/run/advice.h"
#include "grader/run/failures.h"
#include "grader/run/lines.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { HINTS = 3, MOST_BYTES = 1 << 20 };

/* ---- which hint it is ---- */

static uint64_t mix(uint64_t hash, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * 1099511628211U;
    return hash;
}

/* A number for what the student's files of this lab are now, in whatever order they are read. */
static uint64_t digest_sources(void)
{
    uint64_t all = 0;
    const struct dirent *entry;
    DIR *folder = opendir(settings.sources);
    if (folder == NULL)
        return 0;
    while ((entry = readdir(folder)) != NULL) {
        struct text bytes = {0};
        int fd = openat(dirfd(folder), entry->d_name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        uint64_t hash = mix(14695981039346656037U, entry->d_name, strlen(entry->d_name));
        if (fd != -1 && text_read(&bytes, fd, MOST_BYTES))
            all += mix(hash, bytes.start != NULL ? bytes.start : "", bytes.length);
        if (fd != -1)
            close(fd);
        text_free(&bytes);
    }
    closedir(folder);
    return all;
}

/* Counts one more hint for the test ID, and returns how many that makes. */
static int count_hint(const char *id, int state)
{
    char before[160] = "";
    char now[128];
    int given = 0;
    snprintf(now, sizeof now, "%s %" PRIx64 " ", id, digest_sources());
    ssize_t length = pread(state, before, sizeof before - 1, 0);
    size_t same = strlen(now);
    if (length > 0 && strncmp(before, now, same) == 0 && before[same] >= '0' && before[same] <= '9')
        given = before[same] - '0';
    if (given <= HINTS) /* one more than there are: all were given, and that was said */
        given++;
    if (ftruncate(state, 0) == -1 || lseek(state, 0, SEEK_SET) == -1 ||
        dprintf(state, "%s%d\n", now, given) < 0)
        perror("grader: the hint that was given cannot be written down");
    return given;
}

/* ---- the hints ---- */

static void add_first(struct text *words, const struct outcome *outcome,
                      const struct scenario *scenario, const struct result *result)
{
    if (result->unwritten[0] != '\0') {
        struct text name = lines_field(result->unwritten, sizeof result->unwritten);
        text_add(words, _("%s is not written yet. Read the comments in it and in the header, and "),
                 name.start);
        text_free(&name);
    } else {
        text_add(words, _("Read "));
    }
    advice_where(words, outcome->lab, scenario, result);
    text_add(words, _("."));
}

/* What the program did: the cause if one was found, and else what was seen. */
static void add_third(struct text *words, const struct result *result)
{
    struct text cause = lines_field(result->cause, sizeof result->cause);
    struct text story = lines_field(result->story, sizeof result->story);
    if (cause.start != NULL)
        text_add(words, "%s", cause.start);
    else if (story.start != NULL)
        text_add(words, "%s", story.start);
    text_free(&cause);
    text_free(&story);
}

static void add_hint(struct text *out, const struct report *report, const struct outcome *outcome,
                     size_t index, int number)
{
    const struct scenario *scenario = outcome->lab->scenarios[index];
    const struct result *result = &outcome->results[index];
    const char *hint = advice_hint(scenario, result);
    struct text words = {0};
    if (number == 1)
        add_first(&words, outcome, scenario, result);
    else if (number == 2 && hint != NULL)
        text_add(&words, "%s", hint);
    else
        add_third(&words, result);
    text_wrap(out, words.start != NULL ? words.start : "", report->width, 4);
    if (number >= HINTS)
        lines_ladder(out, result, REPORT_LINES / 2);
    else
        text_add(out, "\n");
    text_free(&words);
}

static void add_what_next(struct text *out, const struct outcome *outcome,
                          const struct scenario *scenario, int given)
{
    struct text command = {0};
    lines_target(&command, outcome, given < HINTS ? "hint" : "trace");
    if (given < HINTS)
        text_add(out, _("%s gives the next hint.\n"), command.start);
    else
        text_add(out,
                 _("There are no more hints for this test until you change your code. Look at it "
                   "as it runs:\n%s TEST=%s\n"),
                 command.start, scenario->id);
    text_free(&command);
}

void hint_give(struct report *report, const struct outcome *outcome, int state)
{
    struct failures failures;
    struct text out = {0};
    failures_find(&failures, outcome);
    if (failures.count == 0 && outcome_has_score(outcome)) {
        text_add(&out, _("No test fails, so there is nothing to give a hint for.\n"));
    } else if (failures.count == 0) {
        text_add(&out, _("There is no result to give a hint for.\n"));
    } else {
        const struct scenario *scenario = outcome->lab->scenarios[failures.list[0].told];
        int given = count_hint(scenario->id, state);
        int number = given < HINTS ? given : HINTS;
        text_add(&out, _("%shint %d of %d%s for %s: %s\n\n"), lines_paint(report, BOLD), number,
                 HINTS, lines_paint(report, PLAIN), scenario->id, _(scenario->sentence));
        add_hint(&out, report, outcome, failures.list[0].told, number);
        add_what_next(&out, outcome, scenario, given);
    }
    fputs(out.start, report->stream);
    failures_free(&failures);
    text_free(&out);
}
