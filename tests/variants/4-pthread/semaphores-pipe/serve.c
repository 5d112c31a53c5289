/* The argument lies on the stack of the main thread, which waits with a semaphore until it is
   copied. */
#include "4-pthread/threads.h"

#include "common/address.h"
#include "common/console.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
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
    sem_t *taken;
};

/* All that a thread does. ARGUMENT is its own until the semaphore is up. */
static void *serve_client(void *argument)
{
    struct client client = *(struct client *)argument;
    sem_post(client.taken);

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
    pthread_t thread;
    int error = pthread_create(&thread, NULL, serve_client, &client);
    if (error != 0) {
        complain_because("pthread_create", strerror(error));
        return false;
    }
    pthread_detach(thread); /* nobody will wait for it: its stack goes when it ends */
    while (sem_wait(client.taken) < 0)
        ; /* EINTR */
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
    static sem_t taken;
    sem_init(&taken, 0, 0);
    for (;;) {
        struct client client = {.session = session, .context = context, .taken = &taken};
        client.conn = accept_client(listener, &client.peer);
        if (client.conn < 0 && is_worth_another_try())
            continue;
        if (client.conn < 0)
            return -1;

        if (!start_thread(client))
            close(client.conn); /* no thread will */
    }
}
