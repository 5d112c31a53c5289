/*
 * What _FORTIFY_SOURCE makes of calls in a program that asks for it: functions which look whether
 * the bytes fit, and then call what the program has written. They go on to the probe's own.
 */
#include "probe/memory.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define CALLER __builtin_return_address(0)

/* Ends the program, as the C library's do. */
__attribute__((noreturn)) void __chk_fail(void);

ssize_t __read_chk(int fd, void *buffer, size_t length, size_t size)
{
    if (length > size)
        __chk_fail();
    event_called_from(CALLER);
    return read(fd, buffer, length);
}

ssize_t __recv_chk(int fd, void *buffer, size_t length, size_t size, int flags)
{
    if (length > size)
        __chk_fail();
    event_called_from(CALLER);
    return recv(fd, buffer, length, flags);
}

ssize_t __recvfrom_chk(int fd, void *buffer, size_t length, size_t size, int flags,
                       struct sockaddr *address, socklen_t *address_size)
{
    if (length > size)
        __chk_fail();
    event_called_from(CALLER);
    return recvfrom(fd, buffer, length, flags, address, address_size);
}

int __poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t size)
{
    if (size / sizeof *fds < count)
        __chk_fail();
    event_called_from(CALLER);
    return poll(fds, count, timeout);
}

int __ppoll_chk(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
                const sigset_t *mask, size_t size)
{
    if (size / sizeof *fds < count)
        __chk_fail();
    event_called_from(CALLER);
    return ppoll(fds, count, timeout, mask);
}
