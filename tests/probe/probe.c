/*
 * The probe: a library preloaded into the program under test. Each function below stands before the
 * one of the C library with the same name: it writes the call into the shared memory (shared.h),
 * carries out the fault or gate that the test has set, and otherwise does exactly what the real one
 * does. The program itself is not changed.
 *
 * Calls that the C library makes within itself are not seen, so what programs let it do with their
 * sockets has its own functions here: stream.c (stdio), raw.c (system calls by number), checked.c
 * (_FORTIFY_SOURCE).
 */
#include "probe/crash.h"
#include "probe/driver.h"
#include "probe/memory.h"
#include "probe/room.h"
#include "probe/time.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CALLER __builtin_return_address(0)

__attribute__((constructor)) static void start(void)
{
    memory_open();
    crash_watch();
    memory_ready();
    if (orders() != NULL && orders()->stops != 0) {
        prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY); /* without Yama there is no such option */
        raise(SIGSTOP);
    }
}

/* Port and IPv4 address of a socket address into the event. A mapped address (::ffff:127.0.0.1)
   counts as the IPv4 one. */
static void note_address(struct probe_event *event, const struct sockaddr *address, socklen_t size)
{
    if (event == NULL || address == NULL)
        return;
    if (address->sa_family == AF_INET && size >= sizeof(struct sockaddr_in)) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof v4);
        event->port = ntohs(v4.sin_port);
        event->address = ntohl(v4.sin_addr.s_addr);
    } else if (address->sa_family == AF_INET6 && size >= sizeof(struct sockaddr_in6)) {
        struct sockaddr_in6 v6;
        memcpy(&v6, address, sizeof v6);
        event->port = ntohs(v6.sin6_port);
        if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
            memcpy(&event->address, &v6.sin6_addr.s6_addr[12], sizeof event->address);
            event->address = ntohl(event->address);
        }
    }
}

/* The address of FD's own end (GETNAME getsockname) or of the other (getpeername); nothing if FD is
   -1, what a call that failed has returned. */
static void note_name(struct probe_event *event, int fd,
                      int (*getname)(int, struct sockaddr *, socklen_t *))
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    int error = errno;
    if (event != NULL && fd >= 0 && getname(fd, (struct sockaddr *)&address, &size) == 0)
        note_address(event, (struct sockaddr *)&address, size);
    errno = error;
}

/* A handler without SA_RESTART makes blocked calls fail with EINTR. */
static void note_handler(void (*handler)(int), int flags)
{
    if (memory() != NULL && handler != SIG_DFL && handler != SIG_IGN)
        atomic_store(&memory()->handling, 1);
    if (memory() != NULL && handler != SIG_DFL && handler != SIG_IGN && !(flags & SA_RESTART))
        atomic_store(&memory()->interruptible, 1);
}

/* ---- opening and closing ---- */

int socket(int domain, int type, int protocol)
{
    REAL(socket);
    struct probe_event *event = event_begin(CALL_SOCKET, -1, type, CALLER);
    if (event_fails(event))
        return (int)event_end(event, -1);
    return (int)event_end(event, real(domain, type, protocol));
}

int bind(int fd, const struct sockaddr *address, socklen_t size)
{
    REAL(bind);
    struct probe_event *event = event_begin(CALL_BIND, fd, size, CALLER);
    note_address(event, address, size);
    if (event_fails(event))
        return (int)event_end(event, -1);
    return (int)event_end(event, real(fd, address, size));
}

int listen(int fd, int backlog)
{
    REAL(listen);
    struct probe_event *event = event_begin(CALL_LISTEN, fd, backlog, CALLER);
    if (event_fails(event))
        return (int)event_end(event, -1);
    int result = real(fd, backlog);
    note_name(event, fd, getsockname);
    return (int)event_end(event, result);
}

static bool is_zero(const void *bytes, size_t size)
{
    const char *byte = bytes;
    while (size > 0 && *byte == 0)
        byte++, size--;
    return size == 0;
}

/* While the test wants small buffers, the program does not make them larger. */
static bool are_buffers_kept(int level, int option)
{
    return level == SOL_SOCKET && (option == SO_SNDBUF || option == SO_RCVBUF) &&
           memory() != NULL && atomic_load(&orders()->buffers) != 0;
}

int setsockopt(int fd, int level, int option, const void *value, socklen_t size)
{
    REAL(setsockopt);
    struct probe_event *event =
        event_begin(CALL_SETSOCKOPT, fd, level == SOL_SOCKET ? option : -1, CALLER);
    if (event_fails(event))
        return (int)event_end(event, -1);
    if (are_buffers_kept(level, option))
        return (int)event_end(event, 0);
    struct timeval cut;
    int result = real(
        fd, level, option,
        level == SOL_SOCKET && option == SO_RCVTIMEO ? time_cut_option(value, size, &cut) : value,
        size);
    if (result == 0 && level == SOL_SOCKET && (option == SO_RCVTIMEO || option == SO_SNDTIMEO) &&
        !is_zero(value, size)) /* that means for ever */
        time_note();
    /* Whatever VALUE points to: the kernel could read it, so it is there. */
    if (event != NULL && result == 0 && size >= sizeof event->address)
        memcpy(&event->address, value, sizeof event->address);
    return (int)event_end(event, result);
}

/* Small buffers, if the test wants them: then a send blocks before megabytes are under way. */
static void shrink_buffers(int fd)
{
    REAL(setsockopt);
    int error = errno;
    if (memory() != NULL && fd != -1 && atomic_load(&orders()->buffers) != 0) {
        int bytes = (int)atomic_load(&orders()->buffers);
        real(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
        real(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    }
    errno = error;
}

int accept(int fd, struct sockaddr *address, socklen_t *size)
{
    REAL(accept);
    struct probe_event *event = event_begin(CALL_ACCEPT, fd, address == NULL ? -1 : 0, CALLER);
    if (event_fails(event))
        return (int)event_end(event, -1);
    int result = real(fd, address, size);
    shrink_buffers(result);
    note_name(event, result, getpeername);
    return (int)event_end(event, result);
}

int accept4(int fd, struct sockaddr *address, socklen_t *size, int flags)
{
    REAL(accept4);
    struct probe_event *event = event_begin(CALL_ACCEPT4, fd, address == NULL ? -1 : 0, CALLER);
    if (event_fails(event))
        return (int)event_end(event, -1);
    int result = real(fd, address, size, flags);
    shrink_buffers(result);
    note_name(event, result, getpeername);
    return (int)event_end(event, result);
}

int connect(int fd, const struct sockaddr *address, socklen_t size)
{
    REAL(connect);
    struct probe_event *event = event_begin(CALL_CONNECT, fd, size, CALLER);
    note_address(event, address, size);
    if (event_fails(event))
        return (int)event_end(event, -1);
    return (int)event_end(event, real(fd, address, size));
}

int shutdown(int fd, int how)
{
    REAL(shutdown);
    struct probe_event *event = event_begin(CALL_SHUTDOWN, fd, how, CALLER);
    return (int)event_end(event, real(fd, how));
}

int close(int fd)
{
    REAL(close);
    struct probe_event *event = event_begin(CALL_CLOSE, fd, 0, CALLER);
    int result = real(fd);
    /* On Linux the descriptor is gone, whatever close(2) reports. */
    return (int)event_end(event, result == 0 && event_fails(event) ? -1 : result);
}

int dup(int fd)
{
    REAL(dup);
    struct probe_event *event = event_begin(CALL_DUP, fd, 0, CALLER);
    return (int)event_end(event, real(fd));
}

int dup2(int fd, int wanted)
{
    REAL(dup2);
    struct probe_event *event = event_begin(CALL_DUP2, fd, wanted, CALLER);
    return (int)event_end(event, real(fd, wanted));
}

int dup3(int fd, int wanted, int flags)
{
    REAL(dup3);
    struct probe_event *event = event_begin(CALL_DUP3, fd, wanted, CALLER);
    return (int)event_end(event, real(fd, wanted, flags));
}

/* ---- drivers (probe/driver.h) ---- */

struct probe_event *probe_calls(int call, int fd, int64_t argument)
{
    return event_begin((enum probe_call)call, fd, argument, NULL);
}

void probe_returns(struct probe_event *event, int64_t result, int port)
{
    if (event != NULL)
        event->port = port;
    event_end(event, result);
}

/* ---- receiving and sending ---- */

/* The bytes in a list of buffers. */
static size_t length_of(const struct iovec *parts, size_t count)
{
    size_t length = 0;
    for (size_t i = 0; i < count; i++)
        length += parts[i].iov_len;
    return length;
}

/* A message whose buffers hold LIMIT bytes at most; the parts that stay are copied to PARTS. */
enum { MOST_PARTS = 16 };
static struct msghdr cut_message(const struct msghdr *message, struct iovec *parts, size_t limit)
{
    struct msghdr cut = *message;
    if (limit >= length_of(message->msg_iov, message->msg_iovlen) ||
        message->msg_iovlen > MOST_PARTS)
        return cut;
    cut.msg_iov = parts;
    for (size_t i = 0; i < message->msg_iovlen; i++) {
        parts[i] = message->msg_iov[i];
        if (parts[i].iov_len > limit)
            parts[i].iov_len = limit;
        limit -= parts[i].iov_len;
    }
    return cut;
}

/* MSG_WAITALL asks for all: only a signal, an error or the end may cut it short. */
static size_t receive_limit(struct probe_event *event, size_t length, int flags)
{
    return (flags & MSG_WAITALL) != 0 ? length : event_limit(event, length);
}

ssize_t recv(int fd, void *buffer, size_t length, int flags)
{
    REAL(recv);
    room_must_be_there(buffer, length);
    struct probe_event *event = event_begin(CALL_RECV, fd, (int64_t)length, CALLER);
    if (event_fails(event))
        return event_end(event, -1);
    return event_end(event, real(fd, buffer, receive_limit(event, length, flags), flags));
}

ssize_t recvfrom(int fd, void *buffer, size_t length, int flags, struct sockaddr *address,
                 socklen_t *size)
{
    REAL(recvfrom);
    room_must_be_there(buffer, length);
    struct probe_event *event = event_begin(CALL_RECVFROM, fd, (int64_t)length, CALLER);
    if (event_fails(event))
        return event_end(event, -1);
    socklen_t room = address != NULL && size != NULL ? *size : 0;
    ssize_t result = real(fd, buffer, receive_limit(event, length, flags), flags, address, size);
    /* What did not fit into the room was not written. */
    if (result >= 0 && room > 0)
        note_address(event, address, *size < room ? *size : room);
    return event_end(event, result);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    REAL(recvmsg);
    size_t length = length_of(message->msg_iov, message->msg_iovlen);
    struct probe_event *event = event_begin(CALL_RECVMSG, fd, (int64_t)length, CALLER);
    if (event_fails(event))
        return event_end(event, -1);
    struct iovec parts[MOST_PARTS];
    struct iovec *original = message->msg_iov;
    struct msghdr cut = cut_message(message, parts, receive_limit(event, length, flags));
    socklen_t room = message->msg_name != NULL ? message->msg_namelen : 0;
    ssize_t result = real(fd, &cut, flags);
    if (result >= 0)
        note_address(event, cut.msg_name, cut.msg_namelen < room ? cut.msg_namelen : room);
    cut.msg_iov = original;
    *message = cut;
    return event_end(event, result);
}

/* Ends the EVENT of a call that has moved COUNT messages with the bytes that these are. */
static int end_of_many(struct probe_event *event, const struct mmsghdr *messages, int count)
{
    int64_t bytes = count == -1 ? -1 : 0;
    for (int i = 0; i < count; i++)
        bytes += messages[i].msg_len;
    event_end(event, bytes);
    return count;
}

static size_t length_of_all(const struct mmsghdr *messages, unsigned count)
{
    size_t length = 0;
    for (unsigned i = 0; i < count; i++)
        length += length_of(messages[i].msg_hdr.msg_iov, messages[i].msg_hdr.msg_iovlen);
    return length;
}

/* Only a list of one message can be cut short: it is the one that stays of a longer list. */
int recvmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags, struct timespec *timeout)
{
    REAL(recvmmsg);
    size_t length = length_of_all(messages, count);
    struct probe_event *event = event_begin(CALL_RECVMMSG, fd, (int64_t)length, CALLER);
    if (event_fails(event))
        return (int)event_end(event, -1);
    size_t limit = receive_limit(event, length, flags);
    if (limit == length)
        return end_of_many(event, messages, real(fd, messages, count, flags, timeout));
    struct iovec parts[MOST_PARTS];
    struct iovec *original = messages->msg_hdr.msg_iov;
    messages->msg_hdr = cut_message(&messages->msg_hdr, parts, limit);
    int result = real(fd, messages, 1, flags, timeout);
    messages->msg_hdr.msg_iov = original;
    return end_of_many(event, messages, result);
}

ssize_t read(int fd, void *buffer, size_t length)
{
    REAL(read);
    room_must_be_there(buffer, length);
    struct probe_event *event = event_begin(CALL_READ, fd, (int64_t)length, CALLER);
    if (event_fails(event))
        return event_end(event, -1);
    return event_end(event, real(fd, buffer, event_limit(event, length)));
}

ssize_t readv(int fd, const struct iovec *parts, int count)
{
    REAL(readv);
    size_t length = length_of(parts, (size_t)count);
    struct probe_event *event = event_begin(CALL_READV, fd, (int64_t)length, CALLER);
    if (event_fails(event))
        return event_end(event, -1);
    struct iovec cut_parts[MOST_PARTS];
    struct msghdr message = {.msg_iov = (struct iovec *)parts, .msg_iovlen = (size_t)count};
    struct msghdr cut = cut_message(&message, cut_parts, event_limit(event, length));
    return event_end(event, real(fd, cut.msg_iov, count));
}

ssize_t send(int fd, const void *buffer, size_t length, int flags)
{
    REAL(send);
    struct probe_event *event = event_begin(CALL_SEND, fd, (int64_t)length, CALLER);
    if (event_fails(event))
        return event_end(event, -1);
    return event_end(event, real(fd, buffer, event_limit(event, length), flags));
}

ssize_t sendto(int fd, const void *buffer, size_t length, int flags, const struct sockaddr *address,
               socklen_t size)
{
    REAL(sendto);
    struct probe_event *event = event_begin(CALL_SENDTO, fd, (int64_t)length, CALLER);
    note_address(event, address, size);
    if (event_fails(event))
        return event_end(event, -1);
    /* A datagram goes whole or not at all. */
    size_t limit = address == NULL ? event_limit(event, length) : length;
    return event_end(event, real(fd, buffer, limit, flags, address, size));
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    REAL(sendmsg);
    size_t length = length_of(message->msg_iov, message->msg_iovlen);
    struct probe_event *event = event_begin(CALL_SENDMSG, fd, (int64_t)length, CALLER);
    note_address(event, message->msg_name, message->msg_namelen);
    if (event_fails(event))
        return event_end(event, -1);
    struct iovec parts[MOST_PARTS];
    size_t limit = message->msg_name == NULL ? event_limit(event, length) : length;
    struct msghdr cut = cut_message(message, parts, limit);
    return event_end(event, real(fd, &cut, flags));
}

int sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags)
{
    REAL(sendmmsg);
    size_t length = length_of_all(messages, count);
    struct probe_event *event = event_begin(CALL_SENDMMSG, fd, (int64_t)length, CALLER);
    if (count > 0)
        note_address(event, messages->msg_hdr.msg_name, messages->msg_hdr.msg_namelen);
    if (event_fails(event))
        return (int)event_end(event, -1);
    bool datagrams = count > 0 && messages->msg_hdr.msg_name != NULL;
    size_t limit = datagrams ? length : event_limit(event, length);
    if (limit == length)
        return end_of_many(event, messages, real(fd, messages, count, flags));
    struct iovec parts[MOST_PARTS];
    struct iovec *original = messages->msg_hdr.msg_iov;
    messages->msg_hdr = cut_message(&messages->msg_hdr, parts, limit);
    int result = real(fd, messages, 1, flags);
    messages->msg_hdr.msg_iov = original;
    return end_of_many(event, messages, result);
}

ssize_t write(int fd, const void *buffer, size_t length)
{
    REAL(write);
    struct probe_event *event = event_begin(CALL_WRITE, fd, (int64_t)length, CALLER);
    if (event_fails(event))
        return event_end(event, -1);
    return event_end(event, real(fd, buffer, event_limit(event, length)));
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    REAL(writev);
    size_t length = length_of(parts, (size_t)count);
    struct probe_event *event = event_begin(CALL_WRITEV, fd, (int64_t)length, CALLER);
    if (event_fails(event))
        return event_end(event, -1);
    struct iovec cut_parts[MOST_PARTS];
    struct msghdr message = {.msg_iov = (struct iovec *)parts, .msg_iovlen = (size_t)count};
    struct msghdr cut = cut_message(&message, cut_parts, event_limit(event, length));
    return event_end(event, real(fd, cut.msg_iov, count));
}

ssize_t sendfile(int out, int in, off_t *offset, size_t count)
{
    REAL(sendfile);
    struct probe_event *event = event_begin(CALL_SENDFILE, out, (int64_t)count, CALLER);
    if (event_fails(event))
        return event_end(event, -1);
    return event_end(event, real(out, in, offset, event_limit(event, count)));
}

ssize_t splice(int in, off64_t *in_offset, int out, off64_t *out_offset, size_t length,
               unsigned flags)
{
    REAL(splice);
    bool sends = is_socket(out);
    struct probe_event *event = event_begin(sends ? CALL_SPLICE_OUT : CALL_SPLICE_IN,
                                            sends ? out : in, (int64_t)length, CALLER);
    if (event_fails(event))
        return event_end(event, -1);
    length = event_limit(event, length);
    return event_end(event, real(in, in_offset, out, out_offset, length, flags));
}

/* ---- waiting ---- */

int poll(struct pollfd *fds, nfds_t count, int timeout)
{
    REAL(poll);
    struct probe_event *event = event_begin(CALL_POLL, -1, timeout, CALLER);
    if (event_fails(event))
        return (int)event_end(event, -1);
    return (int)event_end(event, real(fds, count, count > 0 ? time_cut_ms(timeout) : timeout));
}

int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
    REAL(ppoll);
    struct probe_event *event = event_begin(CALL_PPOLL, -1, timeout == NULL ? -1 : 1, CALLER);
    if (event_fails(event))
        return (int)event_end(event, -1);
    struct timespec cut;
    return (int)event_end(event, real(fds, count, time_cut(timeout, &cut), mask));
}

int select(int count, fd_set *readable, fd_set *writable, fd_set *exceptional,
           struct timeval *timeout)
{
    REAL(select);
    struct probe_event *event = event_begin(CALL_SELECT, -1, timeout == NULL ? -1 : 1, CALLER);
    if (event_fails(event))
        return (int)event_end(event, -1);
    time_cut_val(timeout);
    return (int)event_end(event, real(count, readable, writable, exceptional, timeout));
}

int pselect(int count, fd_set *readable, fd_set *writable, fd_set *exceptional,
            const struct timespec *timeout, const sigset_t *mask)
{
    REAL(pselect);
    struct probe_event *event = event_begin(CALL_PSELECT, -1, timeout == NULL ? -1 : 1, CALLER);
    if (event_fails(event))
        return (int)event_end(event, -1);
    struct timespec cut;
    return (int)event_end(
        event, real(count, readable, writable, exceptional, time_cut(timeout, &cut), mask));
}

int epoll_wait(int fd, struct epoll_event *events, int count, int timeout)
{
    REAL(epoll_wait);
    struct probe_event *event = event_begin(CALL_EPOLL_WAIT, fd, timeout, CALLER);
    if (event_fails(event))
        return (int)event_end(event, -1);
    return (int)event_end(event, real(fd, events, count, time_cut_ms(timeout)));
}

int epoll_pwait(int fd, struct epoll_event *events, int count, int timeout, const sigset_t *mask)
{
    REAL(epoll_pwait);
    struct probe_event *event = event_begin(CALL_EPOLL_PWAIT, fd, timeout, CALLER);
    if (event_fails(event))
        return (int)event_end(event, -1);
    return (int)event_end(event, real(fd, events, count, time_cut_ms(timeout), mask));
}

int nanosleep(const struct timespec *wanted, struct timespec *left)
{
    REAL(nanosleep);
    struct probe_event *event = event_begin(CALL_NANOSLEEP, -1, 0, CALLER);
    return (int)event_end(event, real(wanted, left));
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *wanted,
                    struct timespec *left)
{
    REAL(clock_nanosleep);
    struct probe_event *event = event_begin(CALL_CLOCK_NANOSLEEP, -1, 0, CALLER);
    return (int)event_end(event, real(clock, flags, wanted, left));
}

int usleep(useconds_t wanted)
{
    REAL(usleep);
    struct probe_event *event = event_begin(CALL_USLEEP, -1, wanted, CALLER);
    return (int)event_end(event, real(wanted));
}

unsigned sleep(unsigned wanted)
{
    REAL(sleep);
    struct probe_event *event = event_begin(CALL_SLEEP, -1, wanted, CALLER);
    return (unsigned)event_end(event, real(wanted));
}

/* ---- names ---- */

/* RFC 6761: a name that ends in .invalid never exists. Told at once, so that no test depends on
   this machine's name servers. */
static bool never_exists(const char *name)
{
    static const char suffix[] = ".invalid";
    size_t length = name == NULL ? 0 : strlen(name);
    return length >= sizeof suffix - 1 && strcmp(name + length - (sizeof suffix - 1), suffix) == 0;
}

/* RFC 6761 also says what localhost is; not every machine does (a container without /etc/hosts). */
static bool is_this_machine(const char *name)
{
    return name != NULL && strcmp(name, "localhost") == 0;
}

/* An address like LIVE where nobody listens, 127.255.255.254. It is laid out as glibc does it, in
   one block, so that freeaddrinfo(3) frees it with the others. */
static struct addrinfo *dead_address(const struct addrinfo *live, struct addrinfo *next)
{
    struct dead {
        struct addrinfo info;
        struct sockaddr_in address;
    } *dead = calloc(1, sizeof *dead);
    if (dead == NULL)
        return next;
    dead->info = *live;
    memcpy(&dead->address, live->ai_addr, sizeof dead->address);
    dead->address.sin_addr.s_addr = htonl(0x7ffffffe);
    dead->info.ai_addr = (struct sockaddr *)&dead->address;
    dead->info.ai_canonname = NULL;
    dead->info.ai_next = next;
    return &dead->info;
}

/* Puts one before the first of LIST, and one behind the last: for who goes on too long. */
static struct addrinfo *with_dead_addresses(struct addrinfo *list)
{
    struct addrinfo *live = list;
    while (live != NULL && live->ai_family != AF_INET)
        live = live->ai_next;
    if (live == NULL)
        return list;
    struct addrinfo *last = list;
    while (last->ai_next != NULL)
        last = last->ai_next;
    last->ai_next = dead_address(live, NULL);
    return dead_address(live, list);
}

/* Puts ::1 before the first of LIST, in one block as above: what many a machine knows localhost by.
 */
static struct addrinfo *with_ipv6_first(struct addrinfo *list)
{
    struct other {
        struct addrinfo info;
        struct sockaddr_in6 address;
    } *other = list == NULL || list->ai_family != AF_INET ? NULL : calloc(1, sizeof *other);
    if (other == NULL)
        return list;
    other->info = *list;
    other->info.ai_family = AF_INET6;
    other->info.ai_addrlen = sizeof other->address;
    other->info.ai_addr = (struct sockaddr *)&other->address;
    other->info.ai_canonname = NULL;
    other->info.ai_next = list;
    other->address.sin6_family = AF_INET6;
    other->address.sin6_port = ((const struct sockaddr_in *)list->ai_addr)->sin_port;
    other->address.sin6_addr = in6addr_loopback;
    return &other->info;
}

/* A fault with the LIMIT AF_INET6: for who asks for addresses of any family. Any other: dead. */
static struct addrinfo *with_another_address(struct addrinfo *list, const struct addrinfo *hints)
{
    if (orders()->faults[GROUP_LOOKING_UP].limit != AF_INET6)
        return with_dead_addresses(list);
    return hints == NULL || hints->ai_family == AF_UNSPEC ? with_ipv6_first(list) : list;
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **list)
{
    REAL(getaddrinfo);
    struct probe_event *event = event_begin(CALL_GETADDRINFO, -1, 0, CALLER);
    if (event != NULL && never_exists(node))
        return (int)event_end(event, EAI_NONAME);
    bool numeric_only = hints != NULL && (hints->ai_flags & AI_NUMERICHOST) != 0;
    if (event != NULL && is_this_machine(node) && !numeric_only)
        node = "127.0.0.1";
    int result = real(node, service, hints, list);
    if (result == 0 && event_faulted(event))
        *list = with_another_address(*list, hints);
    return (int)event_end(event, result);
}

/* HOST with a dead address before the first and one behind the last, as above; at most so many. */
static struct hostent *host_with_dead_addresses(const struct hostent *host)
{
    enum { MOST = 16 };
    static PROBE_OWN struct hostent answer;
    static PROBE_OWN in_addr_t dead;
    static PROBE_OWN char *addresses[MOST + 3];
    size_t count = 0;
    dead = htonl(0x7ffffffe);
    addresses[count++] = (char *)&dead;
    for (char **live = host->h_addr_list; *live != NULL && count <= MOST; live++)
        addresses[count++] = *live;
    addresses[count++] = (char *)&dead;
    addresses[count] = NULL;
    answer = *host;
    answer.h_addr_list = addresses;
    return &answer;
}

struct hostent *gethostbyname(const char *name)
{
    REAL(gethostbyname);
    struct probe_event *event = event_begin(CALL_GETHOSTBYNAME, -1, 0, CALLER);
    struct hostent *host = NULL;
    if (event != NULL && never_exists(name))
        h_errno = HOST_NOT_FOUND;
    else
        host = real(event != NULL && is_this_machine(name) ? "127.0.0.1" : name);
    /* It knows no addresses but those of IPv4. */
    if (host != NULL && host->h_addrtype == AF_INET && event_faulted(event) &&
        orders()->faults[GROUP_LOOKING_UP].limit != AF_INET6)
        host = host_with_dead_addresses(host);
    event_end(event, host == NULL ? h_errno : 0);
    return host;
}

/* ---- processes, signals ---- */

pid_t fork(void)
{
    REAL(fork);
    struct probe_event *event = event_begin(CALL_FORK, -1, (int64_t)__fpending(stdout), CALLER);
    if (event_fails(event))
        return (pid_t)event_end(event, -1);
    pid_t pid = real();
    if (pid == 0)
        memory_after_fork();
    else
        event_end(event, pid);
    return pid;
}

/* fork(3) without the handlers of pthread_atfork(3). */
pid_t _Fork(void)
{
    REAL(_Fork);
    struct probe_event *event = event_begin(CALL_FORK, -1, (int64_t)__fpending(stdout), CALLER);
    if (event_fails(event))
        return (pid_t)event_end(event, -1);
    pid_t pid = real();
    if (pid == 0)
        memory_after_fork();
    else
        event_end(event, pid);
    return pid;
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
