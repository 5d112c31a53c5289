/* One byte at a time: nothing is ever left over. */
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

static int refuse_long_line(void)
{
    complain_because("line", "longer than 1024 bytes");
    errno = EMSGSIZE;
    return -1;
}

/* Returns 1 with the next byte in *BYTE, or as line_read. */
static int next_byte(int fd, char *byte)
{
    ssize_t got;
    do
        got = read(fd, byte, 1);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        complain("read");
    return (int)got;
}

int line_read(struct line_reader *reader, char *line, size_t *length)
{
    char byte = '\0';
    int got;
    reader->used = 0;
    while ((got = next_byte(reader->fd, &byte)) > 0 && byte != '\n') {
        reader->bytes[reader->used++] = byte;
        if (reader->used == sizeof reader->bytes)
            return refuse_long_line();
    }
    if (got < 0 || (got == 0 && reader->used == 0))
        return got;
    if (got > 0 && reader->used > 0 && reader->bytes[reader->used - 1] == '\r')
        reader->used--;
    if (reader->used > LINE_LIMIT)
        return refuse_long_line();
    *length = reader->used;
    memcpy(line, reader->bytes, *length);
    line[*length] = '\0';
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
