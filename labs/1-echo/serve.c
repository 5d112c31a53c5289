/*
 * Goal: one client after another is served, for ever, and no client can end that.
 *
 * Task: write serve. common/serve.h says what it must do; the numbers below are what must be true.
 *
 * man pages: accept(2) close(2)
 * handout:   handouts/en/1-echo.md
 * test:      make lab-1
 */
#include "common/serve.h"

#include "1-echo/tcp.h"
#include "common/console.h"

#include <errno.h>

int serve(int listener, session_fn *session, void *context)
{
    /*
     * TODO 1: the next client is accepted, with tcp_accept, and its port is known.
     * TODO 2: the console has shown that this client is connected, its session has run, its
     *         connection is closed, and the console has shown that it is disconnected.
     * TODO 3: whatever became of it, the next client gets its turn.
     * TODO 4: only when tcp_accept has returned -1, -1 is returned, with the same errno.
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
