#include "grade/box_spawn.h"

#include "grade/box_filter.h"
#include "grade/box_group.h"
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
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- in the child that becomes the box ---- */

/* Tells the parent WHY, who waits for it. */
static _Noreturn void give_up(const struct box_spawn *spawn, const struct text *why)
{
    if (why->start != NULL)
        send(spawn->parent, why->start, why->length, MSG_NOSIGNAL);
    _exit(1);
}

static _Noreturn void give_up_at(const struct box_spawn *spawn, const char *what)
{
    struct text why = {0};
    text_add(&why, "%s: %s", what, strerror(errno));
    give_up(spawn, &why);
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
static void become_root_of_box(const struct box_spawn *spawn)
{
    char byte = '\n';
    if (send(spawn->parent, &byte, 1, MSG_NOSIGNAL) != 1 || recv(spawn->parent, &byte, 1, 0) != 1)
        _exit(1); /* the parent is gone, or knows already what is wrong */
    if (setresgid(0, 0, 0) == -1 || setresuid(0, 0, 0) == -1 ||
        (spawn->map.many && setgroups(0, NULL) == -1))
        give_up_at(spawn, "cannot become root of the box");
}

static void limit(const struct box_spawn *spawn, int resource, rlim_t most)
{
    if (most == 0 && resource != RLIMIT_CORE)
        return;
    if (!limit_to(resource, most))
        give_up_at(spawn, "setrlimit");
}

/* As root of the box, so that these count what runs in this box alone. */
static void set_limits(const struct box_spawn *spawn)
{
    const struct box_limits *limits = &spawn->box->limits;
    limit(spawn, RLIMIT_CORE, 0);
    limit(spawn, RLIMIT_FSIZE, limits->file);
    limit(spawn, RLIMIT_AS, limits->address_space);
    if (limits->processor != 0 && !limit_processor(limits->processor))
        give_up_at(spawn, "setrlimit");
    limit(spawn, RLIMIT_NPROC, limits->tasks);
}

/* A user namespace gives a program powers that many a fault of the kernel needs. bubblewrap makes
   two of them to get to a single user, and nobody makes any other. */
static void forbid_namespaces(const struct box_spawn *spawn)
{
    static const char path[] = "/proc/sys/user/max_user_namespaces";
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file == -1 || write(file, spawn->map.many ? "0" : "2", 1) != 1)
        give_up_at(spawn, path);
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
static int keep(const struct box_spawn *spawn, int fd, int how)
{
    int high = fcntl(fd, how, BOX_DESCRIPTORS);
    if (high == -1)
        give_up_at(spawn, "a descriptor to pass on");
    return high;
}

/* All others are closed on exec. */
static void pass_descriptors(const struct box_spawn *spawn)
{
    const struct box *box = spawn->box;
    int high[BOX_DESCRIPTORS];
    int null = keep(spawn, open("/dev/null", O_RDWR | O_CLOEXEC), F_DUPFD_CLOEXEC);
    for (size_t i = 0; i < box->descriptor_count; i++)
        high[i] = keep(spawn, box->descriptors[i].outside, F_DUPFD_CLOEXEC);
    for (int fd = 0; fd < 3; fd++)
        if (dup2(null, fd) == -1)
            give_up_at(spawn, "/dev/null");
    for (size_t i = 0; i < box->descriptor_count; i++)
        if (dup2(high[i], box->descriptors[i].inside) == -1)
            give_up_at(spawn, "a descriptor to pass on");
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

static bool gives_users(const struct box_spawn *spawn)
{
    return spawn->map.many && spawn->box->gives_users;
}

static void add_namespaces(const struct box_spawn *spawn, struct box_words *words)
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
    for (size_t i = 0; !spawn->map.many && i < sizeof one_user / sizeof one_user[0]; i++)
        box_words_add(words, one_user[i]);
    for (size_t i = 0;
         spawn->map.many && spawn->box->gives_users && i < sizeof powers / sizeof powers[0]; i++) {
        box_words_add(words, "--cap-add");
        box_words_add(words, powers[i]);
    }
}

static _Noreturn void run_bubblewrap(const struct box_spawn *spawn)
{
    static const char *const least[] = {"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8", NULL};
    static struct box_words words;
    struct text why = {0};
    const struct box *box = spawn->box;
    int filter = box_filter_open();
    if (filter == -1)
        give_up_at(spawn, "a filter for system calls");
    add_namespaces(spawn, &words);
    if (!box_view_arguments(box, &words, &why))
        give_up(spawn, &why);
    box_words_add(&words, "--seccomp");
    box_words_add_number(&words, keep(spawn, filter, F_DUPFD));
    box_words_add(&words, "--json-status-fd");
    box_words_add_number(&words, keep(spawn, spawn->status, F_DUPFD));
    box_words_add(&words, "--");
    for (size_t i = 0; gives_users(spawn) && i < sizeof not_inherited / sizeof not_inherited[0];
         i++)
        box_words_add(&words, not_inherited[i]);
    for (size_t i = 0; spawn->arguments[i] != NULL; i++)
        box_words_add(&words, spawn->arguments[i]);
    pass_descriptors(spawn);
    execve("/usr/bin/bwrap", (char *const *)words.words,
           (char *const *)(box->environment != NULL ? box->environment : least));
    give_up_at(spawn, "/usr/bin/bwrap");
}

/* The parent's end is our end, whenever that comes: prctl(2) forgets it when the user changes. */
static void die_with_parent(const struct box_spawn *spawn)
{
    struct pollfd parent = {.fd = spawn->parent};
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
        give_up_at(spawn, "prctl");
    if (poll(&parent, 1, 0) == -1 || (parent.revents & POLLHUP) != 0)
        _exit(1);
}

/* Our processes have numbers of their own, and bubblewrap looks its child up by number: in the
   /proc of before it finds a stranger, or nobody, as in a container. */
static void show_own_processes(struct box_spawn *spawn)
{
    if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == -1)
        give_up_at(spawn, "/proc");
}

static _Noreturn void run_box(struct box_spawn *spawn)
{
    struct text why = {0};
    setsid(); /* what a terminal sends to its group goes to our parent alone, who ends us */
    reset_signals();
    spawn->parent = keep(spawn, spawn->parent, F_DUPFD);
    spawn->status = keep(spawn, spawn->status, F_DUPFD);
    syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC);
    offer_memory();
    if (spawn->group[0] != '\0' && !box_group_join(spawn->group))
        give_up_at(spawn, spawn->group);
    if (spawn->root) {
        if (setgroups(0, NULL) == -1)
            give_up_at(spawn, "setgroups");
        if (!box_view_prepare(spawn->box, spawn->map.users[0].outside, &why))
            give_up(spawn, &why);
        show_own_processes(spawn);
        if (unshare(CLONE_NEWUSER) == -1)
            give_up_at(spawn, "a user namespace");
    }
    become_root_of_box(spawn);
    if (!spawn->root) {
        if (!box_view_prepare(spawn->box, 0, &why))
            give_up(spawn, &why);
        show_own_processes(spawn);
    }
    set_limits(spawn);
    forbid_namespaces(spawn);
    die_with_parent(spawn);
    run_bubblewrap(spawn);
}

/* ---- in the parent ---- */

/* Reads what the child says until it is bubblewrap, which says nothing here. */
static bool attend(const struct box_spawn *spawn, int child, pid_t pid, struct text *why)
{
    char words[1024];
    ssize_t count = recv(child, words, sizeof words, 0);
    if (count == 1 && words[0] == '\n') {
        if (!box_map_write(&spawn->map, pid, why))
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
bool box_spawn(struct boxed *boxed, struct box_spawn *spawn, struct text *why)
{
    int sockets[2];
    unsigned long flags = CLONE_NEWPID | CLONE_NEWNS | SIGCHLD | (spawn->root ? 0 : CLONE_NEWUSER);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) == -1) {
        text_add(why, "socketpair: %s", strerror(errno));
        return false;
    }
    boxed->pid = (pid_t)syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);
    int error = errno;
    if (boxed->pid == 0) {
        close(sockets[0]);
        spawn->parent = sockets[1];
        run_box(spawn);
    }
    close(sockets[1]);
    if (boxed->pid == -1)
        text_add(why, "new namespaces: %s", strerror(error));
    bool begun = boxed->pid != -1 && attend(spawn, sockets[0], boxed->pid, why);
    close(sockets[0]);
    return begun;
}
