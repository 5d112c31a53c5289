#include "3-fork/processes.h"

#include "1-echo/tcp.h"
#include "common/console.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
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
   stopped has not ended, and there is nothing to reap. */
static void reap_from_now_on(void)
{
    struct sigaction action = {.sa_handler = reap, .sa_flags = SA_RESTART | SA_NOCLDSTOP};
    sigemptyset(&action.sa_mask);
    sigaction(SIGCHLD, &action, NULL); /* fails only for a bad signal number or address */
}

static void serve_client(int conn, uint16_t peer, session_fn *session, void *context)
{
    console_tell(peer, "connected");
    session(conn, peer, context); /* however it ended, it concerns this client alone */
    close(conn);
    console_tell(peer, "disconnected");
}

int serve(int listener, session_fn *session, void *context)
{
    reap_from_now_on();
    for (;;) {
        uint16_t peer;
        int conn = tcp_accept(listener, &peer);
        if (conn < 0)
            return -1; /* tcp_accept has said why */

        switch (fork()) {
        case -1:
            complain("fork"); /* only this client is lost */
            break;
        case 0:
            close(listener); /* or the port would stay taken after the parent's end */
            serve_client(conn, peer, session, context);
            _exit(0); /* not exit: atexit(3) and the buffers of stdio are the parent's */
        default:
            break;
        }
        close(conn); /* the child has its own copy; without a child, nobody else closes it */
    }
}
