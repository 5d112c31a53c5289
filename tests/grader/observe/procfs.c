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

ssize_t procfs_read(char *buffer, size_t size, const char *format, ...)
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

bool procfs_each_number(const char *path, void (*see)(pid_t, void *), void *argument)
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

struct family {
    pid_t *pids;
    size_t count;
    size_t most;
    pid_t parent; /* whose children are being added */
};

static void add_children_of_task(pid_t tid, void *argument)
{
    struct family *family = argument;
    char list[65536];
    if (procfs_read(list, sizeof list, "/proc/%d/task/%d/children", family->parent, tid) <= 0)
        return;
    char *rest = list;
    for (char *end; family->count < family->most; rest = end) {
        long pid = strtol(rest, &end, 10);
        if (end == rest)
            break;
        family->pids[family->count++] = (pid_t)pid;
    }
}

size_t procfs_descendants(pid_t *pids, size_t most)
{
    struct family family = {.pids = pids, .most = most};
    char path[64];
    for (size_t next = 0; next == 0 || next <= family.count; next++) {
        family.parent = next == 0 ? getpid() : pids[next - 1];
        snprintf(path, sizeof path, "/proc/%d/task", family.parent);
        procfs_each_number(path, add_children_of_task, &family);
    }
    return family.count;
}

/* ---- time and state ---- */

double procfs_cpu_seconds(pid_t pid)
{
    char line[1024];
    if (procfs_read(line, sizeof line, "/proc/%d/stat", pid) <= 0)
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
    if (procfs_read(line, sizeof line, "/proc/%d/task/%d/schedstat", delay->pid, tid) > 0 &&
        sscanf(line, "%llu %llu", &run, &delayed) == 2)
        delay->seconds += (double)delayed / 1e9;
}

double procfs_delayed_seconds_of(pid_t pid)
{
    struct delay delay = {.pid = pid};
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    procfs_each_number(path, add_delay_of_task, &delay);
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
    if (procfs_read(line, sizeof line, "/proc/%d/stat", pid) > 0)
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
    if (procfs_read(text, sizeof text, "/proc/%d/status", pid) > 0)
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
    if (procfs_read(line, sizeof line, "/proc/%d/task/%d/stat", pid, tid) <= 0)
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
        procfs_read(text, sizeof text, "/proc/%d/task/%d/status", threads->pid, tid) <= 0)
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
    procfs_each_number(path, see, &threads);
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
    return procfs_each_number(path, see, argument);
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
