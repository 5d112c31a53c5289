#include "grader/run/brief.h"

#include "grader/run/advice.h"
#include "grader/run/failures.h"
#include "grader/run/lines.h"

#include <stdint.h>
#include <string.h>

enum {
    LADDER_LEAST = 12,    /* lines of the picture that other failures never take */
    LIST_LINES = 2,       /* of the tests of another failure; the rest is counted; */
    FIRST_LIST_LINES = 4, /* and of the first one */
    INDENT = 4,
};

/* What brief_tell() works with. */
struct brief {
    const struct report *report;
    const struct outcome *outcome;
    struct failures failures;
};

/* ---- how far each part is ---- */

struct part {
    char name[LAB_NAME];
    size_t played, passed, not_begun, out;
    int earned, possible;
};

static void count_in(struct part *part, const struct result *result, int points)
{
    bool played = result->status != OUT && result->status != NOT_RUN;
    part->played += played;
    part->passed += result->status == PASSED;
    part->out += result->status == OUT;
    part->not_begun += result->status == FAILED && result->unwritten[0] != '\0';
    part->earned += result->status == PASSED ? points : 0;
    part->possible += played ? points : 0;
}

/* The part of the lab that the test in place INDEX belongs to. *IS_FIRST: it is its first one. */
static struct part part_of(const struct outcome *outcome, size_t index, bool *is_first)
{
    const struct lab *lab = outcome->lab;
    struct part part = {.played = 0};
    char name[LAB_NAME];
    *is_first = true;
    scenario_part(lab->scenarios[index], part.name);
    for (size_t i = 0; i < lab->count; i++) {
        scenario_part(lab->scenarios[i], name);
        if (strcmp(name, part.name) != 0)
            continue;
        count_in(&part, &outcome->results[i], lab->scenarios[i]->points);
        *is_first = *is_first && i >= index;
    }
    return part;
}

static bool is_not_begun(const struct part *part)
{
    return part->played > 0 && part->not_begun == part->played;
}

static void add_part(struct text *out, const struct brief *brief, const struct part *part)
{
    struct text words = {0};
    struct text points = {0};
    bool whole = part->passed == part->played;
    text_add(&points, "%d/%d", part->earned, part->possible);
    const char *tests = text_plural(part->played, "test", "tests");
    if (is_not_begun(part))
        text_add(&words, _("%s: %zu %s, not begun"), part->name, part->played, tests);
    else if (whole)
        text_add(&words, _("%s: %zu %s passed"), part->name, part->played, tests);
    else
        text_add(&words, _("%s: %zu of %zu %s passed"), part->name, part->passed, part->played,
                 tests);
    if (part->out > 0)
        text_add(&words, _(", %zu out"), part->out);
    lines_headline(out, brief->report,
                   whole                ? GREEN
                   : is_not_begun(part) ? DIM
                                        : RED,
                   whole                ? "✓"
                   : is_not_begun(part) ? "·"
                                        : "✗",
                   words.start, points.start);
    text_free(&words);
    text_free(&points);
}

static void add_parts(struct text *out, const struct brief *brief)
{
    for (size_t i = 0; i < brief->outcome->lab->count; i++) {
        bool is_first;
        struct part part = part_of(brief->outcome, i, &is_first);
        if (is_first && part.played + part.out > 0)
            add_part(out, brief, &part);
    }
}

/* ---- failures that are not the first ---- */

/* The ids of the tests of the failure in place WHICH, but for the one that tells it if REST is
   set; at most LINES lines of them. */
static void add_tests(struct text *out, const struct brief *brief, size_t which, const char *lead,
                      bool rest, size_t lines)
{
    const struct failures *failures = &brief->failures;
    const struct failure *failure = &failures->list[which];
    size_t left = failure->count - rest;
    size_t room = (brief->report->width - INDENT) * lines - text_columns(_(" and %zu more")) - 20;
    struct text list = {0};
    if (left == 0)
        return;
    text_add(&list, "%s", lead);
    for (size_t i = 0; i < brief->outcome->lab->count; i++) {
        const char *id = brief->outcome->lab->scenarios[i]->id;
        if (failures->of[i] != which || (rest && i == failure->told))
            continue;
        if (list.length + strlen(id) > room) {
            list.length -= 2; /* the comma */
            list.start[list.length] = '\0';
            text_add(&list, _(" and %zu more"), left);
            left = 0;
            break;
        }
        text_add(&list, "%s%s", id, --left > 0 ? ", " : "");
        if (left == 0)
            break;
    }
    text_wrap(out, list.start, brief->report->width, INDENT);
    text_free(&list);
}

static void add_headline_of(struct text *out, const struct brief *brief,
                            const struct failure *failure)
{
    struct text points = {0};
    struct text words = {0};
    bool untested = brief->outcome->results[failure->told].status == NOT_EARNED;
    text_add(&points, "0/%d", failure->points);
    text_add(&words, "%s", _(brief->outcome->lab->scenarios[failure->told]->sentence));
    if (failure->count > 1)
        text_add(&words, _(", and %zu more"), failure->count - 1);
    lines_headline(out, brief->report, RED, untested ? "?" : "✗", words.start, points.start);
    text_free(&points);
    text_free(&words);
}

/* Functions that are not begun, where their tests are not a whole part of the lab. */
static void add_not_begun(struct text *out, const struct brief *brief,
                          const struct failure *failure)
{
    const struct result *result = &brief->outcome->results[failure->told];
    struct text name = lines_field(result->unwritten, sizeof result->unwritten);
    struct text file = lines_field(result->unwritten_in, sizeof result->unwritten_in);
    struct text words = {0};
    struct text points = {0};
    text_add(&points, "0/%d", failure->points);
    text_add(&words, _("%s: %zu %s, not begun"), name.start, failure->count,
             text_plural(failure->count, "test", "tests"));
    if (file.start != NULL)
        text_add(&words, _(" (%s)"), file.start);
    lines_headline(out, brief->report, DIM, "·", words.start, points.start);
    text_free(&name);
    text_free(&file);
    text_free(&words);
    text_free(&points);
}

/* Are all tests of the failure in place WHICH in parts that are not begun at all? */
static bool is_told_by_parts(const struct brief *brief, size_t which)
{
    for (size_t i = 0; i < brief->outcome->lab->count; i++) {
        bool is_first;
        struct part part = part_of(brief->outcome, i, &is_first);
        if (brief->failures.of[i] == which && !is_not_begun(&part))
            return false;
    }
    return true;
}

/* The failure in place WHICH: its tests, and why they failed as far as that is known. */
static void add_failure(struct text *out, const struct brief *brief, size_t which, bool explained)
{
    const struct failure *failure = &brief->failures.list[which];
    const struct result *result = &brief->outcome->results[failure->told];
    if (failure->not_begun) {
        if (!is_told_by_parts(brief, which))
            add_not_begun(out, brief, failure);
        return;
    }
    add_headline_of(out, brief, failure);
    add_tests(out, brief, which, "", false, LIST_LINES);
    if (!explained)
        return;
    if (result->cause_id[0] != '\0')
        lines_prose(out, brief->report, result->cause, sizeof result->cause);
    else
        lines_prose(out, brief->report, result->story, sizeof result->story);
}

/* All but the first, as far as they find ROOM; each only whole. */
static void add_others(struct text *out, const struct brief *brief, size_t room)
{
    size_t left = 0;
    for (size_t i = 1; i < brief->failures.count; i++) {
        struct text whole = {0};
        struct text brief_one = {0};
        size_t used = lines_in(out) + 1; /* the line that counts the rest */
        add_failure(&whole, brief, i, true);
        add_failure(&brief_one, brief, i, false);
        if (used + lines_in(&whole) <= room && left == 0 && whole.length > 0)
            text_add_bytes(out, whole.start, whole.length);
        else if (used + lines_in(&brief_one) <= room && left == 0 && whole.length > 0)
            text_add_bytes(out, brief_one.start, brief_one.length);
        else
            left += whole.length > 0;
        text_free(&whole);
        text_free(&brief_one);
    }
    if (left > 0)
        text_add(out, _("  and %zu more %s; V=1 tells everything\n"), left,
                 text_plural(left, "failure", "failures"));
}

/* ---- the first ---- */

/* Up to the picture, and behind it. */
static void add_first(struct text *above, struct text *below, const struct brief *brief)
{
    const struct outcome *outcome = brief->outcome;
    const struct failure *failure = &brief->failures.list[0];
    const struct scenario *scenario = outcome->lab->scenarios[failure->told];
    const struct result *result = &outcome->results[failure->told];
    struct text points = {0};
    struct text where = {0};
    text_add(&points, "0/%d", scenario->points);
    lines_headline(above, brief->report, RED, result->status == NOT_EARNED ? "?" : "✗",
                   _(scenario->sentence), points.start);
    lines_prose(above, brief->report, result->story, sizeof result->story);
    lines_prose(below, brief->report, result->cause, sizeof result->cause);
    add_tests(below, brief, 0, _("the same: "), true, FIRST_LIST_LINES);
    advice_where(&where, outcome->lab, scenario, result);
    text_add(below, "%s", lines_paint(brief->report, DIM));
    text_wrap(below, where.start, brief->report->width, INDENT);
    text_add(below, "%s", lines_paint(brief->report, PLAIN));
    text_free(&points);
    text_free(&where);
}

/* ---- all of it ---- */

static void append(struct text *out, struct text *part)
{
    if (part->start != NULL)
        text_add_bytes(out, part->start, part->length);
    text_free(part);
}

static size_t lines_of_ladder(const struct result *result)
{
    struct text ladder = {0};
    lines_ladder(&ladder, result, SIZE_MAX);
    size_t lines = lines_in(&ladder);
    text_free(&ladder);
    return lines;
}

static void add_failures(struct text *out, const struct brief *brief, size_t taken)
{
    const struct result *result = &brief->outcome->results[brief->failures.list[0].told];
    struct text above = {0};
    struct text below = {0};
    struct text others = {0};
    bool begun = !brief->failures.list[0].not_begun;
    if (begun)
        add_first(&above, &below, brief);
    size_t ladder = begun ? lines_of_ladder(result) : 0;
    size_t least = ladder < LADDER_LEAST ? ladder : LADDER_LEAST;
    size_t used = taken + lines_in(out) + lines_in(&above) + lines_in(&below) + 2;
    size_t room = used < REPORT_LINES ? REPORT_LINES - used : 0;
    if (!begun)
        add_failure(&others, brief, 0, true);
    add_others(&others, brief, room > least ? room - least : 0);
    room -= lines_in(&others) < room ? lines_in(&others) : room;
    if (others.length > 0)
        text_add(out, "\n");
    append(out, &others);
    if (!begun)
        return;
    text_add(out, "\n");
    append(out, &above);
    lines_ladder(out, result, room > 2 ? room - 2 : 0);
    append(out, &below);
}

void brief_tell(struct text *out, const struct report *report, const struct outcome *outcome,
                size_t taken)
{
    struct brief brief = {.report = report, .outcome = outcome};
    failures_find(&brief.failures, outcome);
    add_parts(out, &brief);
    if (brief.failures.count > 0)
        add_failures(out, &brief, taken);
    failures_free(&brief.failures);
}
