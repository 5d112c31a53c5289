#include "class/job.h"

#include "grade/interrupt.h"
#include "grade/take.h"
#include "grade/trees.h"
#include "grade/words.h"
#include "grader/base/remove.h"
#include "grader/base/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_RESULT = 16 << 20, REMOVE_SECONDS = 60 };

/* ---- files ---- */

bool make_folders(const char *path)
{
    char *copy = strdup(path);
    bool good = copy != NULL;
    for (size_t i = 1; good && i < strlen(path); i++) {
        if (path[i] != '/')
            continue;
        copy[i] = '\0';
        good = mkdir(copy, 0700) == 0 || errno == EEXIST;
        copy[i] = '/';
    }
    good = good && (mkdir(path, 0700) == 0 || errno == EEXIST);
    if (!good)
        fprintf(stderr, "class: %s cannot be made: %s\n", path, strerror(errno));
    free(copy);
    return good;
}

bool write_file(const char *path, const struct text *text)
{
    struct whole_file file;
    if (!whole_file_begin(&file, path))
        return false;
    if (text->length == 0 || text_write(text, file.fd))
        return whole_file_commit(&file);
    fprintf(stderr, "class: %s cannot be written: %s\n", path, strerror(errno));
    whole_file_abandon(&file);
    return false;
}

static char *path_in(const struct job *job, const char *name)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s", job->folder, name) == -1)
        abort();
    return path;
}

static bool read_result(const struct job *job, const char *name, struct text *bytes)
{
    char *path = path_in(job, name);
    bool good = read_plain_file(AT_FDCWD, path, MOST_RESULT, bytes);
    free(path);
    return good;
}

/* ---- what is graded ---- */

/* The number of the lab that BELOW ("1-echo/tcp") is of. */
static size_t lab_of(const char *below)
{
    size_t lab = 0;
    size_t length = strcspn(below, "/");
    while (strlen(all_labs[lab].name) != length || strncmp(all_labs[lab].name, below, length) != 0)
        lab++;
    return lab;
}

static bool has_file(const struct picked *picked, const char *stem)
{
    size_t length = strlen(stem);
    for (size_t i = 0; i < picked->count; i++)
        if (strncmp(picked->files[i]->name, stem, length) == 0 &&
            strcmp(picked->files[i]->name + length, ".c") == 0)
            return true;
    return false;
}

/* Has STUDENT handed in all that LAB takes from the labs below? */
static bool has_below(const struct student *student, const struct lab_files *lab)
{
    for (size_t i = 0; i < count_names(lab->below); i++)
        if (!has_file(&student->labs[lab_of(lab->below[i])], strchr(lab->below[i], '/') + 1))
            return false;
    return true;
}

/* Does the job take anything of lab OTHER from its student? */
static bool takes(const struct job *job, size_t other)
{
    const struct lab_files *lab = &all_labs[job->lab];
    if (other == job->lab)
        return true;
    for (size_t i = 0; job->base == NULL && i < count_names(lab->below); i++)
        if (lab_of(lab->below[i]) == other)
            return true;
    return false;
}

static void add_bytes(struct text *input, const char *lab, const char *name,
                      const struct text *bytes)
{
    text_add(input, "%s/%s %zu\n", lab, name, bytes->length);
    if (bytes->length > 0)
        text_add_bytes(input, bytes->start, bytes->length);
}

/* The labs below, of the folder that BASE names. */
static void add_base(struct text *input, const struct session *session, const struct lab_files *lab)
{
    struct taken taken[1 + LAB_FILES];
    size_t count = 0;
    struct text why = {0};
    const struct tree base = {.path = session->base, .shown = "base"};
    take_for(taken, &count, &base, &base, lab, session->kit.root, &why);
    for (size_t t = 1; t < count; t++)
        for (size_t i = 0; i < taken[t].count; i++)
            add_bytes(input, taken[t].lab->name, taken[t].files[i].name, &taken[t].files[i].bytes);
    for (size_t t = 0; t < count; t++)
        taken_free(&taken[t]);
    text_free(&why);
}

static void describe_input(struct job *job, const struct session *session)
{
    const struct lab_files *lab = &all_labs[job->lab];
    text_add_bytes(&job->input, session->facts.start, session->facts.length);
    text_add(&job->input, "lab %s\nbase %s\n", lab->name,
             job->base != NULL ? session->base != NULL ? "given" : REFERENCE_WORD : "own");
    if (job->base != NULL && session->base != NULL)
        add_base(&job->input, session, lab);
    for (size_t other = 0; other < LABS; other++)
        for (size_t i = 0; takes(job, other) && i < job->student->labs[other].count; i++)
            add_bytes(&job->input, all_labs[other].name, job->student->labs[other].files[i]->name,
                      &job->student->labs[other].files[i]->entry->bytes);
}

static bool is_kept(const struct job *job)
{
    struct text before = {0};
    bool same = read_result(job, "input", &before) && before.length == job->input.length &&
                memcmp(before.start, job->input.start, before.length) == 0;
    text_free(&before);
    return same;
}

/* ---- on other machines ---- */

int job_lock(const struct job *job, bool make)
{
    sigset_t ends;
    sigset_t before;
    char *path = NULL;
    if (asprintf(&path, "%s.lock", job->folder) == -1)
        abort();
    int lock = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | (make ? O_CREAT : 0), 0600);
    free(path);
    if (lock == -1 || flock(lock, LOCK_EX | LOCK_NB) == 0)
        return lock;
    fprintf(stderr, "class: waiting for another machine, which still grades %s\n", job->folder);
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGHUP);
    sigprocmask(SIG_UNBLOCK, &ends, &before);
    bool locked = flock(lock, LOCK_EX) == 0;
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (locked)
        return lock;
    int error = errno;
    close(lock);
    errno = error;
    return -1;
}

bool job_find(struct job *job)
{
    if (!read_result(job, "asked", &job->input)) {
        fprintf(stderr, "class: %s is no job: %s\n", job->folder, strerror(errno));
        return false;
    }
    job->kept = is_kept(job);
    return true;
}

bool job_collect(struct job *job)
{
    if (!is_kept(job))
        return false;
    job->kept = true; /* nothing is to be written */
    job_finish(job);
    job->kept = false;
    return true;
}

void job_forget(struct job *job)
{
    char *path = path_in(job, "input");
    job->done = unlink(path) == -1 && errno != ENOENT;
    free(path);
}

/* ---- before ---- */

static bool write_tree(const struct job *job)
{
    bool good = true;
    for (size_t other = 0; good && other < LABS; other++) {
        const struct picked *picked = &job->student->labs[other];
        char name[128];
        if (!takes(job, other))
            continue;
        snprintf(name, sizeof name, "tree/%s", all_labs[other].name);
        char *folder = path_in(job, name);
        good = make_folders(folder);
        free(folder);
        for (size_t i = 0; good && i < picked->count; i++) {
            snprintf(name, sizeof name, "tree/%s/%s", all_labs[other].name, picked->files[i]->name);
            char *path = path_in(job, name);
            good = write_file(path, &picked->files[i]->entry->bytes);
            free(path);
        }
    }
    return good;
}

/* For whoever plays it on another machine. */
static bool write_asked(const struct job *job, const struct session *session)
{
    if (session->options->engine == NULL && session->options->joblist == NULL)
        return true;
    char *path = path_in(job, "asked");
    bool good = write_file(path, &job->input);
    free(path);
    return good;
}

static void describe(struct job *job, const struct session *session, struct student *student,
                     size_t lab)
{
    *job = (struct job){.student = student, .lab = lab, .status = -1};
    if (asprintf(&job->folder, "%s/.jobs/%s/%s", session->out, student->plain,
                 all_labs[lab].name) == -1)
        abort();
    if (all_labs[lab].stands_on == NULL)
        job->base = NULL;
    else if (session->base != NULL)
        job->base = session->base;
    else if (session->reference || !has_below(student, &all_labs[lab]))
        job->base = REFERENCE_WORD;
    describe_input(job, session);
}

static bool find_or_make(struct job *job, const struct session *session)
{
    job->kept = is_kept(job);
    if (job->kept) {
        job_finish(job);
        job->kept = job->done && job->verdict.scored;
    }
    if (job->kept)
        return true;
    job->done = false;
    verdict_free(&job->verdict);
    if (!remove_tree(AT_FDCWD, job->folder, getuid(), REMOVE_SECONDS) && errno != ENOENT) {
        fprintf(stderr, "class: %s cannot be removed: %s\n", job->folder, strerror(errno));
        return false;
    }
    return make_folders(job->folder) && write_tree(job) && write_asked(job, session);
}

bool job_prepare(struct job *job, const struct session *session, struct student *student,
                 size_t lab)
{
    describe(job, session, student, lab);
    int lock = job_lock(job, false);
    if (lock == -1 && errno != ENOENT) {
        fprintf(stderr, "class: %s.lock: %s\n", job->folder, strerror(errno));
        return false;
    }
    bool good = find_or_make(job, session);
    if (lock != -1)
        close(lock);
    return good;
}

/* ---- playing ---- */

_Noreturn void job_become(const struct job *job, const struct session *session)
{
    static const char *const outputs[] = {"report.txt", "errors.txt"};
    struct words words = {.count = 0};
    char *grade = kit_built(&session->kit, "grade");
    char *files[] = {path_in(job, "tree"), path_in(job, "result.json"), path_in(job, "result.xml")};
    const char *const list[] = {grade,
                                "--lab",
                                all_labs[job->lab].name,
                                "--tree",
                                files[0],
                                "--json",
                                files[1],
                                "--junit",
                                files[2],
                                "--cc",
                                session->options->compiler,
                                "--kit",
                                session->kit.root,
                                "--base",
                                job->base != NULL ? job->base : "",
                                "--patience",
                                session->options->patience != NULL ? session->options->patience
                                                                   : ""};
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
        words_add(&words, list[i]);
    if (session->boxed)
        words_add(&words, "--box");
    interrupt_reset();
    setpgid(0, 0); /* Ctrl-C is for the class, which hands it on */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    bool good = nothing != -1 && dup2(nothing, STDIN_FILENO) != -1 &&
                chdir(session->kit.root) == 0 && setenv("NO_COLOR", "1", 1) == 0 &&
                setenv("COLUMNS", "80", 1) == 0;
    for (int i = 0; good && i < 2; i++) {
        char *path = path_in(job, outputs[i]);
        int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
        good = file != -1 && dup2(file, STDOUT_FILENO + i) != -1;
    }
    if (good)
        execv(grade, (char *const *)words.list);
    perror("class: a job cannot be started");
    _exit(127);
}

/* Is what is in the job's folder a result? */
static bool is_result(struct job *job)
{
    struct text json = {0};
    bool good = read_result(job, "result.json", &json) && verdict_read(&job->verdict, &json);
    text_free(&json);
    return good;
}

void job_finish(struct job *job)
{
    job->done = true;
    verdict_free(&job->verdict);
    if (!is_result(job) || !job->verdict.scored || job->kept)
        return;
    char *path = path_in(job, "input");
    write_file(path, &job->input);
    free(path);
}

/* A test has 8 seconds, a lab has 45; what took nearly that long may be a busy machine's. */
bool job_is_doubtful(const struct job *job)
{
    enum { TEST_SECONDS = 7, LAB_SECONDS = 40 };
    bool late = job->verdict.seconds > LAB_SECONDS;
    for (size_t i = 0; i < job->verdict.count; i++)
        late |= job->verdict.tests[i].status != TEST_PASSED &&
                job->verdict.tests[i].seconds > TEST_SECONDS;
    return late || !job->verdict.scored;
}

void job_free(struct job *job)
{
    free(job->folder);
    text_free(&job->input);
    verdict_free(&job->verdict);
}
