#include "class/page.h"

#include "class/script.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TOPICS = 256, BARS = 10 };

static const char head[] =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
    "style-src 'unsafe-inline'; script-src 'sha256-" PAGE_SCRIPT_HASH "'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n<title>Grades</title>\n<style>\n"
    ":root{color-scheme:light dark}\n"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:auto;padding:1rem}\n"
    "table{border-collapse:collapse;display:block;overflow-x:auto}\n"
    "th,td{padding:.2rem .6rem;text-align:left;border-bottom:1px solid #8886}\n"
    "th button{font:inherit;background:none;border:0;padding:0;cursor:pointer}\n"
    "th[aria-sort=ascending] button::after{content:' \\2191'}\n"
    "th[aria-sort=descending] button::after{content:' \\2193'}\n"
    "td.n{text-align:right}\npre{overflow-x:auto;font-size:.85rem;line-height:1.25}\n"
    "meter{width:12rem}\n</style></head><body>\n<h1>Grades</h1>\n";

/* Adds STRING for people, as it is in no danger of being markup. */
static void add(struct text *page, const char *string)
{
    struct text harmless = {0};
    text_harmless(&harmless, string, strlen(string), SIZE_MAX, true);
    for (const char *at = harmless.start; at != NULL && *at != '\0'; at++) {
        switch (*at) {
        case '&':
            text_add(page, "&amp;");
            break;
        case '<':
            text_add(page, "&lt;");
            break;
        case '>':
            text_add(page, "&gt;");
            break;
        case '"':
            text_add(page, "&quot;");
            break;
        default:
            text_add_bytes(page, at, 1);
        }
    }
    text_free(&harmless);
}

static bool is_graded(const struct job *job, size_t lab)
{
    return job->lab == lab && job->done && job->verdict.scored;
}

/* ---- students ---- */

static void add_students(struct text *page, const struct class_results *results)
{
    text_add(page,
             "<h2>Students</h2>\n<p hidden><label>Name: <input id=filter type=search></label>\n"
             "<table id=students><thead><tr><th scope=col>Student");
    for (size_t lab = 0; lab < LABS; lab++)
        if (results->labs[lab])
            text_add(page, "<th scope=col>%s", all_labs[lab].name);
    text_add(page, "</thead><tbody>");
    for (size_t s = 0; s < results->roll->count; s++) {
        const struct student *student = &results->roll->students[s];
        text_add(page, "\n<tr><td><bdi>");
        add(page, student->name);
        text_add(page, "</bdi>");
        for (size_t lab = 0; lab < LABS; lab++) {
            const struct job *job = results->labs[lab] ? job_of(results, student, lab) : NULL;
            if (job != NULL && job->done && job->verdict.scored)
                text_add(page, "<td class=n data-score=%lld><a href=\"#%s-%s\">%d/%d</a>%s",
                         (long long)(job->verdict.score * 100), student->plain, all_labs[lab].name,
                         job->verdict.earned, job->verdict.possible, job->cost > 0 ? " late" : "");
            else if (results->labs[lab])
                text_add(page, "<td>%s", job == NULL ? "–" : "no score");
        }
    }
    text_add(page, "\n</tbody></table>\n");
}

/* ---- the whole class ---- */

static void add_histogram(struct text *page, const struct class_results *results, size_t lab)
{
    size_t bars[BARS + 1] = {0};
    size_t graded = 0;
    for (size_t i = 0; i < results->count; i++)
        if (is_graded(&results->jobs[i], lab)) {
            double score = results->jobs[i].verdict.score;
            bars[score >= 100 ? BARS : score > 0 ? (size_t)(score / BARS) : 0]++;
            graded++;
        }
    text_add(page, "<h3>How many points</h3>\n<table>");
    for (size_t i = 0; i <= BARS; i++)
        text_add(page,
                 "<tr><td class=n>%zu%s<td><meter max=%zu value=%zu></meter><td class=n>%zu\n",
                 i * BARS, i < BARS ? " …" : "", graded > 0 ? graded : 1, bars[i], bars[i]);
    text_add(page, "</table>\n");
}

/* A cause, and how many have it. */
struct topic {
    const char *cause;
    size_t students;
    size_t last; /* the job that was counted last */
    const struct test *sample;
};

static size_t count_causes(struct topic *topics, const struct class_results *results, size_t lab)
{
    size_t count = 0;
    for (size_t i = 0; i < results->count; i++)
        for (size_t t = 0; is_graded(&results->jobs[i], lab) && t < results->jobs[i].verdict.count;
             t++) {
            const struct test *test = &results->jobs[i].verdict.tests[t];
            size_t at = 0;
            if (test->cause[0] == '\0')
                continue;
            while (at < count && strcmp(topics[at].cause, test->cause) != 0)
                at++;
            if (at == MOST_TOPICS)
                continue;
            if (at == count)
                topics[count++] = (struct topic){test->cause, 0, SIZE_MAX, test};
            topics[at].students += topics[at].last != i;
            topics[at].last = i;
        }
    return count;
}

static int by_students(const void *left, const void *right)
{
    const struct topic *a = left;
    const struct topic *b = right;
    if (a->students != b->students)
        return a->students < b->students ? 1 : -1;
    return strcmp(a->cause, b->cause);
}

static void add_topics(struct text *page, const struct class_results *results, size_t lab)
{
    struct topic topics[MOST_TOPICS];
    size_t graded = 0;
    size_t count = count_causes(topics, results, lab);
    for (size_t i = 0; i < results->count; i++)
        graded += is_graded(&results->jobs[i], lab);
    text_add(page, "<h3>What to teach again tomorrow</h3>\n");
    if (count == 0)
        text_add(page, "<p>No cause was found in anybody's program.\n");
    else
        qsort(topics, count, sizeof topics[0], by_students);
    for (size_t i = 0; i < count; i++) {
        text_add(page, "<details><summary>%zu of %zu: ", topics[i].students, graded);
        add(page, topics[i].cause);
        text_add(page, "</summary><pre>");
        add(page, topics[i].sample->output);
        text_add(page, "</pre></details>\n");
    }
}

/* All who are graded have the same tests, in the same order. */
static void add_tests(struct text *page, const struct class_results *results, size_t lab)
{
    const struct verdict *first = NULL;
    text_add(page, "<details><summary>Each test, and how many passed</summary>\n<table>");
    for (size_t i = 0; i < results->count && first == NULL; i++)
        if (is_graded(&results->jobs[i], lab))
            first = &results->jobs[i].verdict;
    for (size_t t = 0; first != NULL && t < first->count; t++) {
        size_t passed = 0;
        for (size_t i = 0; i < results->count; i++)
            passed += is_graded(&results->jobs[i], lab) && t < results->jobs[i].verdict.count &&
                      results->jobs[i].verdict.tests[t].status == TEST_PASSED;
        text_add(page, "<tr><td class=n>%zu<td>", passed);
        add(page, first->tests[t].name);
        text_add(page, "\n");
    }
    text_add(page, "</table></details>\n");
}

/* A student's report of a lab, to be opened. */
static void add_link(struct text *page, const struct job *job)
{
    text_add(page, "<td><a href=\"#%s-%s\"><bdi>", job->student->plain, all_labs[job->lab].name);
    add(page, job->student->name);
    text_add(page, "</bdi></a>");
}

static void add_alike(struct text *page, const struct alike *alike, size_t lab)
{
    bool any = false;
    for (size_t i = 0; i < alike->count; i++) {
        const struct pair *pair = &alike->pairs[i];
        if (pair->one->lab != lab)
            continue;
        if (!any)
            text_add(page, "<details><summary>Much alike: look at both, for this is a hint and no "
                           "verdict</summary>\n<table>");
        any = true;
        text_add(page, "<tr><td class=n>%d%%", pair->percent);
        add_link(page, pair->one);
        add_link(page, pair->other);
        text_add(page, "\n");
    }
    if (any)
        text_add(page, "</table></details>\n");
}

/* ---- reports ---- */

static void add_report(struct text *page, const struct job *job)
{
    const struct verdict *verdict = &job->verdict;
    text_add(page, "<details id=\"%s-%s\"><summary><bdi>", job->student->plain,
             all_labs[job->lab].name);
    add(page, job->student->name);
    text_add(page, "</bdi>, %s: %d/%d</summary>\n", all_labs[job->lab].name, verdict->earned,
             verdict->possible);
    text_add(page, "<pre>");
    add(page, verdict->remark);
    text_add(page, "</pre>\n");
    for (size_t t = 0; t < verdict->count; t++) {
        if (verdict->tests[t].status == TEST_PASSED)
            continue;
        text_add(page, "<h4>");
        add(page, verdict->tests[t].name);
        text_add(page, "</h4><pre>");
        add(page, verdict->tests[t].output);
        text_add(page, "</pre>\n");
    }
    text_add(page, "</details>\n");
}

bool page_write(const struct class_results *results, const char *out)
{
    struct text page = {0};
    char *path = NULL;
    text_add(&page, "%s", head);
    add_students(&page, results);
    for (size_t lab = 0; lab < LABS; lab++) {
        if (!results->labs[lab])
            continue;
        text_add(&page, "<h2>%s</h2>\n", all_labs[lab].name);
        add_topics(&page, results, lab);
        add_histogram(&page, results, lab);
        add_tests(&page, results, lab);
        add_alike(&page, results->alike, lab);
    }
    text_add(&page, "<h2>Reports</h2>\n");
    for (size_t i = 0; i < results->count; i++)
        if (results->jobs[i].done && results->jobs[i].verdict.scored)
            add_report(&page, &results->jobs[i]);
    text_add(&page, "<script>%s</script>\n</body></html>\n", page_script);
    if (asprintf(&path, "%s/index.html", out) == -1)
        abort();
    bool good = write_file(path, &page);
    free(path);
    text_free(&page);
    return good;
}
