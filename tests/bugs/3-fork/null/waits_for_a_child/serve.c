/* Forks once, and waits for the child, which waits as well. At most: 0 */
#include "3-fork/processes.h"

#include <sys/wait.h>
#include <unistd.h>

int serve(int listener, session_fn *session, void *context)
{
    (void)listener;
    (void)session;
    (void)context;
    if (fork() == 0)
        for (;;)
            pause();
    wait(NULL);
    return -1;
}
