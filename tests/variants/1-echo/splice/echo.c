/* splice(2) moves what arrives through a pipe and back, without a buffer of this program; echo_ask is as in the solution. */
#define _GNU_SOURCE
#include "1-echo/echo.h"

#include "common/console.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Sends all LENGTH bytes, with as many calls as it takes. Returns 0, or -1 with errno after
   complain(). */
static int send_all(int conn, const char *bytes, size_t length)
{
    while (length > 0) {
        /* MSG_NOSIGNAL: a peer that has gone is an error, EPIPE, and not the end of this program */
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

/* Waits until something has arrived and takes up to ROOM bytes of it. Returns how many; 0 when the
   peer will send no more; -1 with errno after complain(). */
static ssize_t receive(int conn, char *bytes, size_t room)
{
    ssize_t received;
    do
        received = recv(conn, bytes, room, 0);
    while (received < 0 && errno == EINTR);
    if (received < 0)
        complain("recv");
    return received;
}

/* splice(2), again after a signal. Returns how much it moved, or -1 with errno, said as CALL. */
static ssize_t move(int from, int to, size_t most, const char *call)
{
    ssize_t moved;
    do
        moved = splice(from, NULL, to, NULL, most, SPLICE_F_MOVE);
    while (moved < 0 && errno == EINTR);
    if (moved < 0)
        complain(call);
    return moved;
}

int echo_session(int conn, uint16_t peer, void *context)
{
    (void)peer;
    (void)context;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) {
        complain("pipe2");
        return -1;
    }
    ssize_t arrived;
    do {
        arrived = move(conn, ends[1], 32768, "recv");
        for (ssize_t left = arrived; left > 0 && arrived > 0;) {
            ssize_t sent = move(ends[0], conn, (size_t)left, "send");
            if (sent < 0)
                arrived = -1;
            left -= sent;
        }
    } while (arrived > 0);
    int error = errno;
    close(ends[0]);
    close(ends[1]);
    errno = error;
    return arrived < 0 ? -1 : 0;
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
