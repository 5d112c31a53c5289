#include "grade/box.h"

#include "grade/box_group.h"
#include "grade/box_spawn.h"
#include "grade/box_users.h"
#include "grade/box_view.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static bool descriptors_are_sound(const struct box *box, struct text *why)
{
    bool sound = box->descriptor_count < BOX_DESCRIPTORS;
    for (size_t i = 0; sound && i < box->descriptor_count; i++)
        sound = box->descriptors[i].inside >= 0 && box->descriptors[i].inside < BOX_DESCRIPTORS;
    if (!sound)
        text_add(why, "descriptors in a box go from 0 to %d", BOX_DESCRIPTORS - 1);
    return sound;
}

bool box_start(struct boxed *boxed, const struct box *box, const char *const *arguments,
               struct text *why)
{
    struct box_spawn spawn = {.box = box, .arguments = arguments, .root = geteuid() == 0};
    int status[2];
    *boxed = (struct boxed){.pid = -1, .status = -1};
    if (!descriptors_are_sound(box, why) || !box_view_is_sound(box, why) ||
        !box_map_find(&spawn.map, box->users, why))
        return false;
    if (pipe2(status, O_CLOEXEC) == -1) {
        text_add(why, "pipe: %s", strerror(errno));
        return false;
    }
    spawn.status = status[1];
    spawn.group = boxed->group;
    boxed->status = status[0];
    bool begun = (box->limits.group == NULL ||
                  box_group_open(boxed->group, sizeof boxed->group, &box->limits, why)) &&
                 box_spawn(boxed, &spawn, why);
    close(status[1]);
    if (!begun)
        box_end(boxed);
    return begun;
}

/* What bubblewrap told, when all who could write it are gone: it says nothing of an end unless the
   program had really started. */
static int exit_status(int pipe)
{
    char words[1024];
    size_t used = 0;
    for (ssize_t count; used < sizeof words - 1 &&
                        (count = read(pipe, words + used, sizeof words - 1 - used)) > 0;)
        used += (size_t)count;
    words[used] = '\0';
    const char *code = strstr(words, "\"exit-code\":");
    return code == NULL ? -1 : (int)strtol(code + strlen("\"exit-code\":"), NULL, 10);
}

/* box_end(); *WAITED is what waitpid(2) told of bubblewrap. */
static int end_box(struct boxed *boxed, int *waited)
{
    int status = -1;
    if (boxed->pid > 0) {
        kill(boxed->pid, SIGKILL);
        while (waitpid(boxed->pid, waited, 0) == -1 && errno == EINTR)
            ;
        status = exit_status(boxed->status);
    }
    if (boxed->status != -1)
        close(boxed->status);
    if (boxed->group[0] != '\0')
        box_group_close(boxed->group);
    *boxed = (struct boxed){.pid = -1, .status = -1};
    return status;
}

int box_end(struct boxed *boxed)
{
    int waited;
    return end_box(boxed, &waited);
}

/* ---- from beginning to end ---- */

/* What box_run() watches. */
struct watch {
    const struct box *box;
    struct boxed boxed;
    int output;
    int signals;
    long long deadline; /* ns; 0: none */
    size_t bytes;
    struct text first; /* of what was written, for WHY */
    void (*write)(void *, const char *, size_t);
    void *argument;
};

static long long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (long long)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* Hands on what has been written. False: it was more than is allowed. */
static bool hand_on(struct watch *watch)
{
    enum { MOST_FIRST = 256 };
    static char bytes[16 << 10];
    size_t most = watch->box->limits.output;
    for (ssize_t count; (count = read(watch->output, bytes, sizeof bytes)) > 0;) {
        size_t room =
            most == 0 || most - watch->bytes > (size_t)count ? (size_t)count : most - watch->bytes;
        if (watch->first.length < MOST_FIRST)
            text_add_bytes(&watch->first, bytes, room);
        watch->write(watch->argument, bytes, room);
        watch->bytes += room;
        if (room < (size_t)count)
            return false;
    }
    return true;
}

static enum box_end watch_until_end(struct watch *watch, int *status)
{
    struct pollfd polled[] = {{.fd = watch->boxed.status}, /* hung up when bubblewrap has ended */
                              {.fd = watch->output, .events = POLLIN},
                              {.fd = watch->signals, .events = POLLIN}};
    for (;;) {
        struct timespec left = {0};
        long long ns = watch->deadline - now();
        if (watch->deadline != 0 && ns <= 0)
            return BOX_LATE;
        left.tv_sec = ns / 1000000000;
        left.tv_nsec = ns % 1000000000;
        if (ppoll(polled, 3, watch->deadline == 0 ? NULL : &left, NULL) == -1 && errno != EINTR)
            return BOX_KILLED;
        struct signalfd_siginfo signal;
        if ((polled[2].revents & POLLIN) != 0 &&
            read(watch->signals, &signal, sizeof signal) == sizeof signal) {
            *status = (int)signal.ssi_signo;
            return BOX_INTERRUPTED;
        }
        if (!hand_on(watch))
            return BOX_TOO_LONG;
        if ((polled[1].revents & POLLHUP) != 0)
            polled[1].fd = -1;                  /* nobody inside has it any more */
        if ((polled[0].revents & POLLHUP) != 0) /* then all is written that ever will be */
            return hand_on(watch) ? BOX_ENDED : BOX_TOO_LONG;
    }
}

static int open_signals(sigset_t *before)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
    sigset_t signals;
    sigemptyset(&signals);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        sigaddset(&signals, numbers[i]);
    sigprocmask(SIG_BLOCK, &signals, before);
    return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Starts the box with descriptors 1 and 2 at the pipe OUTPUT, unless BOX has something else. */
static bool start_watched(struct watch *watch, const char *const *arguments, int output,
                          struct text *why)
{
    struct box_descriptor descriptors[BOX_DESCRIPTORS + 2] = {{output, 1}, {output, 2}};
    struct box box = *watch->box;
    if (!descriptors_are_sound(&box, why))
        return false;
    for (size_t i = 0; i < box.descriptor_count; i++) /* the last one with a number counts */
        descriptors[2 + i] = box.descriptors[i];
    box.descriptors = descriptors;
    box.descriptor_count += 2;
    return box_start(&watch->boxed, &box, arguments, why);
}

/* Whether the program had ended by itself, if the box has. */
static enum box_end judge(const struct watch *watch, int code, int waited, struct text *why)
{
    if (code >= 0)
        return BOX_ENDED;
    if (!WIFEXITED(waited))
        return BOX_KILLED;
    text_add(why, "bubblewrap failed: ");
    if (watch->first.start != NULL)
        text_harmless(why, watch->first.start, strcspn(watch->first.start, "\n"), 256, false);
    return BOX_NOT_STARTED;
}

static enum box_end run_watched(struct watch *watch, const char *const *arguments, int *status,
                                struct text *why)
{
    int output[2];
    int waited = 0;
    if (pipe2(output, O_CLOEXEC) == -1 || fcntl(output[0], F_SETFL, O_NONBLOCK) == -1) {
        text_add(why, "pipe: %s", strerror(errno));
        return BOX_NOT_STARTED;
    }
    watch->output = output[0];
    bool started = start_watched(watch, arguments, output[1], why);
    close(output[1]);
    enum box_end end = BOX_NOT_STARTED;
    if (started) {
        end = watch_until_end(watch, status);
        int code = end_box(&watch->boxed, &waited);
        if (end == BOX_ENDED) {
            end = judge(watch, code, waited, why);
            *status = code;
        }
    }
    close(output[0]);
    return end;
}

enum box_end box_run(const struct box *box, const char *const *arguments,
                     void (*output)(void *argument, const char *bytes, size_t length),
                     void *argument, int *status, struct text *why)
{
    struct watch watch = {.box = box, .write = output, .argument = argument};
    sigset_t before;
    *status = -1;
    if (box->limits.seconds > 0)
        watch.deadline = now() + (long long)(box->limits.seconds * 1e9);
    watch.signals = open_signals(&before);
    if (watch.signals == -1)
        text_add(why, "signalfd: %s", strerror(errno));
    enum box_end end =
        watch.signals == -1 ? BOX_NOT_STARTED : run_watched(&watch, arguments, status, why);
    if (watch.signals != -1)
        close(watch.signals);
    text_free(&watch.first);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return end;
}
