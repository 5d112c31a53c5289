/*
 * Goal: every client is served at once, each by a process of its own, and nothing is left of the
 * processes that have ended.
 *
 * Task: write serve, the second body of the prototype that you know from lab 1. common/serve.h says
 * what it must do in every lab, processes.h what in this one; the numbers below are what must be
 * true. Your serve.c of lab 1 is a good start.
 *
 * man pages: fork(2) waitpid(2) sigaction(2) signal(7) signal-safety(7) _exit(2) close(2)
 * handout:   handouts/en/3-fork.md
 * test:      make lab-3
 */
#include "3-fork/processes.h"

#include "1-echo/tcp.h"
#include "common/console.h"

#include <errno.h>

int serve(int listener, session_fn *session, void *context)
{
    /*
     * TODO 1: no child that ends will stay a zombie, however many end at once, and whatever the
     *         parent is doing then.
     * TODO 2: the next client is accepted, with your tcp_accept of lab 1, and has a process of its
     *         own.
     * TODO 3: the child has closed what it does not need, has said that its client is connected,
     *         has run the session, has closed the connection, has said that its client is
     *         disconnected, and has ended. It never comes back from here.
     * TODO 4: the parent has closed what it does not need, and the next client gets its turn.
     * TODO 5: when fork failed, complain() has said why, and only this client is lost.
     * TODO 6: only when tcp_accept has returned -1, -1 is returned, with the same errno.
     *
     * Until then, honestly:
     */
    (void)listener;
    (void)session;
    (void)context;
    errno = ENOSYS;
    complain("serve");
    return -1;
}
