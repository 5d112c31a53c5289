/* Two threads; the one at the keyboard waits with poll for a pipe as well, and is joined, never
   cancelled. */
#include "4-pthread/talk.h"

#include "2-chat/line.h"
#include "common/console.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct typing {
    int conn;
    int keyboard;
    int stop; /* the end of a pipe: at its end of file the thread ends */
    bool stopped;
    int error;
};

/* Waits until READER has a line, or has ended. Returns false when the thread is to stop. */
static bool wait_for_line(const struct typing *typing, struct line_reader *reader, bool *ended)
{
    while (!*ended && reader->used < sizeof reader->bytes &&
           memchr(reader->bytes, '\n', reader->used) == NULL) {
        struct pollfd ends[] = {
            {.fd = typing->keyboard, .events = POLLIN},
            {.fd = typing->stop, .events = POLLIN},
        };
        if (poll(ends, 2, -1) < 0)
            continue; /* EINTR */
        if (ends[1].revents != 0)
            return false;
        ssize_t got =
            read(reader->fd, reader->bytes + reader->used, sizeof reader->bytes - reader->used);
        if (got <= 0) /* line_read will find out what it is */
            *ended = true;
        else
            reader->used += (size_t)got;
    }
    return true;
}

/* Sends LINE, which gets a newline instead of its zero. Returns 1, or -1 with errno after
   complain() or when the thread is to stop. */
static int send_line(struct typing *typing, char *line, size_t length)
{
    size_t sent = 0;
    line[length++] = '\n';
    while (sent < length) {
        ssize_t taken = send(typing->conn, line + sent, length - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (taken > 0)
            sent += (size_t)taken;
        if (taken > 0 || errno == EINTR)
            continue;
        if (errno != EAGAIN) {
            complain("send");
            return -1;
        }
        struct pollfd ends[] = {
            {.fd = typing->conn, .events = POLLOUT},
            {.fd = typing->stop, .events = POLLIN},
        };
        poll(ends, 2, -1);
        if (ends[1].revents != 0) {
            typing->stopped = true;
            return -1;
        }
    }
    return 1;
}

static void *send_what_is_typed(void *argument)
{
    struct typing *typing = argument;
    struct line_reader reader;
    char line[LINE_LIMIT + 1];
    size_t length;
    bool ended = false;
    int result;
    line_open(&reader, typing->keyboard);
    do {
        if (!wait_for_line(typing, &reader, &ended)) {
            typing->stopped = true;
            return NULL;
        }
        result = line_read(&reader, line, &length);
        if (result > 0)
            result = send_line(typing, line, length);
    } while (result > 0);
    typing->error = result < 0 && !typing->stopped ? errno : 0;
    shutdown(typing->conn, result < 0 ? SHUT_RDWR : SHUT_WR);
    return NULL;
}

static int show_what_arrives(int conn)
{
    struct line_reader server;
    char line[LINE_LIMIT + 1];
    size_t length;
    int result;
    line_open(&server, conn);
    while ((result = line_read(&server, line, &length)) > 0)
        console_say("%s", line);
    return result < 0 ? errno : 0;
}

int talk(int conn, int keyboard)
{
    int stop[2];
    if (pipe(stop) < 0) {
        complain("pipe");
        return -1;
    }
    struct typing typing = {.conn = conn, .keyboard = keyboard, .stop = stop[0]};
    pthread_t thread;
    int error = pthread_create(&thread, NULL, send_what_is_typed, &typing);
    if (error != 0) {
        complain_because("pthread_create", strerror(error));
        close(stop[0]);
        close(stop[1]);
        errno = error;
        return -1;
    }
    error = show_what_arrives(conn);
    close(stop[1]);
    pthread_join(thread, NULL);
    close(stop[0]);
    if (error == 0 && typing.stopped)
        console_say("server left"); /* before the keyboard ended */
    else if (error == 0)
        error = typing.error;
    errno = error;
    return error == 0 ? 0 : -1;
}
