/* accept4, and stacks of 256 kB. */
#define _GNU_SOURCE /* accept4 */
#include "4-pthread/threads.h"

#include "common/address.h"
#include "common/console.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* All that a thread needs to know about its client. */
struct client {
    int conn;
    uint16_t peer;
    session_fn *session;
    void *context;
};

/* All that a thread does. ARGUMENT is its own: nobody else looks at it, or frees it. */
static void *serve_client(void *argument)
{
    struct client client = *(struct client *)argument;
    free(argument);

    console_tell(client.peer, "connected");
    client.session(client.conn, client.peer, client.context); /* its end is this client's alone */
    close(client.conn);
    console_tell(client.peer, "disconnected");
    return NULL;
}

/* Starts a thread that serves CLIENT and closes its connection. Returns whether there is one; if
   not, after complain(), the connection is still the caller's. */
static bool start_thread(struct client client)
{
    /* Memory of its own: what lies on our stack may hold the next client before the thread begins
       to read. */
    struct client *argument = malloc(sizeof *argument);
    if (argument == NULL) {
        complain("malloc");
        return false;
    }
    *argument = client;

    pthread_t thread;
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, (size_t)256 * 1024);
    int error = pthread_create(&thread, &small, serve_client, argument);
    pthread_attr_destroy(&small);
    if (error != 0) {
        complain_because("pthread_create", strerror(error));
        free(argument);
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
    int conn = accept4(listener, (struct sockaddr *)&address, &length, SOCK_CLOEXEC);
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
    for (;;) {
        struct client client = {.session = session, .context = context};
        client.conn = accept_client(listener, &client.peer);
        if (client.conn < 0 && is_worth_another_try())
            continue;
        if (client.conn < 0)
            return -1;

        if (!start_thread(client))
            close(client.conn); /* no thread will */
    }
}
