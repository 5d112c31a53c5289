#include "grade/play.h"

#include "grade/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_WORDS = 48 };

/* The words of a command line, each a copy that goes with the process. */
struct words {
    const char *list[MOST_WORDS + 1];
    size_t count;
};

static void add(struct words *words, const char *word)
{
    if (words->count == MOST_WORDS)
        abort();
    words->list[words->count++] = word;
}

__attribute__((format(printf, 3, 4))) static void
add_option(struct words *words, const char *option, const char *format, ...)
{
    va_list arguments;
    char *value = NULL;
    va_start(arguments, format);
    if (vasprintf(&value, format, arguments) == -1)
        abort();
    va_end(arguments);
    add(words, option);
    add(words, value);
}

static void word_run(struct words *words, const struct play *play, const struct run *run)
{
    add(words, kit_built(play->kit, "grader"));
    add_option(words, "--lab", "%s", run->lab->name);
    add_option(words, "--source", "%s", run->shown);
    add_option(words, "--base", "%s", run->base);
    if (run->programs != NULL) {
        add_option(words, "--programs", "%s/%s", run->place->path, run->programs);
        add_option(words, "--probe", "%s/probe.so", play->kit->build);
        add_option(words, "--sources", "%s/%s/%s", run->place->path, run->shown, run->lab->name);
        add_option(words, "--scratch", "%s", run->place->path);
    }
    if (play->patience != NULL)
        add_option(words, "--patience", "%s", play->patience);
    if (play->jobs != NULL)
        add_option(words, "--jobs", "%s", play->jobs);
    for (size_t i = 0; run->words[i] != NULL; i++)
        add(words, run->words[i]);
    for (size_t i = 0; i < PLAY_FDS && run->fds[i].option != NULL; i++)
        add_option(words, run->fds[i].option, "%d", run->fds[i].fd);
}

static _Noreturn void become(const struct play *play, const struct run *run)
{
    struct words words = {.count = 0};
    word_run(&words, play, run);
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
        execv(words.list[0], (char *const *)words.list);
    perror(words.list[0]);
    _exit(127);
}

int play_run(const struct play *play, const struct run *run)
{
    int status;
    int signals = interrupt_open();
    fflush(NULL);
    pid_t grader = signals == -1 ? -1 : fork();
    if (grader == 0)
        become(play, run);
    if (grader == -1)
        return -1;
    for (int handed_on = 0; waitpid(grader, &status, WNOHANG) != grader;) {
        struct pollfd fd = {.fd = signals, .events = POLLIN};
        if (poll(&fd, 1, -1) == -1 && errno != EINTR)
            return -1;
        int number = interrupt_seen();
        if (number != 0 && handed_on == 0) {
            kill(grader, SIGTERM); /* it ends what it has started, and itself */
            handed_on = number;
        }
    }
    return status;
}
