#include "grader/observe/procfs.h"

#include "grader/observe/access.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The C library makes a vfork with clone(2) where the kernel has no call of that name; nothing else
   stands still in clone. */
#ifdef SYS_vfork
enum { SYS_VFORK = SYS_vfork };
#else
enum { SYS_VFORK = SYS_clone };
#endif

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
    access_begin();
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd == -1 ? -1 : read(fd, buffer, size - 1);
    access_end();
    if (fd == -1)
        return -1;
    close(fd);
    buffer[length > 0 ? length : 0] = '\0';
    return length;
}

/* Calls SEE(number, argument) for every entry of directory PATH that is a number. */
static bool each_number(const char *path, void (*see)(pid_t, void *), void *argument)
{
    access_begin();
    DIR *directory = opendir(path);
    for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
        char *end;
        long number = strtol(entry->d_name, &end, 10);
        if (end != entry->d_name && *end == '\0')
            see((pid_t)number, argument);
    }
    access_end();
    if (directory == NULL)
        return false;
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

size_t procfs_descendants(pid_t *pids, size_t room)
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

double procfs_cpu_seconds(pid_t pid)
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

double procfs_cpu_seconds_of_all(void)
{
    static pid_t pids[MOST_PROCESSES];
    double seconds = 0;
    size_t count = procfs_descendants(pids, MOST_PROCESSES);
    for (size_t i = 0; i < count; i++)
        seconds += procfs_cpu_seconds(pids[i]);
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

double procfs_delayed_seconds_of(pid_t pid)
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

double procfs_delayed_seconds(void)
{
    static double sum;
    static pid_t pids[MOST_PROCESSES];
    size_t count = procfs_descendants(pids, MOST_PROCESSES);
    for (size_t i = 0; i <= count; i++) {
        pid_t pid = i < count ? pids[i] : getpid();
        sum += note_delay((struct delay){pid, procfs_delayed_seconds_of(pid)});
    }
    return sum;
}

char procfs_state(pid_t pid, pid_t *parent)
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

pid_t procfs_tracer(pid_t pid)
{
    char text[4096];
    const char *tracer = NULL;
    if (read_file(text, sizeof text, "/proc/%d/status", pid) > 0)
        tracer = strstr(text, "\nTracerPid:");
    return tracer == NULL ? 0 : (pid_t)strtol(tracer + 11, NULL, 10);
}

/* ---- threads ---- */

struct threads {
    pid_t pid;
    size_t living;
    long kilobytes;
};

bool procfs_has_thread(pid_t pid, pid_t tid)
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
    threads->living += procfs_has_thread(threads->pid, tid);
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

size_t procfs_threads(pid_t pid)
{
    return ask_threads(pid, count_if_living).living;
}

long procfs_address_space(pid_t pid)
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

/* Calls SEE for every descriptor of PID; false if they cannot be looked at. */
static bool each_descriptor(pid_t pid, void (*see)(pid_t, void *), void *argument)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd", pid);
    return each_number(path, see, argument);
}

int procfs_count_descriptors(pid_t pid)
{
    int count = 0;
    return each_descriptor(pid, count_one, &count) ? count : -1;
}

int procfs_count_sockets(pid_t pid)
{
    struct census census = {.pid = pid};
    return each_descriptor(pid, count_if_socket, &census) ? census.sockets : -1;
}

bool procfs_holds_socket(pid_t pid, unsigned long inode)
{
    struct census census = {.pid = pid};
    snprintf(census.wanted, sizeof census.wanted, "socket:[%lu]", inode);
    return each_descriptor(pid, count_if_socket, &census) && census.sockets > 0;
}

/* The name of /proc/PID/fd/FD, seen with the right to look. False if there is no such descriptor.
 */
static bool stat_descriptor(pid_t pid, int fd, struct stat *status)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd/%d", pid, fd);
    access_begin();
    bool there = stat(path, status) == 0;
    access_end();
    return there;
}

bool procfs_has_descriptor(pid_t pid, int fd)
{
    struct stat status;
    return stat_descriptor(pid, fd, &status);
}

bool procfs_descriptor_is_socket(pid_t pid, int fd)
{
    struct stat status;
    return stat_descriptor(pid, fd, &status) && S_ISSOCK(status.st_mode);
}

/* ---- the call that a task stands in ---- */

struct call {
    long number;
    unsigned long arguments[6];
    char moment[512]; /* differs when it is another call, or the same with other arguments */
};

/* Where in the kernel a task waits, as /proc/PID/wchan names it, and in which call. The names are
   those of Linux 5.10 to 6.18; what is not among them is not known. */
static const struct {
    const char *begins;
    long number;
} waiting_places[] = {
    {"inet_csk_accept", SYS_accept},
    {"inet_csk_wait_for_connect", SYS_accept},
    {"sk_wait_data", SYS_recvfrom},
    {"wait_woken", SYS_recvfrom},
    {"__skb_wait_for_more_packets", SYS_recvfrom},
    {"unix_stream_read_generic", SYS_recvfrom},
    {"unix_stream_data_wait", SYS_recvfrom},
    {"sk_stream_wait_memory", SYS_sendto},
    {"sock_alloc_send_pskb", SYS_sendto},
    {"pipe_read", SYS_read},
    {"anon_pipe_read", SYS_read},
    {"pipe_wait", SYS_read},
    {"n_tty_read", SYS_read},
    {"pipe_write", SYS_write},
    {"anon_pipe_write", SYS_write},
    {"do_wait", SYS_wait4},
    {"kernel_clone", SYS_VFORK},
    {"wait_for_vfork_done", SYS_VFORK},
    {"futex_wait", SYS_futex},
    {"futex_do_wait", SYS_futex},
    {"ep_poll", SYS_epoll_pwait},
    {"do_epoll_wait", SYS_epoll_pwait},
    {"poll_schedule_timeout", SYS_ppoll},
    {"do_poll", SYS_ppoll},
    {"do_sys_poll", SYS_ppoll},
    {"do_select", SYS_pselect6},
    {"hrtimer_nanosleep", SYS_nanosleep},
    {"do_nanosleep", SYS_nanosleep},
    {"sigsuspend", SYS_rt_sigsuspend},
};

/* Where /proc/PID/syscall cannot be read: what can be told from the place. Arguments are not known:
   a wait that may have a limit of time is taken for one that has, and who reads from a pipe or a
   terminal for one who reads standard input. */
static bool read_place(struct call *call, pid_t pid, pid_t tid)
{
    char place[128];
    if (read_file(place, sizeof place, "/proc/%d/task/%d/wchan", pid, tid) <= 0)
        return false;
    for (size_t i = 0; i < sizeof waiting_places / sizeof waiting_places[0]; i++)
        if (strncmp(place, waiting_places[i].begins, strlen(waiting_places[i].begins)) == 0) {
            *call = (struct call){.number = waiting_places[i].number, .arguments = {0, 0, 1, 1, 1}};
            snprintf(call->moment, sizeof call->moment, "%s", place);
            return true;
        }
    return false;
}

/* False when task TID of PID is in no call, or cannot be looked at. */
static bool read_call(struct call *call, pid_t pid, pid_t tid)
{
    unsigned long *arguments = call->arguments;
    ssize_t length =
        read_file(call->moment, sizeof call->moment, "/proc/%d/task/%d/syscall", pid, tid);
    if (length <= 0)
        return read_place(call, pid, tid);
    call->number = -1;
    return sscanf(call->moment, "%ld %lx %lx %lx %lx %lx %lx", &call->number, &arguments[0],
                  &arguments[1], &arguments[2], &arguments[3], &arguments[4], &arguments[5]) == 7;
}

/* The system call PID's first task is blocked in, or -1. */
static long blocked_in(pid_t pid)
{
    struct call call = {.number = -1};
    return read_call(&call, pid, pid) ? call.number : -1;
}

bool procfs_is_in_vfork(pid_t pid)
{
    return blocked_in(pid) == SYS_VFORK;
}

bool procfs_waits_for_a_lock(pid_t pid)
{
    return blocked_in(pid) == SYS_futex;
}

bool procfs_waits_at_input(pid_t pid)
{
    struct call call = {.number = -1};
    return read_call(&call, pid, pid) && call.number == SYS_read && call.arguments[0] == 0;
}

bool procfs_is_accepting(pid_t pid)
{
    long number = blocked_in(pid);
    return number == SYS_accept || number == SYS_accept4;
}

bool procfs_waits_in_epoll(pid_t pid)
{
    enum { SYS_EPOLL_PWAIT2 = 441 };
    long number = blocked_in(pid);
#ifdef SYS_epoll_wait
    if (number == SYS_epoll_wait)
        return true;
#endif
    return number == SYS_epoll_pwait || number == SYS_EPOLL_PWAIT2;
}

bool procfs_waits_for_child(pid_t pid)
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
    struct call call = {.number = -1};
    if (state != 'S' || !read_call(&call, look->pid, tid) ||
        !(look->clocks_too || waits_without_limit(call.number, call.arguments))) {
        look->blocked = false;
        return;
    }
    mix(look, call.moment);
    if (read_file(text, sizeof text, "/proc/%d/task/%d/status", look->pid, tid) > 0) {
        const char *switches = strstr(text, "voluntary_ctxt_switches");
        mix(look, switches != NULL ? switches : "");
    }
}

static bool look_at_all(bool clocks_too, uint64_t *mark)
{
    static pid_t pids[MOST_PROCESSES];
    struct look look = {.clocks_too = clocks_too, .blocked = true, .mark = 14695981039346656037U};
    size_t count = procfs_descendants(pids, MOST_PROCESSES);
    access_begin(); /* once for all of them */
    for (size_t i = 0; i < count && look.blocked; i++) {
        char text[64];
        look.pid = pids[i];
        snprintf(text, sizeof text, "/proc/%d/task", pids[i]);
        each_number(text, look_at_task, &look);
        snprintf(text, sizeof text, " %d", pids[i]);
        mix(&look, text);
    }
    access_end();
    *mark = look.mark;
    return look.blocked;
}

bool procfs_all_blocked(uint64_t *mark)
{
    return look_at_all(false, mark);
}

bool procfs_all_asleep(uint64_t *mark)
{
    return look_at_all(true, mark);
}

/* ---- the end ---- */

static const double SECONDS_TO_END = 4;

static double seconds_since(const struct timespec *begun)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - begun->tv_sec) + (double)(now.tv_nsec - begun->tv_nsec) / 1e9;
}

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
    size_t count = procfs_descendants(pids, MOST_PROCESSES);
    for (int look = 0; look < 100; look++) {
        size_t before = count;
        signal_all(pids, count, SIGSTOP);
        count = procfs_descendants(pids, MOST_PROCESSES);
        if (count == before)
            break;
    }
    return count;
}

int procfs_end_descendants(const pid_t *expected, size_t expected_count)
{
    static pid_t pids[MOST_PROCESSES];
    int others = 0;
    struct timespec begun;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    double waited = procfs_delayed_seconds_of(getpid());
    while (seconds_since(&begun) - (procfs_delayed_seconds_of(getpid()) - waited) <
           SECONDS_TO_END) {
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
