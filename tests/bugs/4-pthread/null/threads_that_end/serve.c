/* A thread for each client, which closes at once; a client that ends at once. At most: 0 */
#include "4-pthread/threads.h"

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

static void *close_at_once(void *conn)
{
    close((int)(intptr_t)conn);
    return NULL;
}

int serve(int listener, session_fn *session, void *context)
{
    (void)session;
    (void)context;
    for (;;) {
        pthread_t thread;
        int conn = accept(listener, NULL, NULL);
        if (pthread_create(&thread, NULL, close_at_once, (void *)(intptr_t)conn) == 0)
            pthread_detach(thread);
    }
}
