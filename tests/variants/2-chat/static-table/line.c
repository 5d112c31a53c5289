/* A ring of 64 KiB for each descriptor; the reader given only names the descriptor. line_open empties it. */
#include "2-chat/line.h"

#include "common/console.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RING = 1 << 16, DESCRIPTORS = 64 };

static struct ring {
    size_t begin, end; /* counts of all bytes, taken and put */
    char bytes[RING];
} rings[DESCRIPTORS];

void line_open(struct line_reader *reader, int fd)
{
    reader->fd = fd;
    reader->used = 0;
    rings[fd].begin = rings[fd].end = 0;
}

/* Reads behind what is there, at most to the edge of the ring. Returns as read. */
static ssize_t fill(struct ring *ring, int fd)
{
    size_t at = ring->end % RING;
    size_t room = RING - (ring->end - ring->begin);
    ssize_t got;
    do
        got = read(fd, ring->bytes + at, room < RING - at ? room : RING - at);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        complain("read");
    if (got > 0)
        ring->end += (size_t)got;
    return got;
}

static int refuse_long_line(void)
{
    complain_because("line", "longer than 1024 bytes");
    errno = EMSGSIZE;
    return -1;
}

int line_read(struct line_reader *reader, char *line, size_t *length)
{
    struct ring *ring = &rings[reader->fd];
    bool is_whole = false;
    size_t count = 0;
    while (!is_whole) {
        while (ring->begin + count < ring->end && !is_whole)
            is_whole = ring->bytes[(ring->begin + count++) % RING] == '\n';
        if (is_whole)
            break;
        if (count >= LINE_LIMIT + 2)
            return refuse_long_line();
        ssize_t got = fill(ring, reader->fd);
        if (got < 0 || (got == 0 && count == 0))
            return (int)got;
        if (got == 0)
            break;
    }
    size_t text = is_whole ? count - 1 : count;
    if (is_whole && text > 0 && ring->bytes[(ring->begin + text - 1) % RING] == '\r')
        text--;
    if (text > LINE_LIMIT)
        return refuse_long_line();
    for (size_t i = 0; i < text; i++)
        line[i] = ring->bytes[(ring->begin + i) % RING];
    line[text] = '\0';
    *length = text;
    ring->begin += count;
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
