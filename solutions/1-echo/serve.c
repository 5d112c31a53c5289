#include "common/serve.h"

#include "1-echo/tcp.h"
#include "common/console.h"

#include <unistd.h>

int serve(int listener, session_fn *session, void *context)
{
    for (;;) {
        uint16_t peer;
        int conn = tcp_accept(listener, &peer);
        if (conn < 0)
            return -1; /* tcp_accept has said why */

        console_tell(peer, "connected");
        session(conn, peer, context); /* however it ended, it concerns this client alone */
        close(conn);
        console_tell(peer, "disconnected");
    }
}
