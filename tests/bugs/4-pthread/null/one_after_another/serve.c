/* One client after another, and a room in which nothing is said. At most: 5 */
#include "4-pthread/threads.h"

#include "common/address.h"
#include "common/console.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

int serve(int listener, session_fn *session, void *context)
{
    for (;;) {
        struct sockaddr_storage address;
        socklen_t length = sizeof address;
        int conn = accept(listener, (struct sockaddr *)&address, &length);
        if (conn < 0 && errno != EINTR && errno != ECONNABORTED)
            return -1;
        if (conn < 0)
            continue;
        console_tell(port_of(&address), "connected");
        session(conn, port_of(&address), context);
        close(conn);
        console_tell(port_of(&address), "disconnected");
    }
}
