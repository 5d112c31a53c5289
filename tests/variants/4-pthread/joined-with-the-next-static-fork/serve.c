/* Threads that have ended are joined when the next client comes. */
#include "4-pthread/threads.h"

#include "common/address.h"
#include "common/console.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
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
    pthread_t thread;
    atomic_bool ended;
    struct client *next;
};

static struct client *first; /* of the main thread only */

/* Joins the threads that have ended. */
static void join_the_ended(void)
{
    struct client **link = &first;
    while (*link != NULL) {
        struct client *client = *link;
        if (!atomic_load(&client->ended)) {
            link = &client->next;
            continue;
        }
        *link = client->next;
        pthread_join(client->thread, NULL);
        free(client);
    }
}

/* All that a thread does. */
static void *serve_client(void *argument)
{
    struct client *client = argument;
    console_tell(client->peer, "connected");
    client->session(client->conn, client->peer, client->context);
    close(client->conn);
    console_tell(client->peer, "disconnected");
    atomic_store(&client->ended, true);
    return NULL;
}

/* Starts a thread that serves CLIENT and closes its connection. Returns whether there is one; if
   not, after complain(), the connection is still the caller's. */
static bool start_thread(struct client client)
{
    struct client *argument = malloc(sizeof *argument);
    if (argument == NULL) {
        complain("malloc");
        return false;
    }
    *argument = client;
    atomic_init(&argument->ended, false);

    join_the_ended();
    int error = pthread_create(&argument->thread, NULL, serve_client, argument);
    if (error != 0) {
        complain_because("pthread_create", strerror(error));
        free(argument);
        return false;
    }
    argument->next = first;
    first = argument;
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
