#include "grade/play.h"

#include "grade/box.h"
#include "grade/interrupt.h"
#include "grade/words.h"
#include "grader/base/lean.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    BOX_FIRST_FD = 10, /* the first descriptor that is handed on into the box */
    BOX_FOLDER_BYTES = 256 << 20,
    MOST_SECONDS = 600,
    PLAY_FAULT = 3, /* the grader's own status for a fault */
    PLAY_INTERRUPTED = 130,
};

/* Where the grader finds things: on this machine, or in the box that shows it these alone. */
struct view {
    const char *grader;
    const char *probe;
    const char *place;
    const char *scratch;
};

static const struct view in_box = {"/kit/grader", "/kit/probe.so", "/place", "/scratch"};

/* Adds OPTION and its VALUE, if it has one. */
static void add_option(struct words *words, const char *option, const char *value)
{
    if (value == NULL)
        return;
    words_add(words, option);
    words_add(words, value);
}

static void word_run(struct words *words, const struct play *play, const struct run *run,
                     const struct view *view)
{
    words_add(words, view->grader);
    add_option(words, "--lab", run->lab->name);
    add_option(words, "--source", run->shown);
    add_option(words, "--base", run->base);
    if (run->programs != NULL) {
        words_add(words, "--programs");
        words_make(words, "%s/%s", view->place, run->programs);
        words_add(words, "--sources");
        words_make(words, "%s/%s/%s", view->place, run->shown, run->lab->name);
        add_option(words, "--probe", view->probe);
        add_option(words, "--scratch", view->scratch);
    }
    add_option(words, "--patience", play->patience);
    add_option(words, "--jobs", play->jobs);
    for (size_t i = 0; run->words[i] != NULL; i++)
        words_add(words, run->words[i]);
    for (size_t i = 0; i < PLAY_FDS && run->fds[i].option != NULL; i++) {
        words_add(words, run->fds[i].option);
        words_make(words, "%d", view == &in_box ? BOX_FIRST_FD + (int)i : run->fds[i].fd);
    }
}

/* ---- on this machine ---- */

static _Noreturn void become(const struct run *run, const struct words *words)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    interrupt_reset();
    bool good = true;
    for (size_t i = 0; good && i < PLAY_FDS && run->fds[i].option != NULL; i++)
        good = fcntl(run->fds[i].fd, F_SETFD, 0) == 0;
    if (run->silent) {
        int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
        good = good && nothing != -1 && dup2(nothing, STDOUT_FILENO) == STDOUT_FILENO &&
               dup2(nothing, STDERR_FILENO) == STDERR_FILENO;
    }
    if (good)
        execv(words->list[0], (char *const *)words->list);
    perror(words->list[0]);
    _exit(127);
}

static pid_t start_here(const struct play *play, const struct run *run)
{
    struct words words = {.count = 0};
    char *grader = kit_built(play->kit, "grader");
    char *probe = kit_built(play->kit, "probe.so");
    const struct view here = {grader, probe, run->place->path, run->place->path};
    word_run(&words, play, run, &here);
    pid_t pid = fork();
    if (pid == 0)
        become(run, &words);
    words_free(&words);
    free(grader);
    free(probe);
    return pid;
}

/* ---- in the box ---- */

/* Of our environment, what a report depends on: made once. */
static const char *const *report_environment(void)
{
    static const char *const names[] = {"TERM",        "NO_COLOR", "COLUMNS", "LC_ALL",
                                        "LC_MESSAGES", "LANG",     "LANGUAGE"};
    enum { NAMES = sizeof names / sizeof names[0] };
    static const char *list[NAMES + 2] = {"PATH=/usr/local/bin:/usr/bin:/bin"};
    static bool made;
    for (size_t i = 0, count = 1; i < NAMES && !made; i++) {
        char *variable = NULL;
        const char *value = getenv(names[i]);
        if (value != NULL && asprintf(&variable, "%s=%s", names[i], value) == -1)
            abort();
        if (value != NULL)
            list[count++] = variable;
    }
    made = true;
    return list;
}

static bool start_in_box(struct boxed *boxed, const struct play *play, const struct run *run)
{
    struct words words = {.count = 0};
    struct text why = {0};
    char *const built[] = {kit_built(play->kit, "grader"), kit_built(play->kit, "probe.so"),
                           kit_built(play->kit, "labs/5-udp/link")};
    const struct box_share always[] = {
        {built[0], in_box.grader, false},
        {built[1], in_box.probe, false},
        {built[2], "/kit/labs/5-udp/link", false},
        {run->place->path, in_box.place, false},
    };
    struct box_share shares[sizeof always / sizeof always[0] + 1];
    size_t share_count = sizeof always / sizeof always[0];
    char library[PATH_MAX];
    char library_inside[PATH_MAX];
    struct box_descriptor descriptors[PLAY_FDS + 2];
    size_t count = 0;
    memcpy(shares, always, sizeof always);
    if (lean_library(play->kit->build, library, sizeof library)) {
        snprintf(library_inside, sizeof library_inside, "/kit%s", strrchr(library, '/'));
        shares[share_count++] = (struct box_share){library, library_inside, false};
    }
    if (!run->silent) {
        descriptors[count++] = (struct box_descriptor){STDOUT_FILENO, STDOUT_FILENO};
        descriptors[count++] = (struct box_descriptor){STDERR_FILENO, STDERR_FILENO};
    }
    for (size_t i = 0; i < PLAY_FDS && run->fds[i].option != NULL; i++)
        descriptors[count++] = (struct box_descriptor){run->fds[i].fd, BOX_FIRST_FD + (int)i};
    const struct box box = {
        .shares = shares,
        .share_count = share_count,
        .descriptors = descriptors,
        .descriptor_count = count,
        .environment = report_environment(),
        .scratch = in_box.scratch,
        .gives_users = true,
        .limits = {.folders = BOX_FOLDER_BYTES},
    };
    word_run(&words, play, run, &in_box);
    bool good = box_start(boxed, &box, words.list, &why);
    if (!good)
        fprintf(stderr, "grade: %s\n", why.start);
    for (size_t i = 0; i < sizeof built / sizeof built[0]; i++)
        free(built[i]);
    text_free(&why);
    words_free(&words);
    return good;
}

/* ---- both ---- */

/* Waits for GRADER, which its caller reaps. When we are interrupted it is sent END. The grader ends
   in time by itself: one that does not is killed, and then there is no score. */
static bool wait_for(pid_t grader, int end, double patience)
{
    siginfo_t info = {0};
    double deadline = seconds_now() + MOST_SECONDS * (patience > 1 ? patience : 1);
    for (int handed_on = 0;;) {
        if (waitid(P_PID, (id_t)grader, &info, WEXITED | WNOHANG | WNOWAIT) == -1)
            return false;
        if (info.si_pid != 0)
            return true;
        struct pollfd fd = {.fd = interrupt_open(), .events = POLLIN};
        double left = deadline - seconds_now();
        if (poll(&fd, 1, left > 0 ? (int)(left * 1000) + 1 : 1000) == -1 && errno != EINTR)
            return false;
        if (left <= 0)
            kill(grader, SIGKILL);
        int number = interrupt_seen();
        if (number != 0 && handed_on == 0) {
            kill(grader, end);
            handed_on = number;
        }
    }
}

int play_run(const struct play *play, const struct run *run)
{
    struct boxed boxed = {.pid = 0};
    double patience = play->patience != NULL ? strtod(play->patience, NULL) : 1;
    int status = -1;
    fflush(NULL);
    if (interrupt_open() == -1)
        return -1;
    if (play->boxed) {
        if (!start_in_box(&boxed, play, run))
            return W_EXITCODE(PLAY_FAULT, 0);
        bool ended = wait_for(boxed.pid, SIGKILL, patience);
        int code = box_end(&boxed);
        if (code == -1 && interrupt_seen() != 0)
            return W_EXITCODE(PLAY_INTERRUPTED, 0);
        return !ended || code == -1 ? W_EXITCODE(PLAY_FAULT, 0) : W_EXITCODE(code, 0);
    }
    pid_t grader = start_here(play, run);
    /* On SIGTERM it ends what it has started, and itself. */
    if (grader == -1 || !wait_for(grader, SIGTERM, patience) || waitpid(grader, &status, 0) == -1)
        return -1;
    return status;
}
