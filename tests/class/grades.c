#include "class/grades.h"

#include "class/csv.h"
#include "class/judge.h"
#include "grade/take.h"
#include "grade/trees.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MOST_RESULT = 16 << 20 };

/* ---- grades.csv ---- */

const struct job *job_of(const struct class_results *results, const struct student *student,
                         size_t lab)
{
    for (size_t i = 0; i < results->count; i++)
        if (results->jobs[i].student == student && results->jobs[i].lab == lab)
            return &results->jobs[i];
    return NULL;
}

static void add_head(struct text *csv, const struct class_results *results)
{
    static const char *const parts[] = {"",        " not passed", " not earned",
                                        " faults", " files from", " labs below",
                                        " late",   " remark"};
    csv_cell(csv, "student");
    csv_cell(csv, "platform's number");
    csv_cell(csv, "late");
    for (size_t lab = 0; lab < LABS; lab++)
        for (size_t i = 0; results->labs[lab] && i < sizeof parts / sizeof parts[0]; i++) {
            struct text cell = {0};
            text_add(&cell, "%s%s", all_labs[lab].name, parts[i]);
            csv_cell(csv, cell.start);
            text_free(&cell);
        }
    csv_end_line(csv);
}

static void add_tests(struct text *csv, const struct verdict *verdict, enum test_status status)
{
    struct text ids = {0};
    text_add(&ids, "%s", "");
    for (size_t i = 0; i < verdict->count; i++)
        if (verdict->tests[i].status == status)
            text_add(&ids, "%s%s", ids.length > 0 ? " " : "", verdict->tests[i].id);
    csv_cell(csv, ids.start != NULL ? ids.start : "");
    text_free(&ids);
}

static void add_time(struct text *csv, int64_t seconds)
{
    char word[32] = "";
    struct tm parts;
    time_t time = (time_t)seconds;
    if (seconds > 0 && gmtime_r(&time, &parts) != NULL)
        strftime(word, sizeof word, "%Y-%m-%dT%H:%M:%SZ", &parts);
    csv_cell(csv, word);
}

static void add_remark(struct text *csv, const struct job *job)
{
    struct text remark = {0};
    if (job == NULL)
        text_add(&remark, "nothing to grade was found");
    else if (!job->done)
        text_add(&remark, "not graded yet");
    else if (!job->verdict.scored)
        text_add(&remark, "no score: the autograder or the machine failed");
    else if (job->base == NULL && job->verdict.broken[0] != '\0')
        text_add(&remark, "the student's own %s does not work: BASE=reference grades without it",
                 job->verdict.broken);
    if (job != NULL && job->remark != NULL)
        text_add(&remark, "%s%s", remark.length > 0 ? "; " : "", job->remark);
    csv_cell(csv, remark.start != NULL ? remark.start : "");
    text_free(&remark);
}

static void add_lab(struct text *csv, const struct job *job, const struct student *student,
                    size_t lab)
{
    const struct verdict none = {0};
    const struct verdict *verdict = job != NULL && job->done ? &job->verdict : &none;
    if (verdict->scored)
        csv_number(csv, verdict->score);
    else
        csv_cell(csv, "");
    add_tests(csv, verdict, TEST_FAILED);
    add_tests(csv, verdict, TEST_NOT_EARNED);
    add_tests(csv, verdict, TEST_FAULT);
    add_time(csv, student->labs[lab].modified);
    csv_cell(csv, job == NULL || all_labs[lab].stands_on == NULL ? ""
                  : job->base == NULL                            ? "the student's"
                  : strcmp(job->base, REFERENCE_WORD) == 0       ? REFERENCE_WORD
                                                                 : "BASE");
    if (job != NULL && job->cost > 0)
        csv_number(csv, -job->cost);
    else
        csv_cell(csv, "");
    add_remark(csv, job);
}

bool grades_write(const struct class_results *results, const char *out)
{
    struct text csv = {0};
    char *path = NULL;
    add_head(&csv, results);
    for (size_t s = 0; s < results->roll->count; s++) {
        const struct student *student = &results->roll->students[s];
        csv_cell(&csv, student->name);
        csv_cell(&csv, student->id);
        csv_cell(&csv, student->late ? "late" : "");
        for (size_t lab = 0; lab < LABS; lab++)
            if (results->labs[lab])
                add_lab(&csv, job_of(results, student, lab), student, lab);
        csv_end_line(&csv);
    }
    if (asprintf(&path, "%s/grades.csv", out) == -1)
        abort();
    bool good = write_file(path, &csv);
    free(path);
    text_free(&csv);
    return good;
}

/* ---- what students see ---- */

/* Adds BYTES without the folders that only this machine has. */
static void add_without(struct text *text, const struct text *bytes, const char *const *folders)
{
    const char *at = bytes->start;
    const char *end = at + bytes->length;
    while (at < end) {
        const char *next = end;
        size_t length = 0;
        for (size_t i = 0; folders[i] != NULL; i++) {
            const char *found = memmem(at, (size_t)(end - at), folders[i], strlen(folders[i]));
            if (found != NULL && found < next) {
                next = found;
                length = strlen(folders[i]);
            }
        }
        text_add_bytes(text, at, (size_t)(next - at));
        if (next < end)
            text_add(text, "…");
        at = next + length;
    }
}

/* What changes a report for its student; NULL: nothing. */
typedef bool handback_fn(struct text *bytes, const struct job *job, const struct session *session);

static bool publish(const struct job *job, const struct session *session, const char *from,
                    const char *ending, handback_fn *handback)
{
    const char *const folders[] = {job->folder, session->out, session->kit.build, session->kit.root,
                                   NULL};
    struct text bytes = {0};
    struct text shown = {0};
    char *source = NULL;
    char *target = NULL;
    if (asprintf(&source, "%s/%s", job->folder, from) == -1 ||
        asprintf(&target, "%s/students/%s/%s.%s", session->out, job->student->plain,
                 all_labs[job->lab].name, ending) == -1)
        abort();
    bool good = true;
    if (read_plain_file(AT_FDCWD, source, MOST_RESULT, &bytes)) {
        bool given = handback(&bytes, job, session);
        if (given && bytes.length > 0)
            add_without(&shown, &bytes, folders);
        if (given)
            good = write_file(target, &shown);
        else if (unlink(target) == -1 && errno != ENOENT)
            good = false; /* an earlier one may say too much */
    }
    free(source);
    free(target);
    text_free(&bytes);
    text_free(&shown);
    return good;
}

bool reports_write(const struct class_results *results, const struct session *session)
{
    bool good = true;
    for (size_t i = 0; good && i < results->count; i++) {
        const struct job *job = &results->jobs[i];
        char *folder = NULL;
        if (!job->done)
            continue;
        if (asprintf(&folder, "%s/students/%s", session->out, job->student->plain) == -1)
            abort();
        good = make_folders(folder) && publish(job, session, "report.txt", "txt", handback_text) &&
               publish(job, session, "result.json", "json", handback_json) &&
               publish(job, session, "result.xml", "xml", handback_xml);
        free(folder);
    }
    return good;
}
