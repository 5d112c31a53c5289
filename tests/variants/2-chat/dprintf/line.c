/* The line goes out through a stream on a copy of the socket, flushed and closed each time. */
#include "2-chat/line.h"

#include "common/console.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
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
    signal(SIGPIPE, SIG_IGN);
    int copy = dup(conn);
    FILE *out = copy < 0 ? NULL : fdopen(copy, "w");
    if (out == NULL) {
        complain("write");
        if (copy >= 0)
            close(copy);
        return -1;
    }
    bool is_sent = fwrite(line, 1, length, out) == length && putc('\n', out) != EOF;
    is_sent = fflush(out) == 0 && is_sent;
    int error = errno;
    if (!is_sent)
        complain("write");
    fclose(out);
    errno = error;
    return is_sent ? 0 : -1;
}
