#include "demo/signals.h"

#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

static sigset_t usual;

int signals_open(void)
{
    static const int watched[] = {SIGCHLD, SIGINT, SIGTERM, SIGHUP};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof watched / sizeof watched[0]; i++)
        sigaddset(&set, watched[i]);
    if (sigprocmask(SIG_BLOCK, &set, &usual) == -1)
        return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

bool signals_take(int fd)
{
    struct signalfd_siginfo info;
    bool ends = false;
    while (read(fd, &info, sizeof info) == (ssize_t)sizeof info)
        ends |= info.ssi_signo != SIGCHLD;
    return ends;
}

void signals_restore(void)
{
    /* A shell's background job ignores it, and what is typed at a console must still arrive. */
    signal(SIGINT, SIG_DFL);
    sigprocmask(SIG_SETMASK, &usual, NULL);
}
