#include "class/moodle.h"

#include "class/csv.h"
#include "grade/take.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_REPORT = 16 << 20 };

static char *path_of(const char *folder, const char *name)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s", folder, name) == -1)
        abort();
    return path;
}

static void add_points(struct text *csv, const struct class_results *results,
                       const struct student *student, size_t lab)
{
    const struct job *job = job_of(results, student, lab);
    if (job != NULL && job->done && job->verdict.scored)
        csv_number(csv, job->verdict.score);
    else
        csv_cell(csv, "");
}

/* "Participant 1234567" is what Moodle's own worksheet calls a student, so the file can be taken
   for one where a single lab was graded. */
static bool write_table(const struct class_results *results, const char *out)
{
    struct text csv = {0};
    size_t labs = 0;
    for (size_t lab = 0; lab < LABS; lab++)
        labs += results->labs[lab];
    csv_cell(&csv, "Identifier");
    csv_cell(&csv, "Full name");
    for (size_t lab = 0; lab < LABS; lab++)
        if (results->labs[lab])
            csv_cell(&csv, labs == 1 ? "Grade" : all_labs[lab].name);
    csv_end_line(&csv);
    for (size_t s = 0; s < results->roll->count; s++) {
        const struct student *student = &results->roll->students[s];
        struct text identifier = {0};
        if (student->platform != MOODLE)
            continue;
        text_add(&identifier, "Participant %s", student->id);
        csv_cell(&csv, identifier.start);
        csv_cell(&csv, student->name);
        for (size_t lab = 0; lab < LABS; lab++)
            if (results->labs[lab])
                add_points(&csv, results, student, lab);
        csv_end_line(&csv);
        text_free(&identifier);
    }
    char *path = path_of(out, "moodle.csv");
    bool good = write_file(path, &csv);
    free(path);
    text_free(&csv);
    return good;
}

static bool add_report(struct archive *archive, const struct job *job, const char *out)
{
    struct text bytes = {0};
    struct text source = {0};
    struct text name = {0};
    const struct student *student = job->student;
    struct archive_entry *entry = archive_entry_new();
    text_add(&source, "%s/students/%s/%s.txt", out, student->plain, all_labs[job->lab].name);
    text_add(&name, "%s/%s.txt", student->folder, all_labs[job->lab].name);
    bool good = entry != NULL;
    if (good && read_plain_file(AT_FDCWD, source.start, MOST_REPORT, &bytes)) {
        archive_entry_set_pathname_utf8(entry, name.start);
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        archive_entry_set_size(entry, (int64_t)bytes.length);
        good = archive_write_header(archive, entry) == ARCHIVE_OK &&
               (bytes.length == 0 ||
                archive_write_data(archive, bytes.start, bytes.length) == (ssize_t)bytes.length);
    }
    archive_entry_free(entry);
    text_free(&bytes);
    text_free(&source);
    text_free(&name);
    return good;
}

static bool write_feedback(const struct class_results *results, const char *out)
{
    char *path = path_of(out, "feedback.zip");
    char *fresh = path_of(out, "feedback.zip.new");
    struct archive *archive = archive_write_new();
    bool good = archive != NULL && archive_write_set_format_zip(archive) == ARCHIVE_OK &&
                archive_write_set_options(archive, "hdrcharset=UTF-8") == ARCHIVE_OK &&
                archive_write_open_filename(archive, fresh) == ARCHIVE_OK;
    for (size_t i = 0; good && i < results->count; i++)
        if (results->jobs[i].student->platform == MOODLE && results->jobs[i].done)
            good = add_report(archive, &results->jobs[i], out);
    good = good && archive_write_close(archive) == ARCHIVE_OK;
    if (!good)
        fprintf(stderr, "class: %s cannot be written: %s\n", path,
                archive != NULL ? archive_error_string(archive) : "no memory");
    if (archive != NULL)
        archive_write_free(archive);
    if (good && rename(fresh, path) == -1) {
        perror(path);
        good = false;
    }
    if (!good)
        unlink(fresh);
    free(path);
    free(fresh);
    return good;
}

bool moodle_write(const struct class_results *results, const struct session *session)
{
    for (size_t s = 0; s < results->roll->count; s++)
        if (results->roll->students[s].platform == MOODLE)
            return write_table(results, session->out) && write_feedback(results, session->out);
    return true;
}
