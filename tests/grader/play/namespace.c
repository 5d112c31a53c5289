#include "grader/play/namespace.h"

#include "grader/observe/procfs.h"
#include "grader/play/descendants.h"
#include "grader/play/view.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t entered_from; /* the process that called namespace_enter(); 0: there is no namespace */

/* ---- the grader ---- */

static bool put(const char *path, const char *words)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool done = fd != -1 && write(fd, words, strlen(words)) == (ssize_t)strlen(words);
    if (fd != -1)
        close(fd);
    return done;
}

/* In a user namespace one may make the others. In this one we are who we were, and nobody else is
   anybody; so for root, who has to become others, it is no good. */
static bool own_user_namespace(int others)
{
    char users[64];
    char groups[64];
    if (geteuid() == 0)
        return false;
    snprintf(users, sizeof users, "%u %u 1", geteuid(), geteuid());
    snprintf(groups, sizeof groups, "%u %u 1", getegid(), getegid());
    return unshare(CLONE_NEWUSER | others) == 0 && put("/proc/self/setgroups", "deny") &&
           put("/proc/self/uid_map", users) && put("/proc/self/gid_map", groups);
}

static bool own_proc(void)
{
    return mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0;
}

/* Numbers of processes are as large as elsewhere, so that nobody, a student above all, takes one
   for a descriptor. Without the right to choose them, or without CONFIG_CHECKPOINT_RESTORE, they
   begin at 1. */
static void begin_with_large_numbers(void)
{
    put("/proc/sys/kernel/ns_last_pid", "10000");
}

/* SIGCHLD, and what is passed on. */
static sigset_t signals_to_wait_for(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    return signals;
}

/* Waits for CHILD and exits as it did; then nothing that descends from this process is left. */
static _Noreturn void stand_for(pid_t child)
{
    sigset_t signals = signals_to_wait_for();
    int status = 0;
    while (waitpid(child, &status, WNOHANG) == 0) {
        int number = sigwaitinfo(&signals, NULL);
        if (number != -1 && number != SIGCHLD)
            kill(child, number);
    }
    descendants_end(NULL, 0);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

/* In a child of the caller's: makes the namespaces, and returns in the first process inside; its
   parent, which is outside, stands between the two. READY is told when all is as it should be. */
static void start_inside(int ready)
{
    int namespaces = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pid_t child = unshare(namespaces) == 0 || own_user_namespace(namespaces) ? fork() : -1;
    if (child == -1)
        _exit(1);
    if (child > 0) {
        close(ready);
        stand_for(child);
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (!own_proc() || write(ready, "", 1) != 1)
        _exit(1);
    begin_with_large_numbers();
    close(ready);
}

/* Returns in the first process of the namespaces, or in the caller, if there can be none. */
static void try_inside(void)
{
    int ready[2];
    char byte;
    pid_t self = getpid();
    pid_t child = pipe2(ready, O_CLOEXEC) == -1 ? -1 : fork();
    if (child == -1)
        return;
    close(ready[child == 0 ? 0 : 1]);
    if (child == 0) {
        start_inside(ready[1]);
        entered_from = self;
        return;
    }
    if (read(ready[0], &byte, 1) == 1)
        stand_for(child);
    close(ready[0]);
    waitpid(child, NULL, 0);
}

void namespace_enter(void)
{
    sigset_t before;
    sigset_t signals = signals_to_wait_for();
    fflush(NULL);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    sigprocmask(SIG_BLOCK, &signals, &before);
    try_inside();
    if (entered_from == 0) {
        pid_t child = fork();
        if (child > 0)
            stand_for(child);
        if (child == 0)
            prctl(PR_SET_PDEATHSIG, SIGKILL);
    }
    prctl(PR_SET_DUMPABLE, 0); /* processes of the same user must not look into this one */
    sigprocmask(SIG_SETMASK, &before, NULL);
}

unsigned namespace_number(pid_t pid)
{
    enum { INSIDE = 15, OUTSIDE = 16 }; /* bits */
    if (entered_from == 0)
        return (unsigned)pid;
    return ((unsigned)entered_from % (1U << OUTSIDE)) << INSIDE | (unsigned)pid % (1U << INSIDE);
}

/* ---- a test ---- */

bool namespace_own_files(const char *scratch, const char *const *needed)
{
    static const char *const folders[] = {"/tmp", "/var/tmp", "/dev/shm"};
    static const char *const none[] = {NULL};
    /* Below chroot(2) there may be no view of the files, and this all the same. */
    bool done = unshare(CLONE_NEWIPC) == 0;
    if (!view_open() || !done)
        return false;
    for (size_t i = 0; i < sizeof folders / sizeof folders[0] && done; i++)
        done = access(folders[i], F_OK) == -1 ||
               view_cover(folders[i], "mode=1777,size=64m,nr_inodes=8k", needed, VIEW_READ_ONLY);
    done = done && view_cover(scratch, "mode=0777,size=64m,nr_inodes=8k", none, VIEW_AS_IT_IS);
    return done;
}
