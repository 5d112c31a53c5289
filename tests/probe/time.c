#include "probe/time.h"

#include "probe/memory.h"

#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

void time_note(void)
{
    if (memory() != NULL)
        atomic_store(&memory()->timed, 1);
}

/* ns; 0: no limit. */
static int64_t limit(void)
{
    return memory() == NULL ? 0 : (int64_t)orders()->time_limit * 1000000;
}

int time_cut_ms(int milliseconds)
{
    int64_t most = limit() / 1000000;
    return most > 0 && milliseconds > most ? (int)most : milliseconds;
}

static bool is_longer(time_t seconds, int64_t nanoseconds)
{
    return limit() > 0 && (seconds > 0 || nanoseconds > limit());
}

const struct timespec *time_cut(const struct timespec *wanted, struct timespec *cut)
{
    if (wanted == NULL || !is_longer(wanted->tv_sec, wanted->tv_nsec))
        return wanted;
    *cut = (struct timespec){.tv_nsec = limit()};
    return cut;
}

void time_cut_val(struct timeval *wanted)
{
    if (wanted != NULL && is_longer(wanted->tv_sec, (int64_t)wanted->tv_usec * 1000))
        *wanted = (struct timeval){.tv_usec = limit() / 1000};
}

const void *time_cut_option(const void *value, socklen_t size, struct timeval *cut)
{
    if (limit() == 0 || value == NULL || size != sizeof *cut)
        return value;
    memcpy(cut, value, sizeof *cut);
    time_cut_val(cut);
    return cut;
}

/* ---- timers ---- */

unsigned alarm(unsigned seconds)
{
    REAL(alarm);
    time_note();
    if (!is_longer((time_t)seconds, 0))
        return real(seconds);
    unsigned left = real(0);
    ualarm((useconds_t)(limit() / 1000), 0);
    return left;
}

useconds_t ualarm(useconds_t microseconds, useconds_t interval)
{
    REAL(ualarm);
    time_note();
    bool longer = is_longer(0, (int64_t)microseconds * 1000);
    return real(longer ? (useconds_t)(limit() / 1000) : microseconds, interval);
}

int setitimer(__itimer_which_t which, const struct itimerval *value, struct itimerval *old)
{
    REAL(setitimer);
    time_note();
    if (value == NULL)
        return real(which, value, old);
    struct itimerval cut = *value;
    time_cut_val(&cut.it_value);
    return real(which, &cut, old);
}

static struct itimerspec cut_timer(const struct itimerspec *value, int flags)
{
    struct itimerspec cut = *value;
    if ((flags & TIMER_ABSTIME) == 0)
        cut.it_value = *time_cut(&value->it_value, &(struct timespec){0});
    return cut;
}

int timer_settime(timer_t timer, int flags, const struct itimerspec *value, struct itimerspec *old)
{
    REAL(timer_settime);
    time_note();
    if (value == NULL)
        return real(timer, flags, value, old);
    struct itimerspec cut = cut_timer(value, flags);
    return real(timer, flags, &cut, old);
}

int timerfd_settime(int fd, int flags, const struct itimerspec *value, struct itimerspec *old)
{
    REAL(timerfd_settime);
    time_note();
    if (value == NULL)
        return real(fd, flags, value, old);
    struct itimerspec cut = cut_timer(value, flags);
    return real(fd, flags, &cut, old);
}
