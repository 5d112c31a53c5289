/* Listens, and never accepts. At most: 0 */
#include "4-pthread/threads.h"

#include <unistd.h>

int serve(int listener, session_fn *session, void *context)
{
    (void)listener;
    (void)session;
    (void)context;
    for (;;)
        pause();
}
