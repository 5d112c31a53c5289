#define _GNU_SOURCE
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/* The program's own functions come before the probe's. */
int socket(int domain, int type, int protocol)
{
    return (int)syscall(SYS_socket, domain, type, protocol);
}
int bind(int fd, const struct sockaddr *address, socklen_t length)
{
    return (int)syscall(SYS_bind, fd, address, length);
}
int listen(int fd, int queue)
{
    return (int)syscall(SYS_listen, fd, queue);
}
int accept(int fd, struct sockaddr *address, socklen_t *length)
{
    return (int)syscall(SYS_accept4, fd, address, length, 0);
}
int connect(int fd, const struct sockaddr *address, socklen_t length)
{
    return (int)syscall(SYS_connect, fd, address, length);
}
ssize_t recv(int fd, void *bytes, size_t room, int flags)
{
    return syscall(SYS_recvfrom, fd, bytes, room, flags, NULL, NULL);
}
ssize_t recvfrom(int fd, void *bytes, size_t room, int flags, struct sockaddr *address, socklen_t *length)
{
    return syscall(SYS_recvfrom, fd, bytes, room, flags, address, length);
}
ssize_t send(int fd, const void *bytes, size_t length, int flags)
{
    return syscall(SYS_sendto, fd, bytes, length, flags, NULL, 0);
}
ssize_t sendto(int fd, const void *bytes, size_t length, int flags, const struct sockaddr *address,
               socklen_t address_length)
{
    return syscall(SYS_sendto, fd, bytes, length, flags, address, address_length);
}
ssize_t read(int fd, void *bytes, size_t room)
{
    return syscall(SYS_read, fd, bytes, room);
}
ssize_t write(int fd, const void *bytes, size_t length)
{
    return syscall(SYS_write, fd, bytes, length);
}
int close(int fd)
{
    return (int)syscall(SYS_close, fd);
}
int shutdown(int fd, int how)
{
    return (int)syscall(SYS_shutdown, fd, how);
}
int setsockopt(int fd, int level, int name, const void *value, socklen_t length)
{
    return (int)syscall(SYS_setsockopt, fd, level, name, value, length);
}
