/* A thread for each client, in which nothing happens, ever; a client that waits as well. At most: 0
   */
#include "4-pthread/threads.h"

#include <pthread.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

static void *wait_for_ever(void *unused)
{
    for (;;)
        pause();
    return unused;
}

int serve(int listener, session_fn *session, void *context)
{
    (void)session;
    (void)context;
    for (;;) {
        pthread_t thread;
        if (accept(listener, NULL, NULL) >= 0 &&
            pthread_create(&thread, NULL, wait_for_ever, NULL) == 0)
            pthread_detach(thread);
    }
}
