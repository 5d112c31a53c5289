/* class: grades all that a class has handed in. Finds each student's files, has build/grade play
   them, and makes tables and reports of what comes of it. */
#include "class/canvas.h"
#include "class/collect.h"
#include "class/facts.h"
#include "class/grades.h"
#include "class/judge.h"
#include "class/moodle.h"
#include "class/options.h"
#include "class/page.h"
#include "class/remote.h"
#include "class/run.h"
#include "grade/box_proof.h"
#include "grade/interrupt.h"
#include "grade/trees.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Everything about this class. */
struct class
{
    struct session session;
    struct entries entries;
    struct roll roll;
    struct text notes;
    bool labs[LABS];
    struct canvas canvas;
    struct job *jobs;
    size_t count;
};

/* A box, unless there can be none: then that is said, for strangers' programs run here. */
static bool choose_box(struct session *session)
{
    struct text why = {0};
    const char *asked = session->options->box;
    if (asked != NULL && strcmp(asked, "0") == 0)
        return true;
    session->boxed = box_is_available(&why);
    if (!session->boxed && asked != NULL)
        fprintf(stderr, "class: %s\n", why.start);
    else if (!session->boxed)
        fprintf(stderr, "class: without a box, the programs are less isolated: %s\n", why.start);
    text_free(&why);
    return session->boxed || asked == NULL;
}

/* One class at a time in a folder of results. */
static bool lock_out(const char *out)
{
    int folder = open(out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder != -1 && flock(folder, LOCK_EX | LOCK_NB) == 0)
        return true; /* until this process ends */
    fprintf(stderr, "class: %s: %s\n", out,
            folder != -1 && errno == EWOULDBLOCK ? "another grading of this class is running"
                                                 : strerror(errno));
    return false;
}

/* Where the labs below come from. A kit without the reference is found out here, not in each job.
 */
static bool choose_base(struct session *session)
{
    struct reference_tree reference;
    const char *base = session->options->base;
    bool has_reference = reference_find(&reference, session->kit.root);
    session->reference = base != NULL && (strcmp(base, REFERENCE_WORD) == 0 ||
                                          (strcmp(base, "solutions") == 0 && has_reference));
    if (base == NULL || (session->reference && has_reference))
        return true;
    if (session->reference)
        fprintf(stderr, "class: this kit has no reference to take the labs below from\n");
    else if ((session->base = realpath(base, NULL)) == NULL)
        fprintf(stderr, "class: there is no folder %s to take the labs below from\n", base);
    return session->base != NULL;
}

/* Nothing is made before: what was typed wrongly leaves no folder behind. */
static bool open_results(struct session *session)
{
    const struct class_options *options = session->options;
    if (!choose_box(session) || !make_folders(options->out))
        return false;
    session->out = realpath(options->out, NULL);
    if (session->out == NULL || !lock_out(session->out))
        return false;
    facts_of(&session->facts, &session->kit, options->patience, session->boxed);
    return true;
}

/* ---- who handed in what ---- */

static bool find_submissions(struct class *class)
{
    const struct class_options *options = class->session.options;
    struct stat status;
    if (!collect(&class->entries, options->class, options->out, &class->notes))
        return false;
    bool whole = stat(options->class, &status) == 0 && !S_ISDIR(status.st_mode);
    bool all[LABS] = {true, true, true, true, true};
    roll_call(&class->roll, &class->entries, whole, &class->notes);
    pick(&class->roll, options->labs_named ? options->labs : all, &class->notes);
    for (size_t lab = 0; lab < LABS; lab++) {
        class->labs[lab] = options->labs_named && options->labs[lab];
        for (size_t s = 0; !options->labs_named && s < class->roll.count; s++)
            class->labs[lab] |= class->roll.students[s].labs[lab].count > 0;
    }
    return true;
}

/* Adds the names of the labs that were asked for. */
static void add_labs(struct text *names, const struct class_options *options)
{
    for (size_t lab = 0; lab < LABS; lab++)
        if (options->labs[lab])
            text_add(names, "%s%s", names->length > 0 ? ", " : "", all_labs[lab].name);
    if (names->length == 0)
        text_add(names, "any lab");
}

/* Is there something to grade? False after a message with all that was not understood. */
static bool anything_found(const struct class *class)
{
    struct text names = {0};
    size_t found = 0;
    for (size_t s = 0; s < class->roll.count; s++)
        for (size_t lab = 0; lab < LABS; lab++)
            found += class->labs[lab] && class->roll.students[s].labs[lab].count > 0;
    if (found > 0)
        return true;
    fputs(class->notes.start != NULL ? class->notes.start : "", stderr);
    add_labs(&names, class->session.options);
    fprintf(stderr,
            "class: nothing to grade: %zu %s found in CLASS, and no file of %s. Each student has a "
            "folder or an archive there, or files that Moodle or Canvas named; the files of a lab "
            "are called as in labs/\n",
            class->roll.count, text_plural(class->roll.count, "student was", "students were"),
            names.start);
    text_free(&names);
    return false;
}

/* Says what was not understood, and keeps it with the results. */
static bool tell_notes(const struct class *class)
{
    char *path = NULL;
    if (asprintf(&path, "%s/notes.txt", class->session.out) == -1)
        abort();
    bool good = write_file(path, &class->notes);
    if (class->notes.length > 0)
        printf("Not understood, or left out (also in %s):\n%s\n", path, class->notes.start);
    free(path);
    return good;
}

static bool prepare_jobs(struct class *class)
{
    class->jobs = calloc(class->roll.count * LABS + 1, sizeof class->jobs[0]);
    if (class->jobs == NULL)
        abort();
    for (size_t s = 0; s < class->roll.count; s++)
        for (size_t lab = 0; lab < LABS; lab++) {
            struct student *student = &class->roll.students[s];
            if (class->labs[lab] && student->labs[lab].count > 0 &&
                !job_prepare(&class->jobs[class->count++], &class->session, student, lab))
                return false;
        }
    return true;
}

/* ---- the whole ---- */

/* Writes all tables, reports and the page. */
static bool write_results(const struct class *class, bool whole)
{
    struct alike alike = {0};
    const char *out = class->session.out;
    const struct class_results results = {&class->roll, class->labs, class->jobs, class->count,
                                          &alike};
    for (size_t lab = 0; whole && lab < LABS; lab++)
        if (class->labs[lab])
            alike_find(&alike, class->jobs, class->count, &class->session, lab);
    bool good =
        grades_write(&results, out) && reports_write(&results, &class->session) &&
        moodle_write(&results, &class->session) &&
        (class->session.options->canvas == NULL || canvas_write(&class->canvas, &results, out)) &&
        page_write(&results, out);
    alike_free(&alike);
    return good;
}

static int report(const struct class *class, bool whole)
{
    size_t missing = 0;
    if (!write_results(class, whole))
        return CLASS_FAULT;
    for (size_t i = 0; i < class->count; i++)
        missing += !class->jobs[i].done || !class->jobs[i].verdict.scored;
    size_t graded = class->count - missing;
    printf("%zu %s, %zu %s graded%s: %s/index.html\n", class->roll.count,
           text_plural(class->roll.count, "student", "students"), graded,
           text_plural(graded, "lab", "labs"), whole ? "" : " so far", class->session.out);
    if (!whole)
        printf("It stopped before the end. The same command goes on from here.\n");
    else if (missing > 0)
        printf("%zu could not be graded: the autograder or the machine failed (%s/.jobs). The "
               "same command tries these again.\n",
               missing, class->session.out);
    if (!whole)
        return interrupt_seen() != 0 ? CLASS_INTERRUPTED : CLASS_FAULT;
    return missing > 0 ? CLASS_FAULT : CLASS_DONE;
}

/* Grades nothing, but writes down the commands that would. */
static int write_list(const struct class *class)
{
    struct text list = {0};
    size_t count = 0;
    const char *path = class->session.options->joblist;
    struct job **order = calloc(class->count + 1, sizeof(struct job *));
    if (order == NULL)
        abort();
    for (size_t i = 0; i < class->count; i++)
        if (!class->jobs[i].kept)
            order[count++] = &class->jobs[i];
    bool good = remote_list(&list, order, count, &class->session) && write_file(path, &list);
    if (good)
        printf("%zu %s in %s, a line each. Run %s on machines that see this kit and %s under the "
               "same names; then the same command without JOBLIST makes the tables.\n",
               count, text_plural(count, "command is", "commands are"), path,
               text_plural(count, "it", "them"), class->session.out);
    text_free(&list);
    free(order);
    return good ? CLASS_DONE : CLASS_FAULT;
}

static int grade_class(struct class *class)
{
    size_t kept = 0;
    struct session *session = &class->session;
    const struct class_options *options = session->options;
    if (!kit_find(&session->kit, options->kit, options->compiler))
        return CLASS_FAULT;
    if (!find_submissions(class) || !anything_found(class) || !choose_base(session) ||
        (options->canvas != NULL && !canvas_read(&class->canvas, options->canvas, class->labs)) ||
        !judge_prepare(session, class->labs))
        return CLASS_USAGE;
    if (!open_results(session))
        return CLASS_FAULT;
    if (!tell_notes(class) || !prepare_jobs(class))
        return CLASS_FAULT;
    for (size_t i = 0; i < class->count; i++)
        kept += class->jobs[i].kept;
    printf("%zu %s, %zu %s to grade", class->roll.count,
           text_plural(class->roll.count, "student", "students"), class->count - kept,
           text_plural(class->count - kept, "lab", "labs"));
    if (kept > 0)
        printf(" (%zu %s changed)", kept,
               text_plural(kept, "is graded already, and has not",
                           "are graded already, and have not"));
    printf("; SEED=%llu\n", (unsigned long long)options->seed);
    if (options->joblist != NULL)
        return write_list(class);
    bool whole = run_jobs(class->jobs, class->count, session);
    for (size_t i = 0; i < class->count; i++)
        judge(&class->jobs[i], session);
    return report(class, whole);
}

int main(int argc, char **argv)
{
    struct class_options options;
    struct class class = {.session = {.options = &options}};
    setlocale(LC_CTYPE, "C.UTF-8"); /* libarchive reads names in it */
    signal(SIGPIPE, SIG_IGN);
    umask(077); /* grades are nobody else's business */
    class_options_read(&options, argc, argv);
    if (options.job != NULL)
        return remote_work(&options);
    int status = interrupt_open() == -1 ? CLASS_FAULT : grade_class(&class);
    for (size_t i = 0; i < class.count; i++)
        job_free(&class.jobs[i]);
    free(class.jobs);
    canvas_free(&class.canvas);
    marks_free(&class.session.marks);
    roll_free(&class.roll);
    entries_free(&class.entries);
    text_free(&class.notes);
    text_free(&class.session.facts);
    free(class.session.out);
    free(class.session.base);
    return status;
}
