#include "2-chat/skip.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

/* The first newline in READER, or NULL. */
static const char *end_of_line(const struct line_reader *reader)
{
    return memchr(reader->bytes, '\n', reader->used);
}

/* Returns whether the first line in READER is longer than LINE_LIMIT, even if it is not all there.
 */
static bool holds_long_line(const struct line_reader *reader)
{
    if (reader->used > sizeof reader->bytes)
        return false;
    const char *newline = end_of_line(reader);
    size_t length = newline != NULL ? (size_t)(newline - reader->bytes) : reader->used;
    if (newline != NULL && length > 0 && reader->bytes[length - 1] == '\r')
        length--;
    return length > LINE_LIMIT;
}

static bool more_has_arrived(int fd)
{
    struct pollfd arrival = {.fd = fd, .events = POLLIN};
    return poll(&arrival, 1, 0) > 0;
}

bool line_skip(struct line_reader *reader)
{
    if (!holds_long_line(reader))
        return false;
    const char *newline;
    while ((newline = end_of_line(reader)) == NULL) {
        reader->used = 0;
        ssize_t got = -1;
        if (more_has_arrived(reader->fd))
            got = read(reader->fd, reader->bytes, sizeof reader->bytes);
        if (got <= 0)
            return true;
        reader->used = (size_t)got;
    }
    reader->used -= (size_t)(newline + 1 - reader->bytes);
    memmove(reader->bytes, newline + 1, reader->used); /* they may overlap */
    return true;
}
