/*
 * System calls that the program makes by their number, with syscall(2), and processes that it makes
 * with clone(2): they go the way of the functions that the C library has for them. Numbers that are
 * not here, and calls that are not the program's own, go straight to the kernel.
 */
#include "probe/memory.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CALLER __builtin_return_address(0)

enum { ARGUMENTS = 6 };

/* Argument N as a number or a pointer. */
#define I(n) ((int)arguments[n])
#define U(n) ((unsigned)arguments[n])
#define N(n) ((size_t)arguments[n])
#define P(n) ((void *)arguments[n])

/* Each of these makes the call and returns true, or it is none of theirs. */
static bool opens_or_closes(long number, const long *arguments, long *result)
{
    switch (number) {
    case SYS_socket:
        return *result = socket(I(0), I(1), I(2)), true;
    case SYS_bind:
        return *result = bind(I(0), P(1), U(2)), true;
    case SYS_listen:
        return *result = listen(I(0), I(1)), true;
    case SYS_setsockopt:
        return *result = setsockopt(I(0), I(1), I(2), P(3), U(4)), true;
    case SYS_accept:
        return *result = accept(I(0), P(1), P(2)), true;
    case SYS_accept4:
        return *result = accept4(I(0), P(1), P(2), I(3)), true;
    case SYS_connect:
        return *result = connect(I(0), P(1), U(2)), true;
    case SYS_shutdown:
        return *result = shutdown(I(0), I(1)), true;
    case SYS_close:
        return *result = close(I(0)), true;
    case SYS_dup:
        return *result = dup(I(0)), true;
    case SYS_dup3:
        return *result = dup3(I(0), I(1), I(2)), true;
#ifdef SYS_dup2
    case SYS_dup2:
        return *result = dup2(I(0), I(1)), true;
#endif
    default:
        return false;
    }
}

static bool moves_bytes(long number, const long *arguments, long *result)
{
    switch (number) {
    case SYS_recvfrom:
        if (P(4) == NULL)
            return *result = recv(I(0), P(1), N(2), I(3)), true;
        return *result = recvfrom(I(0), P(1), N(2), I(3), P(4), P(5)), true;
    case SYS_recvmsg:
        return *result = recvmsg(I(0), P(1), I(2)), true;
    case SYS_recvmmsg:
        return *result = recvmmsg(I(0), P(1), U(2), I(3), P(4)), true;
    case SYS_read:
        return *result = read(I(0), P(1), N(2)), true;
    case SYS_readv:
        return *result = readv(I(0), P(1), I(2)), true;
    case SYS_sendto:
        if (P(4) == NULL)
            return *result = send(I(0), P(1), N(2), I(3)), true;
        return *result = sendto(I(0), P(1), N(2), I(3), P(4), U(5)), true;
    case SYS_sendmsg:
        return *result = sendmsg(I(0), P(1), I(2)), true;
    case SYS_sendmmsg:
        return *result = sendmmsg(I(0), P(1), U(2), I(3)), true;
    case SYS_write:
        return *result = write(I(0), P(1), N(2)), true;
    case SYS_writev:
        return *result = writev(I(0), P(1), I(2)), true;
    case SYS_sendfile:
        return *result = sendfile(I(0), I(1), P(2), N(3)), true;
    case SYS_splice:
        return *result = splice(I(0), P(1), I(2), P(3), N(4), U(5)), true;
    default:
        return false;
    }
}

static bool waits(long number, const long *arguments, long *result)
{
    switch (number) {
#ifdef SYS_poll
    case SYS_poll:
        return *result = poll(P(0), N(1), I(2)), true;
    case SYS_select:
        return *result = select(I(0), P(1), P(2), P(3), P(4)), true;
    case SYS_epoll_wait:
        return *result = epoll_wait(I(0), P(1), I(2), I(3)), true;
#endif
    case SYS_ppoll:
        return *result = ppoll(P(0), N(1), P(2), P(3)), true;
    case SYS_epoll_pwait:
        return *result = epoll_pwait(I(0), P(1), I(2), I(3), P(4)), true;
    case SYS_nanosleep:
        return *result = nanosleep(P(0), P(1)), true;
    case SYS_wait4:
        return *result = wait4(I(0), P(1), I(2), P(3)), true;
    case SYS_kill:
        return *result = kill(I(0), I(1)), true;
    default:
        return false;
    }
}

/* A fork by its number: without a stack of its own, and without the memory of its parent. */
static bool is_fork(long number, const long *arguments)
{
#ifdef SYS_fork
    if (number == SYS_fork)
        return true;
#endif
    return number == SYS_clone && (arguments[0] & CLONE_VM) == 0 && P(1) == NULL;
}

long syscall(long number, ...)
{
    REAL(syscall);
    va_list list;
    long arguments[ARGUMENTS];
    long result;
    va_start(list, number);
    for (int i = 0; i < ARGUMENTS; i++) /* as the C library does: more than there are, at times */
        arguments[i] = va_arg(list, long);
    va_end(list);
    const long *a = arguments;
    if (memory() == NULL || place_in_program(CALLER) == 0)
        return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    struct probe_event *forking = NULL;
    if (is_fork(number, arguments)) {
        forking = event_begin(CALL_FORK, -1, 0, CALLER);
        if (event_fails(forking))
            return event_end(forking, -1);
    } else {
        event_called_from(CALLER);
        if (opens_or_closes(number, a, &result) || moves_bytes(number, a, &result) ||
            waits(number, a, &result))
            return result;
        event_called_from(NULL);
    }
    result = real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    if (forking != NULL && result == 0)
        memory_after_fork();
    else
        event_end(forking, result);
    return result;
}

struct beginning {
    int (*body)(void *);
    void *argument;
};

/* In the child, which has a copy of its parent's stack. */
static int begin(void *argument)
{
    const struct beginning *beginning = argument;
    memory_after_fork();
    return beginning->body(beginning->argument);
}

int clone(int (*body)(void *), void *stack, int flags, void *argument, ...)
{
    REAL(clone);
    va_list list;
    va_start(list, argument);
    pid_t *parent = va_arg(list, pid_t *);
    void *own = va_arg(list, void *);
    pid_t *child = va_arg(list, pid_t *);
    va_end(list);
    struct beginning beginning = {body, argument};
    if (memory() == NULL || (flags & CLONE_VM) != 0)
        return real(body, stack, flags, argument, parent, own, child);
    struct probe_event *event = event_begin(CALL_FORK, -1, 0, CALLER);
    if (event_fails(event))
        return (int)event_end(event, -1);
    return (int)event_end(event, real(begin, stack, flags, &beginning, parent, own, child));
}
