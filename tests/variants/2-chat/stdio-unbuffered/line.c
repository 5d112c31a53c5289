/* getc on a stream without a buffer, over a copy of the descriptor, closed after each line. */
#include "2-chat/line.h"

#include "common/console.h"

#include <errno.h>
#include <stdio.h>
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

/* The next byte of the stream, also after a signal. */
static int next_byte(FILE *stream)
{
    int byte;
    do {
        clearerr(stream);
        byte = getc(stream);
    } while (byte == EOF && ferror(stream) && errno == EINTR);
    return byte;
}

/* Puts the next line of STREAM into LINE, up to one byte more than fits. Returns as line_read. */
static int take_line(FILE *stream, char *line, size_t *length)
{
    size_t count = 0;
    int byte;
    while ((byte = next_byte(stream)) != EOF && byte != '\n') {
        if (count == LINE_LIMIT + 1 || (count == LINE_LIMIT && byte != '\r'))
            return refuse_long_line();
        line[count++] = (char)byte;
    }
    if (byte == EOF && ferror(stream)) {
        complain("read");
        return -1;
    }
    if (byte == EOF && count == 0)
        return 0;
    if (byte == '\n' && count > 0 && line[count - 1] == '\r')
        count--;
    if (count > LINE_LIMIT)
        return refuse_long_line();
    line[count] = '\0';
    *length = count;
    return 1;
}

int line_read(struct line_reader *reader, char *line, size_t *length)
{
    int copy = dup(reader->fd);
    FILE *stream = copy < 0 ? NULL : fdopen(copy, "r");
    if (stream == NULL) {
        complain("read");
        if (copy >= 0)
            close(copy);
        return -1;
    }
    setvbuf(stream, NULL, _IONBF, 0);
    int result = take_line(stream, line, length);
    int error = errno;
    fclose(stream);
    errno = error;
    return result;
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
