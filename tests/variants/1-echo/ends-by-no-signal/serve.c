/* Goes on when it is asked to end: no header says what SIGTERM and SIGINT do. */
#include "common/serve.h"

#include "common/address.h"
#include "common/console.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

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

static void serve_client(int conn, uint16_t peer, session_fn *session, void *context)
{
    console_tell(peer, "connected");
    session(conn, peer, context); /* however it ended, it concerns this client alone */
    close(conn);
    console_tell(peer, "disconnected");
}

/* Called after accept has failed. Returns whether it is worth another try. For want of descriptors
   or memory it would fail again at once, and again, with the processor at 100 %: so a pause comes
   first. errno is still accept's when the answer is no. */
static bool is_worth_another_try(void)
{
    static const struct timespec moment = {.tv_nsec = 20L * 1000 * 1000};
    switch (errno) {
    case EINTR:
    case ECONNABORTED:
        return true;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        complain("accept");
        nanosleep(&moment, NULL);
        return true;
    default:
        complain("accept");
        return false;
    }
}

int serve(int listener, session_fn *session, void *context)
{
    signal(SIGTERM, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    for (;;) {
        uint16_t peer;
        int conn = accept_client(listener, &peer);
        if (conn >= 0)
            serve_client(conn, peer, session, context);
        else if (!is_worth_another_try())
            return -1;
    }
}
