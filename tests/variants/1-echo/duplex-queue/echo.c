/* One poll(2) loop receives and sends independently, with a queue on the heap that grows: nothing in echo.h limits what may be on its way. */
#include "1-echo/echo.h"

#include "common/console.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* True when a call that was not to block has failed only because it would have, or was
   interrupted. */
static bool is_for_later(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

int echo_session(int conn, uint16_t peer, void *context)
{
    (void)peer;
    (void)context;
    char *queue = NULL;
    size_t used = 0;
    size_t room = 0;
    bool more = true;
    const char *failed = NULL;
    while (failed == NULL && (more || used > 0)) {
        if (room - used < 4096) {
            char *larger = realloc(queue, 2 * room + 8192);
            if (larger == NULL) {
                failed = "realloc";
                break;
            }
            queue = larger;
            room = 2 * room + 8192;
        }
        struct pollfd ready = {.fd = conn,
                               .events = (short)((more ? POLLIN : 0) | (used > 0 ? POLLOUT : 0))};
        if (poll(&ready, 1, -1) < 0 && errno != EINTR) {
            failed = "poll";
            break;
        }
        if (more) {
            ssize_t received = recv(conn, queue + used, room - used, MSG_DONTWAIT);
            if (received < 0 && !is_for_later())
                failed = "recv";
            more = received != 0;
            used += received > 0 ? (size_t)received : 0;
        }
        if (used > 0 && failed == NULL) {
            ssize_t sent = send(conn, queue, used, MSG_DONTWAIT | MSG_NOSIGNAL);
            if (sent < 0 && !is_for_later())
                failed = "send";
            if (sent > 0)
                memmove(queue, queue + sent, used -= (size_t)sent);
        }
    }
    if (failed != NULL)
        complain(failed);
    int error = errno;
    free(queue);
    errno = error;
    return failed != NULL ? -1 : 0;
}

int echo_ask(int conn, const char *message, size_t length, char *reply)
{
    size_t sent = 0;
    size_t received = 0;
    while (received < length) {
        struct pollfd ready = {.fd = conn, .events = (short)(POLLIN | (sent < length ? POLLOUT : 0))};
        if (poll(&ready, 1, -1) < 0 && errno != EINTR) {
            complain("poll");
            return -1;
        }
        if (sent < length) {
            ssize_t count = send(conn, message + sent, length - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
            if (count < 0 && !is_for_later()) {
                complain("send");
                return -1;
            }
            sent += count > 0 ? (size_t)count : 0;
        }
        ssize_t count = recv(conn, reply + received, length - received, MSG_DONTWAIT);
        if (count < 0 && !is_for_later()) {
            complain("recv");
            return -1;
        }
        if (count == 0) {
            complain_because("recv", "connection closed by the server");
            errno = ECONNRESET;
            return -1;
        }
        received += count > 0 ? (size_t)count : 0;
    }
    return 0;
}
