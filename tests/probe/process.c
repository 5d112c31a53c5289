/* Processes: how they begin, end and are waited for; and signals, how they are handled and sent. */
#include "probe/memory.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define CALLER __builtin_return_address(0)

/* A handler without SA_RESTART makes blocked calls fail with EINTR. */
static void note_handler(void (*handler)(int), int flags)
{
    if (memory() != NULL && handler != SIG_DFL && handler != SIG_IGN)
        atomic_store(&memory()->handling, 1);
    if (memory() != NULL && handler != SIG_DFL && handler != SIG_IGN && !(flags & SA_RESTART))
        atomic_store(&memory()->interruptible, 1);
}

static pid_t fork_with(pid_t (*real)(void), void *caller)
{
    struct probe_event *event = event_begin(CALL_FORK, -1, (int64_t)__fpending(stdout), caller);
    if (event_fails(event))
        return (pid_t)event_end(event, -1);
    pid_t pid = real();
    if (pid == 0)
        memory_after_fork();
    else
        event_end(event, pid);
    return pid;
}

pid_t fork(void)
{
    REAL(fork);
    return fork_with(real, CALLER);
}

/* fork(3) without the handlers of pthread_atfork(3). */
pid_t _Fork(void)
{
    REAL(_Fork);
    return fork_with(real, CALLER);
}

/* Forks within the C library, and only the child returns. */
int daemon(int keep_folder, int keep_console)
{
    REAL(daemon);
    int result = real(keep_folder, keep_console);
    memory_after_fork();
    return result;
}

pid_t wait(int *status)
{
    REAL(wait);
    struct probe_event *event = event_begin(CALL_WAIT, -1, 0, CALLER);
    return (pid_t)event_end(event, real(status));
}

pid_t waitpid(pid_t pid, int *status, int options)
{
    REAL(waitpid);
    struct probe_event *event = event_begin(CALL_WAITPID, -1, options, CALLER);
    if (event != NULL)
        event->process = pid;
    return (pid_t)event_end(event, real(pid, status, options));
}

pid_t wait3(int *status, int options, struct rusage *usage)
{
    REAL(wait3);
    struct probe_event *event = event_begin(CALL_WAIT3, -1, options, CALLER);
    return (pid_t)event_end(event, real(status, options, usage));
}

pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage)
{
    REAL(wait4);
    struct probe_event *event = event_begin(CALL_WAIT4, -1, options, CALLER);
    if (event != NULL)
        event->process = pid;
    return (pid_t)event_end(event, real(pid, status, options, usage));
}

/* Returns 0 and not the child's number, which is what the event is given as its result. */
int waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
    REAL(waitid);
    struct probe_event *event = event_begin(CALL_WAITID, -1, options, CALLER);
    if (event != NULL && type == P_PID)
        event->process = (int32_t)id;
    siginfo_t found = {0};
    int result = real(type, id, &found, options);
    if (result == 0 && info != NULL)
        *info = found;
    event_end(event, result == 0 ? found.si_pid : result);
    return result;
}

sighandler_t signal(int number, sighandler_t handler)
{
    REAL(signal);
    note_handler(handler, SA_RESTART);
    struct probe_event *event = event_begin(CALL_SIGNAL, -1, number, CALLER);
    sighandler_t old = real(number, handler);
    event_end(event, old == SIG_ERR ? -1 : 0);
    return old;
}

sighandler_t __sysv_signal(int number, sighandler_t handler)
{
    REAL(__sysv_signal);
    note_handler(handler, 0);
    struct probe_event *event = event_begin(CALL_SIGNAL, -1, number, CALLER);
    sighandler_t old = real(number, handler);
    event_end(event, old == SIG_ERR ? -1 : 0);
    return old;
}

int sigaction(int number, const struct sigaction *action, struct sigaction *old)
{
    REAL(sigaction);
    if (action != NULL)
        note_handler(action->sa_handler, action->sa_flags);
    struct probe_event *event = event_begin(CALL_SIGACTION, -1, number, CALLER);
    return (int)event_end(event, real(number, action, old));
}

int kill(pid_t pid, int number)
{
    REAL(kill);
    struct probe_event *event = event_begin(CALL_KILL, -1, number, CALLER);
    if (event != NULL)
        event->process = pid;
    /* To every process of this user: written down, and not carried out. */
    if (event != NULL && pid == -1) {
        event->faulted = 1;
        errno = EPERM;
        return (int)event_end(event, -1);
    }
    return (int)event_end(event, real(pid, number));
}
