/* The reference's lines, however the stream cuts them: labs/2-chat/line.h. The first line of the
   input says how, a byte for each call; the rest is the stream. */
#include "fuzz/fuzz.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST_STREAM = 16384 };

static const char *cuts;

/* How many of SIZE bytes the next call moves; 0: it is interrupted. */
static size_t cut(size_t size)
{
    size_t most = *cuts == '\0' ? size : (size_t)(unsigned char)*cuts % 32;
    cuts += *cuts != '\0';
    return most < size ? most : size;
}

static ssize_t cut_read(int fd, void *bytes, size_t size)
{
    size_t most = cut(size);
    errno = EINTR;
    return most == 0 && size > 0 ? -1 : read(fd, bytes, most);
}

static ssize_t cut_send(int fd, const void *bytes, size_t size, int flags)
{
    size_t most = cut(size);
    errno = EINTR;
    return most == 0 && size > 0 ? -1 : send(fd, bytes, most, flags);
}

#define read cut_read
#define send cut_send
// NOLINTNEXTLINE(bugprone-suspicious-include): with calls that are cut short
#include "solutions/2-chat/line.c"
#undef read
#undef send

/* The line at *AT of STREAM, which ends at END, as the header says it; false at the end. */
static bool next_line(const char **at, const char *end, const char **line, size_t *length)
{
    *line = *at;
    if (*at == end)
        return false;
    const char *newline = memchr(*at, '\n', (size_t)(end - *at));
    const char *stop = newline != NULL ? newline : end;
    *at = newline != NULL ? newline + 1 : end;
    *length = (size_t)(stop - *line);
    if (newline != NULL && *length > 0 && stop[-1] == '\r')
        --*length;
    return true;
}

/* Reads from CONN up to its end what is to be the stream from AT to END. */
static void read_lines(int conn, const char *at, const char *end)
{
    struct line_reader *reader = malloc(sizeof *reader);
    char *bytes = malloc(LINE_LIMIT + 1);
    const char *line;
    size_t length = 0;
    size_t got = 0;
    if (reader == NULL || bytes == NULL)
        abort();
    line_open(reader, conn);
    while (next_line(&at, end, &line, &length)) {
        int result = line_read(reader, bytes, &got);
        if (length > LINE_LIMIT) {
            fuzz_must(result == -1 && errno == EMSGSIZE, "a line that is too long is refused");
            break;
        }
        fuzz_must(result == 1 && got == length && memcmp(bytes, line, length) == 0 &&
                      bytes[length] == '\0',
                  "each line comes as it was sent");
    }
    if (length <= LINE_LIMIT || at == line)
        fuzz_must(line_read(reader, bytes, &got) == 0, "the end of the stream is 0");
    free(bytes);
    free(reader);
}

static void through_pieces(struct fuzz_input input)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == -1)
        abort();
    const char *stream = (const char *)input.at;
    size_t left = input.left < MOST_STREAM ? input.left : MOST_STREAM;
    if (send(ends[1], stream, left, MSG_NOSIGNAL) != (ssize_t)left)
        abort();
    close(ends[1]);
    read_lines(ends[0], stream, stream + left);
    close(ends[0]);
}

/* What is sent as a line comes as it is, and a newline behind it. */
static void through_send(struct fuzz_input input)
{
    char bytes[LINE_LIMIT + 1];
    int ends[2];
    size_t length = input.left < LINE_LIMIT ? input.left : LINE_LIMIT;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == -1)
        abort();
    char *line = malloc(length > 0 ? length : 1);
    if (line == NULL)
        abort();
    if (length > 0)
        memcpy(line, input.at, length);
    fuzz_must(line_send(ends[1], line, length) == 0, "a line can be sent");
    close(ends[1]);
    ssize_t got = recv(ends[0], bytes, sizeof bytes, MSG_WAITALL);
    fuzz_must(got == (ssize_t)length + 1 && memcmp(bytes, line, length) == 0 &&
                  bytes[length] == '\n',
              "a line is sent as it is, and a newline");
    free(line);
    close(ends[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    char *how = fuzz_line(&input);
    cuts = how;
    through_pieces(input);
    cuts = how;
    through_send(input);
    free(how);
    return 0;
}
