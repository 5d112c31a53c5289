#include "4-pthread/threads.h"

#include "1-echo/tcp.h"
#include "common/console.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* All that a thread needs to know about its client. */
struct client {
    int conn;
    uint16_t peer;
    session_fn *session;
    void *context;
};

/* The thread's function. ARGUMENT belongs to the thread: no one else reads or frees it. */
static void *serve_client(void *argument)
{
    struct client client = *(struct client *)argument;
    free(argument);

    console_tell(client.peer, "connected");
    client.session(client.conn, client.peer, client.context); /* concerns this client alone */
    close(client.conn);
    console_tell(client.peer, "disconnected");
    return NULL;
}

/* Starts a thread that serves CLIENT and closes its connection. Returns whether there is one; if
   not, after complain(), the connection is still the caller's. */
static bool start_thread(struct client client)
{
    /* Memory of its own: on our stack, the next client could overwrite it before the thread has
       read it. */
    struct client *argument = malloc(sizeof *argument);
    if (argument == NULL) {
        complain("malloc");
        return false;
    }
    *argument = client;

    pthread_t thread;
    int error = pthread_create(&thread, NULL, serve_client, argument);
    if (error != 0) {
        complain_because("pthread_create", strerror(error));
        free(argument);
        return false;
    }
    pthread_detach(thread); /* no one will join it: its stack is freed when it ends */
    return true;
}

int serve(int listener, session_fn *session, void *context)
{
    for (;;) {
        struct client client = {.session = session, .context = context};
        client.conn = tcp_accept(listener, &client.peer);
        if (client.conn < 0)
            return -1; /* tcp_accept has said why */

        if (!start_thread(client))
            close(client.conn); /* no thread will */
    }
}
