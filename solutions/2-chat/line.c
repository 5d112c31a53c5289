#include "2-chat/line.h"

#include "common/console.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void line_open(struct line_reader *reader, int fd)
{
    reader->fd = fd;
    reader->used = 0;
}

/* Waits for more bytes and appends them to those in READER, which must not be full: a read of 0
   bytes looks like the end of the stream. Returns how many came; 0 at the end of the stream; -1
   with errno after complain(). */
static ssize_t fetch_more(struct line_reader *reader)
{
    ssize_t got;
    do
        got = read(reader->fd, reader->bytes + reader->used, sizeof reader->bytes - reader->used);
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

/* Waits until READER holds a whole line. Returns how many of its bytes that is, newline included; 0
   at the end of the stream; -1 with errno after complain(). */
static ssize_t await_line(struct line_reader *reader)
{
    for (;;) {
        const char *newline = memchr(reader->bytes, '\n', reader->used);
        if (newline != NULL)
            return newline + 1 - reader->bytes;
        if (reader->used == sizeof reader->bytes)
            return refuse_long_line();

        ssize_t got = fetch_more(reader);
        if (got < 0)
            return -1;
        if (got == 0)
            return (ssize_t)reader->used; /* the last line, without a newline; or nothing */
    }
}

/* The length of the line in the first TAKEN bytes, without "\n" or "\r\n". */
static size_t length_of_line(const char *bytes, size_t taken)
{
    if (bytes[taken - 1] != '\n')
        return taken;
    return taken >= 2 && bytes[taken - 2] == '\r' ? taken - 2 : taken - 1;
}

int line_read(struct line_reader *reader, char *line, size_t *length)
{
    ssize_t taken = await_line(reader);
    if (taken <= 0)
        return (int)taken;

    *length = length_of_line(reader->bytes, (size_t)taken);
    if (*length > LINE_LIMIT)
        return refuse_long_line();
    memcpy(line, reader->bytes, *length);
    line[*length] = '\0';

    reader->used -= (size_t)taken;
    memmove(reader->bytes, reader->bytes + taken, reader->used); /* they may overlap */
    return 1;
}

int line_send(int conn, const char *line, size_t length)
{
    /* One buffer for both: a newline sent on its own would travel in a segment of its own. */
    char bytes[LINE_LIMIT + 1];
    memcpy(bytes, line, length);
    bytes[length++] = '\n';

    size_t sent = 0;
    while (sent < length) {
        /* MSG_NOSIGNAL: when the peer has gone, send fails with EPIPE and raises no signal */
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
