/* A descriptor for each child, all of them in epoll: who has ended is told there. */
#define _GNU_SOURCE
#include "3-fork/processes.h"

#include "common/address.h"
#include "common/console.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Waits until a client is there; reaps the children that end meanwhile. */
static void await_client(int events, int listener)
{
    for (;;) {
        struct epoll_event event;
        if (epoll_wait(events, &event, 1, -1) < 1)
            continue;
        if (event.data.fd == listener)
            return;
        waitid(P_PIDFD, (id_t)event.data.fd, &(siginfo_t){0}, WEXITED);
        epoll_ctl(events, EPOLL_CTL_DEL, event.data.fd, NULL); /* children have copies of it */
        close(event.data.fd);
    }
}

static void watch(int events, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(events, EPOLL_CTL_ADD, fd, &event) < 0)
        complain("epoll_ctl");
}

/* Returns the connection to the next client, with its port in *PEER; or -1 with errno. */
static int accept_client(int listener, uint16_t *peer)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof address; /* accept reads it before it writes it: set it every time */
    int conn = accept(listener, (struct sockaddr *)&address, &length);
    if (conn >= 0)
        *peer = port_of(&address);
    return conn;
}

/* All that a child does. _exit and not exit: what the parent has registered with atexit or left in
   a buffer of stdio is for the parent to do. */
static _Noreturn void serve_client(int conn, uint16_t peer, session_fn *session, void *context)
{
    console_tell(peer, "connected");
    session(conn, peer, context); /* however it ended, it concerns this client alone */
    close(conn);
    console_tell(peer, "disconnected");
    _exit(0);
}

/* For want of descriptors or memory accept would fail again at once, and again, with the processor
   at 100 %. A child that ends meanwhile interrupts the pause: then what is left of it follows. */
static void pause_for_a_moment(void)
{
    struct timespec left = {.tv_nsec = 20L * 1000 * 1000};
    while (nanosleep(&left, &left) < 0 && errno == EINTR)
        ;
}

/* Called after accept has failed. Returns whether it is worth another try; if not, errno is still
   accept's. */
static bool is_worth_another_try(void)
{
    switch (errno) {
    case EINTR:
    case ECONNABORTED:
        return true;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        complain("accept");
        pause_for_a_moment();
        return true;
    default:
        complain("accept");
        return false;
    }
}

int serve(int listener, session_fn *session, void *context)
{
    int events = epoll_create1(EPOLL_CLOEXEC);
    watch(events, listener);
    for (;;) {
        uint16_t peer;
        await_client(events, listener);
        int conn = accept_client(listener, &peer);
        if (conn < 0 && is_worth_another_try())
            continue;
        if (conn < 0)
            return -1;

        pid_t child = fork();
        if (child == 0) {
            close(events);
            close(listener); /* or the port would stay taken after the parent's end */
            serve_client(conn, peer, session, context);
        }
        if (child < 0)
            complain("fork");
        else
            watch(events, (int)syscall(SYS_pidfd_open, child, 0));
        close(conn); /* the child has its own descriptor for it; if there is no child, nobody has */
    }
}
