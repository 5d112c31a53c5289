#include "grader/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The beginning of a file of /proc as a string; its length, or -1. */
static ssize_t read_file(char *buffer, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static ssize_t read_file(char *buffer, size_t size, const char *format, ...)
{
    char path[128];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(path, sizeof path, format, arguments);
    va_end(arguments);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd == -1)
        return -1;
    ssize_t length = read(fd, buffer, size - 1);
    close(fd);
    buffer[length > 0 ? length : 0] = '\0';
    return length;
}

/* Calls SEE(number, argument) for every entry of directory PATH that is a number. */
static bool each_number(const char *path, void (*see)(pid_t, void *), void *argument)
{
    DIR *directory = opendir(path);
    if (directory == NULL)
        return false;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        char *end;
        long number = strtol(entry->d_name, &end, 10);
        if (end != entry->d_name && *end == '\0')
            see((pid_t)number, argument);
    }
    closedir(directory);
    return true;
}

/* ---- who descends from whom ---- */

enum { MOST_PROCESSES = 4096 };

struct family {
    pid_t *pids;
    size_t count;
    size_t room;
    pid_t parent; /* whose children are being added */
};

static void add_children_of_task(pid_t tid, void *argument)
{
    struct family *family = argument;
    char list[65536];
    if (read_file(list, sizeof list, "/proc/%d/task/%d/children", family->parent, tid) <= 0)
        return;
    char *rest = list;
    for (char *end; family->count < family->room; rest = end) {
        long pid = strtol(rest, &end, 10);
        if (end == rest)
            break;
        family->pids[family->count++] = (pid_t)pid;
    }
}

size_t proc_descendants(pid_t *pids, size_t room)
{
    struct family family = {.pids = pids, .room = room};
    char path[64];
    for (size_t next = 0; next == 0 || next <= family.count; next++) {
        family.parent = next == 0 ? getpid() : pids[next - 1];
        snprintf(path, sizeof path, "/proc/%d/task", family.parent);
        each_number(path, add_children_of_task, &family);
    }
    return family.count;
}

/* ---- time and state ---- */

double proc_cpu_seconds(pid_t pid)
{
    char line[1024];
    if (read_file(line, sizeof line, "/proc/%d/stat", pid) <= 0)
        return 0;
    const char *after_name = strrchr(line, ')'); /* the name may hold anything */
    unsigned long user = 0;
    unsigned long system = 0;
    long child_user = 0;
    long child_system = 0;
    if (after_name == NULL ||
        sscanf(after_name + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %ld %ld",
               &user, &system, &child_user, &child_system) != 4)
        return 0;
    return (double)(user + system + (unsigned long)(child_user + child_system)) /
           (double)sysconf(_SC_CLK_TCK);
}

double proc_cpu_seconds_of_all(void)
{
    static pid_t pids[MOST_PROCESSES];
    double seconds = 0;
    size_t count = proc_descendants(pids, MOST_PROCESSES);
    for (size_t i = 0; i < count; i++)
        seconds += proc_cpu_seconds(pids[i]);
    return seconds;
}

struct delay {
    pid_t pid;
    double seconds;
};

static void add_delay_of_task(pid_t tid, void *argument)
{
    struct delay *delay = argument;
    char line[128];
    unsigned long long run;
    unsigned long long delayed; /* ns: Documentation/scheduler/sched-stats.rst of the kernel */
    if (read_file(line, sizeof line, "/proc/%d/task/%d/schedstat", delay->pid, tid) > 0 &&
        sscanf(line, "%llu %llu", &run, &delayed) == 2)
        delay->seconds += (double)delayed / 1e9;
}

double proc_delayed_seconds_of(pid_t pid)
{
    struct delay delay = {.pid = pid};
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    each_number(path, add_delay_of_task, &delay);
    return delay.seconds;
}

/* How long each process has been kept waiting, as it was seen last. Those that have ended stay, so
   that the sum never goes down. */
enum { MOST_DELAYED = 2 * MOST_PROCESSES };
static struct delay delays[MOST_DELAYED];

/* Notes the DELAY of a process. Returns by how much it has grown since it was seen last. */
static double note_delay(struct delay delay)
{
    size_t at = (size_t)delay.pid % MOST_DELAYED;
    for (size_t tries = 0; delays[at].pid != 0 && delays[at].pid != delay.pid; tries++) {
        if (tries == MOST_DELAYED)
            return 0;
        at = (at + 1) % MOST_DELAYED;
    }
    /* Less than before: a thread of it has ended, or its number is another process's now. */
    double more = delay.seconds - delays[at].seconds;
    delays[at] = delay;
    return more > 0 ? more : 0;
}

double proc_delayed_seconds(void)
{
    static double sum;
    static pid_t pids[MOST_PROCESSES];
    size_t count = proc_descendants(pids, MOST_PROCESSES);
    for (size_t i = 0; i <= count; i++) {
        pid_t pid = i < count ? pids[i] : getpid();
        sum += note_delay((struct delay){pid, proc_delayed_seconds_of(pid)});
    }
    return sum;
}

char proc_state(pid_t pid, pid_t *parent)
{
    char line[1024];
    char state = '\0';
    int number = 0;
    const char *after_name = NULL;
    if (read_file(line, sizeof line, "/proc/%d/stat", pid) > 0)
        after_name = strrchr(line, ')');
    if (after_name != NULL && sscanf(after_name + 1, " %c %d", &state, &number) != 2)
        state = '\0';
    *parent = (pid_t)number;
    return state;
}

/* ---- threads ---- */

struct threads {
    pid_t pid;
    size_t living;
    long kilobytes;
};

bool proc_has_thread(pid_t pid, pid_t tid)
{
    char line[1024];
    if (read_file(line, sizeof line, "/proc/%d/task/%d/stat", pid, tid) <= 0)
        return false;
    const char *after_name = strrchr(line, ')');
    return after_name != NULL && strncmp(after_name, ") Z", 3) != 0 &&
           strncmp(after_name, ") X", 3) != 0;
}

static void count_if_living(pid_t tid, void *argument)
{
    struct threads *threads = argument;
    threads->living += proc_has_thread(threads->pid, tid);
}

/* A task that has ended says nothing about memory, and others of its process may live. */
static void ask_for_size(pid_t tid, void *argument)
{
    struct threads *threads = argument;
    char text[4096];
    if (threads->kilobytes != 0 ||
        read_file(text, sizeof text, "/proc/%d/task/%d/status", threads->pid, tid) <= 0)
        return;
    const char *size = strstr(text, "\nVmSize:");
    if (size != NULL)
        threads->kilobytes = strtol(size + 8, NULL, 10);
}

static struct threads ask_threads(pid_t pid, void (*see)(pid_t, void *))
{
    struct threads threads = {.pid = pid};
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    each_number(path, see, &threads);
    return threads;
}

size_t proc_threads(pid_t pid)
{
    return ask_threads(pid, count_if_living).living;
}

long proc_address_space(pid_t pid)
{
    return ask_threads(pid, ask_for_size).kilobytes;
}

/* ---- descriptors ---- */

struct census {
    pid_t pid;
    int sockets;
    char wanted[64]; /* count only this one; empty: all */
};

static void count_if_socket(pid_t fd, void *argument)
{
    struct census *census = argument;
    char path[64];
    char target[64];
    snprintf(path, sizeof path, "/proc/%d/fd/%d", census->pid, fd);
    ssize_t length = readlink(path, target, sizeof target);
    if (length < 7 || length == sizeof target || memcmp(target, "socket:", 7) != 0)
        return;
    target[length] = '\0';
    census->sockets += census->wanted[0] == '\0' || strcmp(target, census->wanted) == 0;
}

static void count_one(pid_t fd, void *argument)
{
    (void)fd;
    ++*(int *)argument;
}

int proc_count_descriptors(pid_t pid)
{
    int count = 0;
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd", pid);
    return each_number(path, count_one, &count) ? count : -1;
}

int proc_count_sockets(pid_t pid)
{
    struct census census = {.pid = pid};
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd", pid);
    return each_number(path, count_if_socket, &census) ? census.sockets : -1;
}

bool proc_holds_socket(pid_t pid, unsigned long inode)
{
    struct census census = {.pid = pid};
    char path[64];
    snprintf(census.wanted, sizeof census.wanted, "socket:[%lu]", inode);
    snprintf(path, sizeof path, "/proc/%d/fd", pid);
    return each_number(path, count_if_socket, &census) && census.sockets > 0;
}

/* The system call PID's first task is blocked in, or -1. */
static long blocked_in(pid_t pid)
{
    char text[256];
    long number = -1;
    if (read_file(text, sizeof text, "/proc/%d/syscall", pid) <= 0 ||
        sscanf(text, "%ld", &number) != 1)
        return -1;
    return number;
}

bool proc_is_accepting(pid_t pid)
{
    long number = blocked_in(pid);
    return number == SYS_accept || number == SYS_accept4;
}

bool proc_waits_in_epoll(pid_t pid)
{
    enum { SYS_EPOLL_PWAIT2 = 441 };
    long number = blocked_in(pid);
#ifdef SYS_epoll_wait
    if (number == SYS_epoll_wait)
        return true;
#endif
    return number == SYS_epoll_pwait || number == SYS_EPOLL_PWAIT2;
}

bool proc_waits_for_child(pid_t pid)
{
    long number = blocked_in(pid);
    return number == SYS_wait4 || number == SYS_waitid;
}

/* ---- blocked, or not ---- */

/* True when a task in system call NUMBER with these ARGUMENTS waits without a limit of time. */
static bool waits_without_limit(long number, const unsigned long *arguments)
{
    switch (number) {
    case SYS_read:
    case SYS_readv:
    case SYS_write:
    case SYS_writev:
    case SYS_recvfrom:
    case SYS_recvmsg:
    case SYS_sendto:
    case SYS_sendmsg:
    case SYS_accept:
    case SYS_accept4:
    case SYS_wait4:
    case SYS_waitid:
    case SYS_splice:
    case SYS_sendmmsg:
    case SYS_sendfile:
    case SYS_rt_sigsuspend:
#ifdef SYS_pause
    case SYS_pause:
#endif
        return true;
#ifdef SYS_poll
    case SYS_poll:
        return (int)arguments[2] < 0;
#endif
    case SYS_ppoll:
    case SYS_rt_sigtimedwait:
        return arguments[2] == 0;
#ifdef SYS_select
    case SYS_select:
#endif
    case SYS_pselect6:
    case SYS_recvmmsg:
        return arguments[4] == 0;
#ifdef SYS_epoll_wait
    case SYS_epoll_wait:
#endif
    case SYS_epoll_pwait:
        return (int)arguments[3] < 0;
    case SYS_futex:
        return arguments[3] == 0;
    default:
        return false;
    }
}

struct look {
    pid_t pid;
    bool clocks_too;
    bool blocked;
    uint64_t mark;
};

/* FNV-1a, to tell one moment from another. */
static void mix(struct look *look, const char *text)
{
    for (; *text != '\0'; text++)
        look->mark = (look->mark ^ (unsigned char)*text) * 1099511628211U;
}

static void look_at_task(pid_t tid, void *argument)
{
    struct look *look = argument;
    char text[8192];
    if (read_file(text, sizeof text, "/proc/%d/task/%d/stat", look->pid, tid) <= 0)
        return; /* it has ended in the meantime; the mark of the next look differs */
    const char *after_name = strrchr(text, ')');
    char state = '?';
    if (after_name != NULL)
        state = after_name[2];
    if (state == 'Z' || state == 'X')
        return;
    if (state == 'T') { /* stopped by the test, and nobody else will let it go on */
        mix(look, "T");
        return;
    }
    if (state != 'S' ||
        read_file(text, sizeof text, "/proc/%d/task/%d/syscall", look->pid, tid) <= 0) {
        look->blocked = false;
        return;
    }
    long number = -1;
    unsigned long arguments[6];
    if (sscanf(text, "%ld %lx %lx %lx %lx %lx %lx", &number, &arguments[0], &arguments[1],
               &arguments[2], &arguments[3], &arguments[4], &arguments[5]) != 7 ||
        !(look->clocks_too || waits_without_limit(number, arguments))) {
        look->blocked = false;
        return;
    }
    mix(look, text);
    if (read_file(text, sizeof text, "/proc/%d/task/%d/status", look->pid, tid) > 0) {
        const char *switches = strstr(text, "voluntary_ctxt_switches");
        mix(look, switches != NULL ? switches : "");
    }
}

static bool look_at_all(bool clocks_too, uint64_t *mark)
{
    static pid_t pids[MOST_PROCESSES];
    struct look look = {.clocks_too = clocks_too, .blocked = true, .mark = 14695981039346656037U};
    size_t count = proc_descendants(pids, MOST_PROCESSES);
    for (size_t i = 0; i < count && look.blocked; i++) {
        char text[64];
        look.pid = pids[i];
        snprintf(text, sizeof text, "/proc/%d/task", pids[i]);
        each_number(text, look_at_task, &look);
        snprintf(text, sizeof text, " %d", pids[i]);
        mix(&look, text);
    }
    *mark = look.mark;
    return look.blocked;
}

bool proc_all_blocked(uint64_t *mark)
{
    return look_at_all(false, mark);
}

bool proc_all_asleep(uint64_t *mark)
{
    return look_at_all(true, mark);
}

/* ---- the end ---- */

static bool is_among(pid_t pid, const pid_t *pids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (pids[i] == pid)
            return true;
    return false;
}

static void signal_all(const pid_t *pids, size_t count, int number)
{
    for (size_t i = 0; i < count; i++)
        kill(pids[i], number);
}

/* Stops everything, so that nothing can fork any more: once a second look finds no more than the
   first, all are stopped. Returns how many are in PIDS. */
static size_t stop_descendants(pid_t *pids)
{
    size_t count = proc_descendants(pids, MOST_PROCESSES);
    for (int look = 0; look < 100; look++) {
        size_t before = count;
        signal_all(pids, count, SIGSTOP);
        count = proc_descendants(pids, MOST_PROCESSES);
        if (count == before)
            break;
    }
    return count;
}

int proc_end_descendants(const pid_t *expected, size_t expected_count)
{
    static pid_t pids[MOST_PROCESSES];
    int others = 0;
    for (int round = 0; round < 1000; round++) {
        size_t count = stop_descendants(pids);
        if (count == 0)
            return others;
        for (size_t i = 0; i < count; i++)
            others += !is_among(pids[i], expected, expected_count);
        signal_all(pids, count, SIGKILL);
        /* Those that are not ours to wait for become so when their parents have ended. */
        for (size_t i = 0; i < count; i++)
            waitpid(pids[i], NULL, __WALL);
    }
    return -1;
}
