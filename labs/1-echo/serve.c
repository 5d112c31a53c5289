/*
 * Goal: one client after another is served, for ever, and no client can end that.
 *
 * Task: write serve. common/serve.h says what it must do; the numbers below are what must be true.
 *
 * man pages: accept(2) close(2) nanosleep(2)
 * handout:   handouts/en/1-echo.md
 * test:      make lab-1
 */
#include "common/serve.h"

#include "common/address.h"
#include "common/console.h"

#include <errno.h>

int serve(int listener, session_fn *session, void *context)
{
    /*
     * TODO 1: the next client is accepted, and its port is known.
     * TODO 2: the console has shown that this client is connected, its session has run, its
     *         connection is closed, and the console has shown that it is disconnected.
     * TODO 3: whatever became of it, the next client gets its turn.
     * TODO 4: when accept fails, the errors that common/serve.h lists are not the end, and none of
     *         them keeps the processor busy.
     * TODO 5: only when LISTENER cannot be used, the person has been told, and -1 is returned with
     *         the errno of accept.
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
