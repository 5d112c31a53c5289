/*
 * Lines over a stream. TCP delivers all bytes in order, but not in the pieces in which they were
 * sent: one read may return part of a line, or several lines. The two sides must agree on where a
 * line ends. Here, as in most text protocols, it ends with a newline.
 * man pages: read(2) recv(2) send(2) memchr(3) memmove(3) tcp(7)
 *
 * Several threads may call these functions at the same time, each with its own descriptor and
 * reader.
 */
#ifndef SOCKLADDER_LINE_H
#define SOCKLADDER_LINE_H

#include <stddef.h>

/* The largest number of bytes in a line, not counting the newline. */
enum { LINE_LIMIT = 1024 };

/*
 * The bytes that were read from a descriptor but not returned yet. Each descriptor needs its own
 * reader, because the bytes after a line belong to the next line of the same descriptor.
 */
struct line_reader {
    int fd;
    size_t used;                /* number of bytes that wait in `bytes`, from its beginning */
    char bytes[LINE_LIMIT + 2]; /* room for the longest line, a CR and a newline */
};

/* Prepares READER for FD: a connected socket, a pipe, a file or a keyboard. Reads nothing yet.
   Never closes FD. */
void line_open(struct line_reader *reader, int fd);

/*
 * Gets the next line from READER, no matter how the stream splits it. Waits for it without a time
 * limit and without using the CPU. Reads as often as necessary, and not at all if READER already
 * holds a whole line. Keeps the bytes after the line for the next call.
 *
 *   line    the caller's buffer of LINE_LIMIT + 1 bytes; gets the line without its newline, and a
 *           terminating 0
 *   length  gets the number of bytes in the line, not counting the terminating 0
 *
 * A line may be empty, and may contain any bytes except a newline. One carriage return right before
 * the newline is part of the line ending, as telnet and Windows send it: it is removed and does not
 * count. Anywhere else a carriage return is an ordinary byte. End of file also ends a line: any
 * bytes after the last newline are a line. After EINTR, the call is retried.
 *
 * Returns 1 with a line; 0 at end of file; -1 with errno if reading failed, after complain("read")
 * or complain("recv"). Also returns -1 if the line is longer than LINE_LIMIT: then errno is
 * EMSGSIZE, after complain_because("line", "longer than 1024 bytes"). It must report this at the
 * latest when LINE_LIMIT + 2 bytes have arrived without a newline, and must not wait for one. After
 * -1 this READER cannot be used any more, unless it still holds the line that was too long and the
 * given line_skip() (skip.h) throws it away. After 0 and -1, the contents of LINE and LENGTH are
 * undefined.
 */
int line_read(struct line_reader *reader, char *line, size_t *length);

/*
 * Sends the LENGTH bytes of LINE and a newline on the socket CONN. Continues after a short write
 * until all of it is sent. LENGTH is at most LINE_LIMIT, and LINE contains no newline, like a line
 * from line_read. After EINTR, the call is retried. A send to a peer that has gone must not raise
 * SIGPIPE, or the signal must be ignored.
 *
 * Returns 0, or -1 with errno after complain("send") or complain("write").
 */
int line_send(int conn, const char *line, size_t length);

#endif
