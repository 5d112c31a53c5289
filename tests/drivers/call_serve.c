/* Calls serve with a session of its own, which takes what comes until the client has closed, and
   returns 0 or, with the argument `break`, -1. */
#include "drivers/driver.h"

#include "common/serve.h"

DRIVEN(serve);

static int breaks;

static int session(int conn, uint16_t peer, void *context)
{
    char bytes[256];
    struct probe_event *event = driver_calls(CALL_SESSION, conn, -1);
    console_tell(peer, context == &breaks ? "session" : "session with another context");
    while (read(conn, bytes, sizeof bytes) > 0)
        continue;
    errno = ECONNRESET;
    driver_returned(event, breaks != 0 ? -1 : 0, peer);
    return breaks != 0 ? -1 : 0;
}

int main(int argc, char **argv)
{
    console_name("driver");
    breaks = argc == 2 && strcmp(argv[1], "break") == 0;
    pid_t caller = getpid();
    int listener = driver_listens();
    struct probe_event *event = driver_calls(CALL_SERVE, listener, -1);
    int result = serve != NULL ? serve(listener, session, &breaks) : driver_misses("serve");
    if (getpid() == caller) /* a child that returns is no return of this call */
        driver_returned(event, result, 0);
    return 0;
}
