/*
 * Goal: serve one client after another, forever. No client can stop the server.
 *
 * Task: write serve. common/serve.h says what it must do; the TODOs below say what must be true.
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
     * TODO 1: tcp_accept has accepted the next client and returned its port.
     * TODO 2: the console has shown `connected` for this client, its session has run, its
     *         connection is closed, and the console has shown `disconnected`.
     * TODO 3: then the next client is served, whatever happened to this one.
     * TODO 4: if tcp_accept returned -1, and only then, the function returns -1, with the same
     *         errno.
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
