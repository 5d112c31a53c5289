/*
 * Goal: serve all clients at once, each in its own process, and leave no zombies.
 *
 * Task: write serve, the second body of the prototype from lab 1. common/serve.h says what it must
 * do in every lab, processes.h what it must do in this lab; the TODOs below say what must be true.
 * Your serve.c from lab 1 is a good start.
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
     * TODO 1 (step 1): your tcp_accept from lab 1 has accepted the next client, and the client has
     *         its own process.
     * TODO 2 (step 1): the child has printed `connected`, has run the session, has closed the
     *         connection, and has printed `disconnected`.
     * TODO 3 (step 1): the parent has closed what it does not need, and serves the next client.
     * TODO 4 (step 2): the child has closed what it does not need, and ends after the session. It
     *         never returns from this function.
     * TODO 5 (step 3): no child stays a zombie, even if many end at once, whatever the parent is
     *         doing then. See to that before the first client comes.
     * TODO 6 (step 4): if fork failed, complain() has reported it, and only this client is lost.
     * TODO 7 (step 4): if tcp_accept returned -1, and only then, the function returns -1, with the
     *         same errno.
     *
     * Until you have written it:
     */
    (void)listener;
    (void)session;
    (void)context;
    errno = ENOSYS;
    complain("serve");
    return -1;
}
