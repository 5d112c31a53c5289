/* Looks once whether it is a socket: recv for it, read for a keyboard. */
#include "2-chat/line.h"

#include "common/console.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

void line_open(struct line_reader *reader, int fd)
{
    reader->fd = fd;
    reader->used = 0;
}

/* Waits until more has arrived and puts it behind what waits in READER already, where there must be
   room: to ask for 0 bytes would look like the end. Returns how many bytes came; 0 at the end of
   the stream; -1 with errno after complain(). */
static ssize_t fetch_more(struct line_reader *reader)
{
    struct stat about;
    bool is_socket = fstat(reader->fd, &about) == 0 && S_ISSOCK(about.st_mode);
    char *end = reader->bytes + reader->used;
    size_t room = sizeof reader->bytes - reader->used;
    ssize_t got;
    do
        got = is_socket ? recv(reader->fd, end, room, 0) : read(reader->fd, end, room);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        complain("read");
    else
        reader->used += (size_t)got;
    return got;
}

static int refuse_long_line(void)
{
    complain_because("line", "longer than 1024 bytes");
    errno = EMSGSIZE;
    return -1;
}

/* Makes the first LENGTH bytes in READER a line, drops the ENDING bytes behind them, and keeps the
   rest for next time. Returns what line_read returns. */
static int hand_out(struct line_reader *reader, size_t length, size_t ending, char *line)
{
    if (length > LINE_LIMIT)
        return refuse_long_line();
    memcpy(line, reader->bytes, length);
    line[length] = '\0';
    reader->used -= length + ending;
    memmove(reader->bytes, reader->bytes + length + ending, reader->used); /* they may overlap */
    return 1;
}

int line_read(struct line_reader *reader, char *line, size_t *length)
{
    const char *newline;
    while ((newline = memchr(reader->bytes, '\n', reader->used)) == NULL) {
        if (reader->used == sizeof reader->bytes)
            return refuse_long_line();
        ssize_t got = fetch_more(reader);
        if (got < 0)
            return -1;
        if (got == 0 && reader->used == 0)
            return 0;
        if (got == 0) {
            *length = reader->used; /* the last line, without a newline */
            return hand_out(reader, *length, 0, line);
        }
    }

    *length = (size_t)(newline - reader->bytes);
    if (*length > 0 && newline[-1] == '\r')
        return hand_out(reader, --*length, 2, line);
    return hand_out(reader, *length, 1, line);
}

int line_send(int conn, const char *line, size_t length)
{
    /* One buffer for both: a newline sent on its own would travel in a segment of its own. */
    char bytes[LINE_LIMIT + 1];
    memcpy(bytes, line, length);
    bytes[length++] = '\n';

    size_t sent = 0;
    while (sent < length) {
        /* MSG_NOSIGNAL: a peer that has gone is an error, EPIPE, and not the end of this program */
        ssize_t taken = send(conn, bytes + sent, length - sent, MSG_NOSIGNAL);
        if (taken < 0 && errno == EINTR)
            continue;
        if (taken < 0) {
            complain("send");
            return -1;
        }
        sent += (size_t)taken;
    }
    return 0;
}
