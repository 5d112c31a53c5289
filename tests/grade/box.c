#include "grade/box.h"

#include "grade/box_filter.h"
#include "grade/box_group.h"
#include "grade/box_users.h"
#include "grade/box_view.h"
#include "grader/base/limit.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What the child that becomes the box needs. */
struct birth {
    const struct box *box;
    const char *const *arguments;
    const char *group; /* empty: none */
    struct box_map map;
    bool root;
    int parent; /* the socket between the two */
    int status; /* where bubblewrap tells what becomes of the program */
};

/* ---- in the child that becomes the box ---- */

/* Tells the parent WHY, who waits for it. */
static _Noreturn void give_up(const struct birth *birth, const struct text *why)
{
    if (why->start != NULL)
        send(birth->parent, why->start, why->length, MSG_NOSIGNAL);
    _exit(1);
}

static _Noreturn void give_up_at(const struct birth *birth, const char *what)
{
    struct text why = {0};
    text_add(&why, "%s: %s", what, strerror(errno));
    give_up(birth, &why);
}

static void reset_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Waits until the parent has written who is who, and becomes root of the new namespace. */
static void become_root_of_box(const struct birth *birth)
{
    char byte = '\n';
    if (send(birth->parent, &byte, 1, MSG_NOSIGNAL) != 1 || recv(birth->parent, &byte, 1, 0) != 1)
        _exit(1); /* the parent is gone, or knows already what is wrong */
    if (setresgid(0, 0, 0) == -1 || setresuid(0, 0, 0) == -1 ||
        (birth->map.many && setgroups(0, NULL) == -1))
        give_up_at(birth, "cannot become root of the box");
}

static void limit(const struct birth *birth, int resource, rlim_t most)
{
    if (most == 0 && resource != RLIMIT_CORE)
        return;
    if (!limit_to(resource, most))
        give_up_at(birth, "setrlimit");
}

/* As root of the box, so that these count what runs in this box alone. */
static void set_limits(const struct birth *birth)
{
    const struct box_limits *limits = &birth->box->limits;
    limit(birth, RLIMIT_CORE, 0);
    limit(birth, RLIMIT_FSIZE, limits->file);
    limit(birth, RLIMIT_AS, limits->address_space);
    limit(birth, RLIMIT_CPU, limits->processor);
    limit(birth, RLIMIT_NPROC, limits->tasks);
}

/* A user namespace gives a program powers that many a fault of the kernel needs. bubblewrap makes
   two of them to get to a single user, and nobody makes any other. */
static void forbid_namespaces(const struct birth *birth)
{
    static const char path[] = "/proc/sys/user/max_user_namespaces";
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file == -1 || write(file, birth->map.many ? "0" : "2", 1) != 1)
        give_up_at(birth, path);
    close(file);
}

/* If memory runs out, what is in a box shall go first. (Where that cannot be said, it may not.) */
static void offer_memory(void)
{
    int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (file == -1)
        return;
    ssize_t ignored = write(file, "800", 3);
    (void)ignored;
    close(file);
}

/* A copy of descriptor FD whose number no descriptor of the program's has. HOW: F_DUPFD, for
   bubblewrap, or F_DUPFD_CLOEXEC. */
static int keep(const struct birth *birth, int fd, int how)
{
    int high = fcntl(fd, how, BOX_DESCRIPTORS);
    if (high == -1)
        give_up_at(birth, "a descriptor to pass on");
    return high;
}

/* All others are closed on exec. */
static void pass_descriptors(const struct birth *birth)
{
    const struct box *box = birth->box;
    int high[BOX_DESCRIPTORS];
    int null = keep(birth, open("/dev/null", O_RDWR | O_CLOEXEC), F_DUPFD_CLOEXEC);
    for (size_t i = 0; i < box->descriptor_count; i++)
        high[i] = keep(birth, box->descriptors[i].outside, F_DUPFD_CLOEXEC);
    for (int fd = 0; fd < 3; fd++)
        if (dup2(null, fd) == -1)
            give_up_at(birth, "/dev/null");
    for (size_t i = 0; i < box->descriptor_count; i++)
        if (dup2(high[i], box->descriptors[i].inside) == -1)
            give_up_at(birth, "a descriptor to pass on");
}

/* The powers in the box that the grader needs for its tests: owners (chown), users (set*id), views
   (mount, unshare), locked folders, the end of what runs, descriptors of a process. */
static const char *const powers[] = {
    "CAP_CHOWN",  "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER",    "CAP_KILL",
    "CAP_SETGID", "CAP_SETPCAP",      "CAP_SETUID",          "CAP_SYS_ADMIN", "CAP_SYS_PTRACE"};
enum { POWERS = sizeof powers / sizeof powers[0] };

/* bubblewrap lets every program inherit the powers it gives. They are for one, so that root's
   programs lose them when they give up the bounding set: capabilities(7). */
static const char *const not_inherited[] = {"/usr/bin/setpriv", "--inh-caps=-all",
                                            "--ambient-caps=-all", "--"};

static bool gives_users(const struct birth *birth)
{
    return birth->map.many && birth->box->gives_users;
}

static void add_namespaces(const struct birth *birth, struct box_words *words)
{
    static const char *const flags[] = {"bwrap",
                                        "--unshare-ipc",
                                        "--unshare-pid",
                                        "--unshare-net",
                                        "--unshare-uts",
                                        "--unshare-cgroup",
                                        "--die-with-parent",
                                        "--new-session",
                                        "--hostname",
                                        "box",
                                        "--cap-drop",
                                        "ALL"};
    static const char *const one_user[] = {"--unshare-user", "--uid", "1000", "--gid", "1000"};
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        box_words_add(words, flags[i]);
    for (size_t i = 0; !birth->map.many && i < sizeof one_user / sizeof one_user[0]; i++)
        box_words_add(words, one_user[i]);
    for (size_t i = 0;
         birth->map.many && birth->box->gives_users && i < sizeof powers / sizeof powers[0]; i++) {
        box_words_add(words, "--cap-add");
        box_words_add(words, powers[i]);
    }
}

static _Noreturn void run_bubblewrap(const struct birth *birth)
{
    static const char *const least[] = {"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8", NULL};
    static struct box_words words;
    struct text why = {0};
    const struct box *box = birth->box;
    int filter = box_filter_open();
    if (filter == -1)
        give_up_at(birth, "a filter for system calls");
    add_namespaces(birth, &words);
    if (!box_view_arguments(box, &words, &why))
        give_up(birth, &why);
    box_words_add(&words, "--seccomp");
    box_words_add_number(&words, keep(birth, filter, F_DUPFD));
    box_words_add(&words, "--json-status-fd");
    box_words_add_number(&words, keep(birth, birth->status, F_DUPFD));
    box_words_add(&words, "--");
    for (size_t i = 0; gives_users(birth) && i < sizeof not_inherited / sizeof not_inherited[0];
         i++)
        box_words_add(&words, not_inherited[i]);
    for (size_t i = 0; birth->arguments[i] != NULL; i++)
        box_words_add(&words, birth->arguments[i]);
    pass_descriptors(birth);
    execve("/usr/bin/bwrap", (char *const *)words.words,
           (char *const *)(box->environment != NULL ? box->environment : least));
    give_up_at(birth, "/usr/bin/bwrap");
}

/* The parent's end is our end, whenever that comes: prctl(2) forgets it when the user changes. */
static void die_with_parent(const struct birth *birth)
{
    struct pollfd parent = {.fd = birth->parent};
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
        give_up_at(birth, "prctl");
    if (poll(&parent, 1, 0) == -1 || (parent.revents & POLLHUP) != 0)
        _exit(1);
}

/* Our processes have numbers of their own, and bubblewrap looks its child up by number: in the
   /proc of before it finds a stranger, or nobody, as in a container. */
static void show_own_processes(struct birth *birth)
{
    if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == -1)
        give_up_at(birth, "/proc");
}

static _Noreturn void become_box(struct birth *birth)
{
    struct text why = {0};
    setsid(); /* what a terminal sends to its group goes to our parent alone, who ends us */
    reset_signals();
    birth->parent = keep(birth, birth->parent, F_DUPFD);
    birth->status = keep(birth, birth->status, F_DUPFD);
    syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC);
    offer_memory();
    if (birth->group[0] != '\0' && !box_group_join(birth->group))
        give_up_at(birth, birth->group);
    if (birth->root) {
        if (setgroups(0, NULL) == -1)
            give_up_at(birth, "setgroups");
        if (!box_view_prepare(birth->box, birth->map.users[0].outside, &why))
            give_up(birth, &why);
        show_own_processes(birth);
        if (unshare(CLONE_NEWUSER) == -1)
            give_up_at(birth, "a user namespace");
    }
    become_root_of_box(birth);
    if (!birth->root) {
        if (!box_view_prepare(birth->box, 0, &why))
            give_up(birth, &why);
        show_own_processes(birth);
    }
    set_limits(birth);
    forbid_namespaces(birth);
    die_with_parent(birth);
    run_bubblewrap(birth);
}

/* ---- in the parent ---- */

/* Reads what the child says until it is bubblewrap, which says nothing here. */
static bool attend_birth(const struct birth *birth, int child, pid_t pid, struct text *why)
{
    char words[1024];
    ssize_t count = recv(child, words, sizeof words, 0);
    if (count == 1 && words[0] == '\n') {
        if (!box_map_write(&birth->map, pid, why))
            return false;
        if (send(child, words, 1, MSG_NOSIGNAL) == 1)
            count = recv(child, words, sizeof words, 0);
    }
    if (count > 0)
        text_add_bytes(why, words, (size_t)count);
    if (count < 0)
        text_add(why, "the box went while it was made: %s", strerror(errno));
    return count == 0;
}

/* The child is the first process of a namespace (pid_namespaces(7)), so that nothing in it outlives
   it, and its end is the end of all. Root needs its own powers once more, to show what is in locked
   folders, before it gives them up with a user namespace. */
static bool give_birth(struct boxed *boxed, struct birth *birth, struct text *why)
{
    int sockets[2];
    unsigned long flags = CLONE_NEWPID | CLONE_NEWNS | SIGCHLD | (birth->root ? 0 : CLONE_NEWUSER);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) == -1) {
        text_add(why, "socketpair: %s", strerror(errno));
        return false;
    }
    boxed->pid = (pid_t)syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);
    int error = errno;
    if (boxed->pid == 0) {
        close(sockets[0]);
        birth->parent = sockets[1];
        become_box(birth);
    }
    close(sockets[1]);
    if (boxed->pid == -1)
        text_add(why, "new namespaces: %s", strerror(error));
    bool born = boxed->pid != -1 && attend_birth(birth, sockets[0], boxed->pid, why);
    close(sockets[0]);
    return born;
}

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
    struct birth birth = {.box = box, .arguments = arguments, .root = geteuid() == 0};
    int status[2];
    *boxed = (struct boxed){.pid = -1, .status = -1};
    if (!descriptors_are_sound(box, why) || !box_view_is_sound(box, why) ||
        !box_map_find(&birth.map, box->users, why))
        return false;
    if (pipe2(status, O_CLOEXEC) == -1) {
        text_add(why, "pipe: %s", strerror(errno));
        return false;
    }
    birth.status = status[1];
    birth.group = boxed->group;
    boxed->status = status[0];
    bool born = (box->limits.group == NULL ||
                 box_group_open(boxed->group, sizeof boxed->group, &box->limits, why)) &&
                give_birth(boxed, &birth, why);
    close(status[1]);
    if (!born)
        box_end(boxed);
    return born;
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
