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
    "nav a{display:inline-block;padding:.25rem 0;margin-right:1.25rem}\n"
    "h2{margin-top:2.5rem;border-bottom:2px solid #8886}\n"
    ".wide,pre{overflow-x:auto}\ntable{border-collapse:collapse}\n"
    "th,td{padding:.25rem .6rem;text-align:left;vertical-align:top;border-bottom:1px solid #8886}\n"
    ".n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}\n"
    ".who{min-width:7rem;max-width:min(24rem,40vw);overflow-wrap:anywhere}\n"
    "th button,input{font:inherit}\n"
    "th button{color:inherit;background:none;border:0;padding:0;cursor:pointer;"
    "text-decoration:underline dotted;text-underline-offset:.25em}\n"
    "th[aria-sort=ascending] button::after{content:' \\2191'}\n"
    "th[aria-sort=descending] button::after{content:' \\2193'}\n"
    "input{width:14rem;max-width:100%}\n"
    "summary{padding:.25rem 0;cursor:pointer}\nsummary,h4,td{overflow-wrap:anywhere}\n"
    ":focus-visible{outline:3px solid;outline-offset:2px}\n"
    "pre{font-size:.85rem;line-height:1.25;margin:0;padding:.5rem;background:#8881}\n"
    ".prose{white-space:pre-wrap;overflow-wrap:anywhere}\n"
    "meter{width:min(12rem,40vw)}\n"
    "@media(max-width:40rem){th,td{padding:.25rem .3rem}.n{white-space:normal}"
    ".who{min-width:5rem;max-width:32vw}}\n</style></head><body>\n<h1>Grades</h1>\n";

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

/* Adds the name of STUDENT, and the platform's number if another one has the same name. */
static void add_name(struct text *page, const struct student *student)
{
    text_add(page, "<bdi>");
    add(page, student->name);
    text_add(page, "</bdi>");
    if (student->namesake && student->id[0] != '\0') {
        text_add(page, " (");
        add(page, student->id);
        text_add(page, ")");
    }
}

/* Has the paragraph from START to END columns, as a picture has? Prose has not. */
static bool is_picture(const char *start, const char *end)
{
    const char *columns = strstr(start, "  ");
    return columns != NULL && columns < end;
}

/* Adds what the autograder says of a test, if anything. Lines of prose may be broken anew, on a
   screen of any width; those of a picture may not. */
static void add_story(struct text *page, const char *story)
{
    bool open = false;
    bool picture = false;
    while (*story != '\0') {
        const char *gap = strstr(story, "\n\n");
        const char *end = gap != NULL ? gap + 2 : story + strlen(story);
        if (!open || is_picture(story, end) != picture) {
            picture = is_picture(story, end);
            text_add(page, "%s<pre%s>", open ? "</pre>" : "", picture ? "" : " class=prose");
            open = true;
        }
        char *paragraph = strndup(story, (size_t)(end - story));
        if (paragraph == NULL)
            abort();
        add(page, paragraph);
        free(paragraph);
        story = end;
    }
    text_add(page, "%s", open ? "</pre>" : "");
}

static bool is_graded(const struct job *job, size_t lab)
{
    return job->lab == lab && job->done && job->verdict.scored;
}

/* Where to go on a page that is long. */
static void add_contents(struct text *page, const struct class_results *results)
{
    text_add(page, "<nav><a href=\"#all\">Students</a>");
    for (size_t lab = 0; lab < LABS; lab++)
        if (results->labs[lab])
            text_add(page, "<a href=\"#lab-%s\">%s</a>", all_labs[lab].name, all_labs[lab].name);
    text_add(page, "<a href=\"#reports\">Reports</a></nav>\n");
}

/* ---- students ---- */

static void add_students(struct text *page, const struct class_results *results)
{
    text_add(
        page,
        "<h2 id=all>Students</h2>\n<p hidden><label>Name: <input id=filter type=search></label> "
        "<output id=shown for=filter></output></p>\n"
        "<div class=wide><table id=students><thead><tr><th scope=col class=who>Student");
    for (size_t lab = 0; lab < LABS; lab++)
        if (results->labs[lab])
            text_add(page, "<th scope=col class=n>%s", all_labs[lab].name);
    text_add(page, "</thead><tbody>");
    for (size_t s = 0; s < results->roll->count; s++) {
        const struct student *student = &results->roll->students[s];
        text_add(page, "\n<tr><td class=who>");
        add_name(page, student);
        for (size_t lab = 0; lab < LABS; lab++) {
            const struct job *job = results->labs[lab] ? job_of(results, student, lab) : NULL;
            if (job != NULL && job->done && job->verdict.scored) {
                text_add(page, "<td class=n data-score=%lld><a href=\"#%s-%s\">%d/%d</a>",
                         (long long)(job->verdict.score * 100), student->plain, all_labs[lab].name,
                         job->verdict.earned, job->verdict.possible);
                if (job->cost > 0)
                    text_add(page, " late: %.4g", job->verdict.score);
            } else if (results->labs[lab]) {
                text_add(page, "<td class=n>%s",
                         job == NULL ? "–"
                         : job->done ? "no score"
                                     : "not graded yet");
            }
        }
    }
    text_add(page, "\n</tbody></table></div>\n");
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
        text_add(page, "</summary>");
        add_story(page, topics[i].sample->output);
        text_add(page, "</details>\n");
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
    text_add(page, "<td class=who><a href=\"#%s-%s\">", job->student->plain,
             all_labs[job->lab].name);
    add_name(page, job->student);
    text_add(page, "</a>");
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
    text_add(page, "<details id=\"%s-%s\"><summary>", job->student->plain, all_labs[job->lab].name);
    add_name(page, job->student);
    text_add(page, ", %s: %d/%d</summary>\n", all_labs[job->lab].name, verdict->earned,
             verdict->possible);
    add_story(page, verdict->remark);
    for (size_t t = 0; t < verdict->count; t++) {
        if (verdict->tests[t].status == TEST_PASSED)
            continue;
        text_add(page, "<h4>");
        add(page, verdict->tests[t].name);
        text_add(page, "</h4>");
        add_story(page, verdict->tests[t].output);
        text_add(page, "\n");
    }
    text_add(page, "</details>\n");
}

bool page_write(const struct class_results *results, const char *out)
{
    struct text page = {0};
    char *path = NULL;
    text_add(&page, "%s", head);
    add_contents(&page, results);
    add_students(&page, results);
    for (size_t lab = 0; lab < LABS; lab++) {
        if (!results->labs[lab])
            continue;
        text_add(&page, "<h2 id=lab-%s>%s</h2>\n", all_labs[lab].name, all_labs[lab].name);
        add_topics(&page, results, lab);
        add_histogram(&page, results, lab);
        add_tests(&page, results, lab);
        add_alike(&page, results->alike, lab);
    }
    text_add(&page, "<h2 id=reports>Reports</h2>\n");
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
