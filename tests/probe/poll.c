/* Waiting for descriptors, and for time to pass. */
#include "probe/memory.h"
#include "probe/time.h"

#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

#define CALLER __builtin_return_address(0)

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
