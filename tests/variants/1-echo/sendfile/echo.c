/* What arrives is put into a file in memory, and sendfile(2) sends it from there; echo_ask is as in the solution. */
#define _GNU_SOURCE
#include "1-echo/echo.h"

#include "common/console.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
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

/* Sends the first LENGTH bytes of FILE. Returns 0, or -1 with errno after complain(). */
static int send_file(int conn, int file, off_t length)
{
    for (off_t done = 0; done < length;)
        if (sendfile(conn, file, &done, (size_t)(length - done)) < 0 && errno != EINTR) {
            complain("send");
            return -1;
        }
    return 0;
}

int echo_session(int conn, uint16_t peer, void *context)
{
    (void)peer;
    (void)context;
    char bytes[4096];
    ssize_t received;
    int file = memfd_create("echo", MFD_CLOEXEC);
    if (file < 0) {
        complain("memfd_create");
        return -1;
    }
    while ((received = receive(conn, bytes, sizeof bytes)) > 0)
        /* What was sent before may still be on its way in its old pages: never write over these. */
        if (ftruncate(file, 0) < 0 || pwrite(file, bytes, (size_t)received, 0) != received ||
            send_file(conn, file, received) < 0) {
            received = -1;
            break;
        }
    int error = errno;
    close(file);
    errno = error;
    return received < 0 ? -1 : 0;
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
