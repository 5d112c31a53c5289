#include "class/judge.h"

#include "grade/interrupt.h"
#include "grade/take.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_POINTS_FILE = 1 << 20 };

/* What `grader --list` says of LAB. The grader is ours, and reads nothing of a stranger's there. */
static bool list_tests(struct text *list, const struct session *session, size_t lab)
{
    int ends[2];
    int status = -1;
    char *grader = kit_built(&session->kit, "grader");
    bool good = pipe2(ends, O_CLOEXEC) == 0;
    pid_t child = good ? fork() : -1;
    if (child == 0) {
        interrupt_reset();
        if (dup2(ends[1], STDOUT_FILENO) != -1)
            execl(grader, grader, "--lab", all_labs[lab].name, "--list", NULL);
        _exit(127);
    }
    if (good) {
        close(ends[1]);
        good = child != -1 && text_read(list, ends[0], MOST_POINTS_FILE);
        close(ends[0]);
    }
    good = child != -1 && waitpid(child, &status, 0) == child && status == 0 && good;
    if (!good)
        fprintf(stderr, "class: the tests of %s cannot be listed\n", all_labs[lab].name);
    free(grader);
    return good;
}

static bool check(const struct session *session, size_t lab)
{
    struct text list = {0};
    struct text why = {0};
    bool good = list_tests(&list, session, lab);
    if (good && !marks_check(&session->marks, lab, &list, &why)) {
        fprintf(stderr, "class: POINTS: %s\n", why.start);
        good = false;
    } else if (why.length > 0) {
        printf("POINTS: %s\n", why.start);
    }
    text_free(&list);
    text_free(&why);
    return good;
}

bool judge_prepare(struct session *session, const bool *labs)
{
    struct text bytes = {0};
    struct text why = {0};
    const char *path = session->options->points;
    if (path == NULL)
        return true;
    bool good = read_plain_file(AT_FDCWD, path, MOST_POINTS_FILE, &bytes);
    if (!good)
        fprintf(stderr, "class: POINTS=%s: %s\n", path, strerror(errno));
    else if (!marks_read(&session->marks, &bytes, &why)) {
        fprintf(stderr, "class: POINTS: %s\n", why.start);
        good = false;
    }
    for (size_t lab = 0; good && lab < LABS; lab++)
        if (labs[lab] && marks_touch(&session->marks, lab))
            good = check(session, lab);
    text_free(&bytes);
    text_free(&why);
    return good;
}

static void take_off(struct job *job, const struct session *session)
{
    const struct late *late = &session->options->late;
    const struct student *student = job->student;
    int64_t when = student->handed_in;
    if (when == 0 && session->options->file_times)
        when = student->labs[job->lab].modified;
    if (late->due == 0)
        return;
    if (when == 0 && student->platform != CANVAS)
        job->remark = "when it was handed in is not known: nothing is taken off";
    else if (when == 0 && student->late)
        job->remark = "late, but by how much is not known: nothing is taken off";
    else if (when > late->due && late->percent == 0)
        job->remark = "late";
    if (when == 0)
        return;
    job->cost = late_cost(late, when);
    if (job->cost > job->verdict.score)
        job->cost = job->verdict.score;
    job->verdict.score -= job->cost;
}

void judge(struct job *job, const struct session *session)
{
    if (!job->done || !job->verdict.scored)
        return;
    marks_apply(&session->marks, job->lab, &job->verdict);
    take_off(job, session);
}
