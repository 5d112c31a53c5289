/* Keeps a descriptor in reserve: when none is free, it is given up for a moment, the waiting client is accepted and let go. */
#include "common/serve.h"

#include "common/address.h"
#include "common/console.h"

#include <errno.h>
#include <fcntl.h>
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

/* Accepts the next client in place of *SPARE, and closes its connection. */
static void let_go(int listener, int *spare)
{
    if (*spare >= 0) {
        close(*spare);
        int conn = accept(listener, NULL, NULL);
        if (conn >= 0)
            close(conn);
    }
    *spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* Called after accept has failed. Returns whether it is worth another try. For want of descriptors
   or memory it would fail again at once, and again, with the processor at 100 %: so a pause comes
   first. errno is still accept's when the answer is no. */
static bool is_worth_another_try(int listener, int *spare)
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
        let_go(listener, spare);
        nanosleep(&moment, NULL);
        return true;
    default:
        complain("accept");
        return false;
    }
}

int serve(int listener, session_fn *session, void *context)
{
    int spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
    for (;;) {
        uint16_t peer;
        int conn = accept_client(listener, &peer);
        if (conn >= 0)
            serve_client(conn, peer, session, context);
        else if (!is_worth_another_try(listener, &spare))
            break;
    }
    int error = errno;
    if (spare >= 0)
        close(spare);
    errno = error;
    return -1;
}
