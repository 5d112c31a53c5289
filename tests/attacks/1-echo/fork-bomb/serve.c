/*
 * Forks, and so do its children, but no more than 3000 in all and not for longer than 5 seconds, so that
 * it can also be tried by root, whom RLIMIT_NPROC does not bind.
 *
 * At most: 5
 */
#include "common/serve.h"

#include "common/address.h"
#include "common/console.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

__attribute__((constructor)) static void attack(void)
{
    struct counter {
        _Atomic int forks;
    } *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    time_t begun = time(NULL);
    if (shared == MAP_FAILED)
        _exit(1);
    while (time(NULL) - begun < 5 && shared->forks++ < 3000)
        if (fork() < 0)
            break;
    while (time(NULL) - begun < 5)
        sleep(1);
    _exit(0);
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
    for (;;) {
        uint16_t peer;
        int conn = accept_client(listener, &peer);
        if (conn >= 0)
            serve_client(conn, peer, session, context);
        else if (!is_worth_another_try())
            return -1;
    }
}
