/* The child says that the client is disconnected before it closes the connection; the kernel closes it. */
#include "3-fork/processes.h"

#include "common/address.h"
#include "common/console.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Reaps all children that have ended: one signal may stand for many of them. */
static void reap(int signal)
{
    (void)signal;
    int error = errno; /* whoever was interrupted may be about to look at it */
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
    errno = error;
}

/* SA_RESTART: accept goes on by itself after the handler. SA_NOCLDSTOP: a child that is only
   stopped has not ended, and is none of our business. */
static void reap_from_now_on(void)
{
    struct sigaction action = {.sa_handler = reap, .sa_flags = SA_RESTART | SA_NOCLDSTOP};
    sigemptyset(&action.sa_mask);
    sigaction(SIGCHLD, &action, NULL); /* fails only for a bad signal number or address */
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
    console_tell(peer, "disconnected");
    close(conn);
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
    reap_from_now_on();
    for (;;) {
        uint16_t peer;
        int conn = accept_client(listener, &peer);
        if (conn < 0 && is_worth_another_try())
            continue;
        if (conn < 0)
            return -1;

        pid_t child = fork();
        if (child == 0) {
            close(listener); /* or the port would stay taken after the parent's end */
            serve_client(conn, peer, session, context);
        }
        if (child < 0)
            complain("fork");
        close(conn); /* the child has its own descriptor for it; if there is no child, nobody has */
    }
}
