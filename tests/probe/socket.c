/* Descriptors of sockets: how they come into being, what is set on them, and how they are closed.
 */
#include "probe/address.h"
#include "probe/memory.h"
#include "probe/time.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define CALLER __builtin_return_address(0)

int socket(int domain, int type, int protocol)
{
    REAL(socket);
    struct probe_event *event = event_begin(CALL_SOCKET, -1, type, CALLER);
    if (event != NULL)
        event->domain = domain;
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
    /* The given mains set an option of TCP. None of them explains what a test looks at. */
    if (level == IPPROTO_TCP)
        return real(fd, level, option, value, size);
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
