/* One thread: poll, and no call that waits. */
#include "4-pthread/talk.h"

#include "2-chat/line.h"
#include "common/console.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* One of the two streams of lines: what has come of it, and whether more can come. */
struct source {
    struct line_reader reader;
    bool ended;
};

struct conversation {
    int conn;
    struct source keyboard;
    struct source server;
    bool typing; /* what is typed can still be sent */
    int error;   /* why typing has ended; 0: the keyboard has */
    size_t sent; /* of the line that is on its way */
    size_t length;
    char bytes[LINE_LIMIT + 1];
};

/* Takes what is there. Called when poll has seen something: does not wait. Returns 0, or -1 after
   complain(). */
static int take(struct source *source)
{
    struct line_reader *reader = &source->reader;
    ssize_t got =
        read(reader->fd, reader->bytes + reader->used, sizeof reader->bytes - reader->used);
    if (got < 0 && errno != EINTR && errno != EAGAIN) {
        complain("read");
        return -1;
    }
    if (got == 0)
        source->ended = true;
    if (got > 0)
        reader->used += (size_t)got;
    return 0;
}

/* The next line of what has come: 1, or -1 as line_read, or 0 when there is none. */
static int next_line(struct source *source, char *line, size_t *length)
{
    struct line_reader *reader = &source->reader;
    bool whole = memchr(reader->bytes, '\n', reader->used) != NULL;
    if (whole || reader->used == sizeof reader->bytes)
        return line_read(reader, line, length); /* does not wait */
    if (!source->ended || reader->used == 0)
        return 0;
    if (reader->used > LINE_LIMIT) {
        complain_because("line", "longer than 1024 bytes");
        errno = EMSGSIZE;
        return -1;
    }
    *length = reader->used;
    memcpy(line, reader->bytes, reader->used);
    line[reader->used] = '\0';
    reader->used = 0;
    return 1;
}

static void stop_typing(struct conversation *talk, int error)
{
    talk->typing = false;
    talk->error = error;
    shutdown(talk->conn, error == 0 ? SHUT_WR : SHUT_RDWR);
}

/* Sends what is left of the line as far as that is possible without waiting. Returns whether all of
   it has gone. */
static bool send_on(struct conversation *talk)
{
    while (talk->sent < talk->length) {
        ssize_t taken = send(talk->conn, talk->bytes + talk->sent, talk->length - talk->sent,
                             MSG_DONTWAIT | MSG_NOSIGNAL);
        if (taken < 0 && errno == EINTR)
            continue;
        if (taken < 0 && errno == EAGAIN)
            return false;
        if (taken < 0) {
            complain("send");
            stop_typing(talk, errno);
            return false;
        }
        talk->sent += (size_t)taken;
    }
    return true;
}

/* Sends the lines that have been typed, as far as that is possible without waiting. */
static void send_what_is_typed(struct conversation *talk)
{
    while (talk->typing && send_on(talk)) {
        int result = next_line(&talk->keyboard, talk->bytes, &talk->length);
        talk->sent = 0;
        if (result > 0) {
            talk->bytes[talk->length++] = '\n';
            continue;
        }
        talk->length = 0;
        if (result < 0 || talk->keyboard.ended)
            stop_typing(talk, result < 0 ? errno : 0);
        return;
    }
}

/* Shows the lines that have come. Returns 0, or errno of what failed. */
static int show_what_arrived(struct conversation *talk)
{
    char line[LINE_LIMIT + 1];
    size_t length;
    int result;
    if (take(&talk->server) < 0)
        return errno;
    while ((result = next_line(&talk->server, line, &length)) > 0)
        console_say("%s", line);
    return result < 0 ? errno : 0;
}

static int end(struct conversation *talk, int error)
{
    if (error == 0 && talk->typing)
        console_say("server left");
    if (error == 0 && !talk->typing)
        error = talk->error;
    errno = error;
    return error == 0 ? 0 : -1;
}

int talk(int conn, int keyboard)
{
    struct conversation talk = {.conn = conn, .typing = true};
    line_open(&talk.keyboard.reader, keyboard);
    line_open(&talk.server.reader, conn);
    for (;;) {
        bool full = talk.sent < talk.length;
        struct pollfd ends[] = {
            {.fd = conn, .events = talk.typing && full ? POLLIN | POLLOUT : POLLIN},
            {.fd = talk.typing && !full ? keyboard : -1, .events = POLLIN},
        };
        if (poll(ends, 2, -1) < 0)
            continue; /* EINTR */
        if ((ends[0].revents & ~POLLOUT) != 0) {
            int error = show_what_arrived(&talk);
            if (error != 0 || talk.server.ended)
                return end(&talk, error);
        }
        if (ends[1].revents != 0 && take(&talk.keyboard) < 0)
            stop_typing(&talk, errno);
        if ((ends[0].revents & POLLOUT) != 0 || ends[1].revents != 0)
            send_what_is_typed(&talk);
    }
}
