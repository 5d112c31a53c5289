#include "1-echo/echo.h"

#include "common/console.h"

#include <errno.h>
#include <sys/socket.h>

/* Sends all LENGTH bytes, with as many calls as it takes. Returns 0, or -1 with errno after
   complain(). */
static int send_all(int conn, const char *bytes, size_t length)
{
    while (length > 0) {
        /* MSG_NOSIGNAL: when the peer has gone, send fails with EPIPE and raises no signal */
        ssize_t sent = send(conn, bytes, length, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0) {
            complain("send");
            return -1;
        }
        bytes += sent;
        length -= (size_t)sent;
    }
    return 0;
}

/* Waits until something has arrived and takes up to SIZE bytes of it. Returns how many; 0 when the
   peer will send no more; -1 with errno after complain(). */
static ssize_t receive(int conn, char *bytes, size_t size)
{
    ssize_t received;
    do
        received = recv(conn, bytes, size, 0);
    while (received < 0 && errno == EINTR);
    if (received < 0)
        complain("recv");
    return received;
}

int echo_session(int conn, uint16_t peer, void *context)
{
    (void)peer;
    (void)context;
    char bytes[4096];
    for (;;) {
        ssize_t received = receive(conn, bytes, sizeof bytes);
        if (received <= 0)
            return (int)received;
        if (send_all(conn, bytes, (size_t)received) < 0)
            return -1;
    }
}

int echo_ask(int conn, const char *message, size_t length, char *reply)
{
    if (send_all(conn, message, length) < 0)
        return -1;

    /* Asking for what is still missing, never more, leaves what comes after the echo unread. */
    while (length > 0) {
        ssize_t received = receive(conn, reply, length);
        if (received < 0)
            return -1;
        if (received == 0) {
            complain_because("recv", "connection closed by the server");
            errno = ECONNRESET;
            return -1;
        }
        reply += received;
        length -= (size_t)received;
    }
    return 0;
}
