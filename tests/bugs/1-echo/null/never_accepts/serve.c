/* Listens, and never accepts. At most: 2 */
#include "common/serve.h"

#include <unistd.h>

int serve(int listener, session_fn *session, void *context)
{
    (void)listener;
    (void)session;
    (void)context;
    for (;;)
        pause();
}
