/* watch: grades again whenever a file is saved. make watch-N starts it.
   usage: watch RESULTS FOLDER… -- COMMAND…
   COMMAND grades, and writes its results to RESULTS. FOLDERs are those with the files. Editors
   write a new file and rename it over the old one, so the folder is watched, not the file. */
#include "grader/base/messages.h"
#include "watch/changes.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SAVES = IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF };
enum { QUIET_MS = 50 }; /* an editor that saves several files is done after so long a silence */

struct watch {
    const char *results;
    char **folders; /* up to NULL */
    char **command; /* up to NULL */
    int saved;      /* from inotify(7) */
    int ended;      /* Ctrl-C and the like, from signalfd(2) */
    sigset_t usual; /* the signals that were blocked before */
};

static _Noreturn void fail(const char *what)
{
    perror(what);
    exit(3);
}

static void open_events(struct watch *watch)
{
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGHUP);
    sigprocmask(SIG_BLOCK, &ends, &watch->usual);
    watch->ended = signalfd(-1, &ends, SFD_CLOEXEC);
    watch->saved = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (watch->ended == -1 || watch->saved == -1)
        fail("watch");
    for (char **folder = watch->folders; *folder != NULL; folder++)
        if (inotify_add_watch(watch->saved, *folder, SAVES) == -1)
            fail(*folder);
}

static bool is_source(const struct inotify_event *event)
{
    size_t length = event->len > 0 ? strlen(event->name) : 0;
    return length > 2 && event->name[0] != '.' &&
           (strcmp(event->name + length - 2, ".c") == 0 ||
            strcmp(event->name + length - 2, ".h") == 0);
}

/* Takes what inotify(7) has. Returns whether a C file or a header was saved. */
static bool take_events(const struct watch *watch)
{
    _Alignas(struct inotify_event) char bytes[4096];
    bool source = false;
    ssize_t length;
    while ((length = read(watch->saved, bytes, sizeof bytes)) > 0)
        for (const char *at = bytes; at < bytes + length;) {
            const struct inotify_event *event = (const void *)at;
            if ((event->mask & (IN_DELETE_SELF | IN_MOVE_SELF)) != 0) {
                fprintf(stderr, _("watch: the folder is gone\n"));
                exit(3);
            }
            source |= is_source(event);
            at += sizeof *event + event->len;
        }
    return source;
}

/* Waits until a file is saved, and all is quiet again; false after Ctrl-C. */
static bool wait_for_save(const struct watch *watch)
{
    struct pollfd ready[] = {{.fd = watch->saved, .events = POLLIN},
                             {.fd = watch->ended, .events = POLLIN}};
    for (bool saved = false;;) {
        int count = poll(ready, 2, saved ? QUIET_MS : -1);
        if (count == -1 && errno != EINTR)
            fail("poll");
        if (count > 0 && ready[1].revents != 0)
            return false;
        if (count == 0)
            return true;
        saved |= take_events(watch);
    }
}

/* Runs the command to its end. Ctrl-C reaches it as well: both are in the terminal's foreground.
   Returns whether it could be run. */
static bool grade(const struct watch *watch)
{
    int status;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        sigprocmask(SIG_SETMASK, &watch->usual, NULL);
        execv(watch->command[0], watch->command);
        perror(watch->command[0]);
        _exit(127);
    }
    if (pid == -1)
        fail("fork");
    while (waitpid(pid, &status, 0) == -1)
        if (errno != EINTR)
            fail("waitpid");
    return !WIFEXITED(status) || WEXITSTATUS(status) != 127;
}

static bool was_ended(const struct watch *watch)
{
    struct pollfd one = {.fd = watch->ended, .events = POLLIN};
    return poll(&one, 1, 0) > 0;
}

static int run(struct watch *watch)
{
    const char *clear = isatty(STDOUT_FILENO) ? "\033[H\033[2J\033[3J" : "";
    cJSON *before = NULL;
    open_events(watch);
    do {
        printf("%s", clear);
        unlink(watch->results); /* what an interrupted run leaves would be the last one's */
        if (!grade(watch))
            return 3;
        if (was_ended(watch))
            break;
        cJSON *now = changes_read(watch->results);
        changes_tell(before, now);
        if (now != NULL) {
            cJSON_Delete(before);
            before = now;
        }
        printf(_("waiting for a file to be saved in %s (Ctrl-C ends)\n"), watch->folders[0]);
        fflush(stdout);
    } while (wait_for_save(watch));
    cJSON_Delete(before);
    printf("\n");
    return 0;
}

int main(int argc, char **argv)
{
    struct watch watch = {.results = argc > 1 ? argv[1] : NULL, .folders = argv + 2};
    for (int i = 3; i + 1 < argc && watch.command == NULL; i++)
        if (strcmp(argv[i], "--") == 0) {
            argv[i] = NULL;
            watch.command = argv + i + 1;
        }
    if (watch.command == NULL) {
        fprintf(stderr, "usage: watch RESULTS FOLDER... -- COMMAND...\n");
        return 2;
    }
    return run(&watch);
}
