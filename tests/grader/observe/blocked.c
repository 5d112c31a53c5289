#include "grader/observe/blocked.h"

#include "grader/observe/access.h"
#include "grader/observe/procfs.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The C library makes a vfork with clone(2) where the kernel has no call of that name; nothing else
   stands still in clone. */
#ifdef SYS_vfork
enum { SYS_VFORK = SYS_vfork };
#else
enum { SYS_VFORK = SYS_clone };
#endif

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
    if (procfs_read(place, sizeof place, "/proc/%d/task/%d/wchan", pid, tid) <= 0)
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
        procfs_read(call->moment, sizeof call->moment, "/proc/%d/task/%d/syscall", pid, tid);
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

bool blocked_in_vfork(pid_t pid)
{
    return blocked_in(pid) == SYS_VFORK;
}

bool blocked_in_lock(pid_t pid)
{
    return blocked_in(pid) == SYS_futex;
}

bool blocked_at_input(pid_t pid)
{
    struct call call = {.number = -1};
    return read_call(&call, pid, pid) && call.number == SYS_read && call.arguments[0] == 0;
}

bool blocked_in_accept(pid_t pid)
{
    long number = blocked_in(pid);
    return number == SYS_accept || number == SYS_accept4;
}

bool blocked_in_epoll(pid_t pid)
{
    enum { SYS_EPOLL_PWAIT2 = 441 };
    long number = blocked_in(pid);
#ifdef SYS_epoll_wait
    if (number == SYS_epoll_wait)
        return true;
#endif
    return number == SYS_epoll_pwait || number == SYS_EPOLL_PWAIT2;
}

bool blocked_in_wait(pid_t pid)
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
    if (procfs_read(text, sizeof text, "/proc/%d/task/%d/stat", look->pid, tid) <= 0)
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
    if (procfs_read(text, sizeof text, "/proc/%d/task/%d/status", look->pid, tid) > 0) {
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
        procfs_each_number(text, look_at_task, &look);
        snprintf(text, sizeof text, " %d", pids[i]);
        mix(&look, text);
    }
    access_end();
    *mark = look.mark;
    return look.blocked;
}

bool all_are_blocked(uint64_t *mark)
{
    return look_at_all(false, mark);
}

bool all_are_asleep(uint64_t *mark)
{
    return look_at_all(true, mark);
}
