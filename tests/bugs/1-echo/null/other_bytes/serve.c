#include "common/serve.h"

#include <sys/socket.h>
#include <unistd.h>

int serve(int listener, session_fn *session, void *context)
{
    for (;;) {
        int conn = accept(listener, NULL, NULL);
        session(conn, 0, context);
        close(conn);
    }
}
