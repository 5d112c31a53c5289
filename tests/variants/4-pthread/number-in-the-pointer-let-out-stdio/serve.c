/* Descriptor and port travel in the pointer itself; what is the same for all is static. */
#include "4-pthread/threads.h"

#include "common/address.h"
#include "common/console.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* The same for all clients: set before there is a thread. */
static session_fn *the_session;
static void *the_context;

/* All that a thread does. ARGUMENT holds the descriptor and the port. */
static void *serve_client(void *argument)
{
    int conn = (int)((intptr_t)argument >> 16);
    uint16_t peer = (uint16_t)((intptr_t)argument & 0xffff);
    console_tell(peer, "connected");
    the_session(conn, peer, the_context);
    close(conn);
    console_tell(peer, "disconnected");
    return NULL;
}

/* Starts a thread that serves CLIENT and closes its connection. Returns whether there is one; if
   not, after complain(), the connection is still the caller's. */
static bool start_thread(int conn, uint16_t peer)
{
    intptr_t argument = ((intptr_t)conn << 16) | peer;
    pthread_t thread;
    int error = pthread_create(&thread, NULL, serve_client, (void *)argument);
    if (error != 0) {
        complain_because("pthread_create", strerror(error));
        return false;
    }
    pthread_detach(thread); /* nobody will wait for it: its stack goes when it ends */
    return true;
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

/* For want of descriptors or memory accept would fail again at once, and again, with the processor
   at 100 %. Meanwhile the other threads go on. */
static void pause_for_a_moment(void)
{
    struct timespec left = {.tv_nsec = 20L * 1000 * 1000};
    while (nanosleep(&left, &left) < 0 && errno == EINTR)
        ;
}

/* Called after accept has failed. Returns whether it is worth another try; if not, errno is still
   accept's. */
static bool is_worth_another_try(void)
{
    switch (errno) {
    case EINTR:
    case ECONNABORTED:
        return true;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        complain("accept");
        pause_for_a_moment();
        return true;
    default:
        complain("accept");
        return false;
    }
}

int serve(int listener, session_fn *session, void *context)
{
    the_session = session;
    the_context = context;
    for (;;) {
        uint16_t peer;
        int conn = accept_client(listener, &peer);
        if (conn < 0 && is_worth_another_try())
            continue;
        if (conn < 0)
            return -1;

        if (!start_thread(conn, peer))
            close(conn); /* no thread will */
    }
}
