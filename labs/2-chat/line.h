/*
 * Lines over a stream. TCP delivers bytes, in order and complete, but not in the pieces in which
 * they were sent: a line may arrive cut anywhere, or glued to the next. Where a line ends is for
 * the two sides to agree on: here, as in most text protocols, at a newline.
 * man pages: read(2) recv(2) send(2) memchr(3) memmove(3) tcp(7)
 *
 * All functions may be called from any thread, with a descriptor and a reader each.
 */
#ifndef SOCKLADDER_LINE_H
#define SOCKLADDER_LINE_H

#include <stddef.h>

/* The most bytes in a line, its newline not counted. */
enum { LINE_LIMIT = 1024 };

/*
 * What has arrived on a descriptor and has not been asked for yet. One for each descriptor: what
 * follows a line belongs to the next one of the same descriptor, and to nobody else.
 */
struct line_reader {
    int fd;
    size_t used;                /* bytes that wait in `bytes`, from its beginning */
    char bytes[LINE_LIMIT + 2]; /* a line at the limit, with a CR and a newline */
};

/* Prepares READER for FD: a connected socket, a pipe or a keyboard. Nothing is read yet. FD stays
   the caller's. */
void line_open(struct line_reader *reader, int fd);

/*
 * Takes the next line from READER, however it was cut up, and waits for it if it must; a line that
 * is there already is not waited for. What follows it is kept for the next call.
 *
 *   line    room for LINE_LIMIT + 1 bytes, the caller's; gets the line without its newline, and a
 *           zero behind it
 *   length  gets the number of its bytes, the zero not counted; a line may hold any bytes but a
 *           newline, and may be empty
 *
 * One carriage return right before the newline belongs to the end of the line: it is removed and
 * does not count, so that telnet and Windows can be talked to. Anywhere else it is a byte like any
 * other. The end of the stream ends a line as well: what comes after the last newline, if it is not
 * nothing, is a line. A call interrupted by a signal (EINTR) is made again.
 *
 * Returns 1 with a line; 0 at the end of the stream; -1 with errno when reading failed, after
 * complain("read") or complain("recv"), or when the line is longer than LINE_LIMIT: then errno is
 * EMSGSIZE, after complain_because("line", "longer than 1024 bytes"). That a line is too long is
 * said at the latest when LINE_LIMIT + 2 bytes have come without a newline, not only when it ends.
 * After -1 there is no way to go on with this reader. Without a line, LINE and LENGTH hold nothing
 * of use.
 */
int line_read(struct line_reader *reader, char *line, size_t *length);

/*
 * Sends the LENGTH bytes of LINE and a newline on the socket CONN: all of it, whatever part of it
 * the kernel takes at a time. LENGTH is at most LINE_LIMIT, and LINE holds no newline, as a line
 * from line_read. A call interrupted by a signal (EINTR) is made again, and a peer that has gone
 * raises no SIGPIPE, or the signal is ignored.
 *
 * Returns 0, or -1 with errno after complain("send") or complain("write").
 */
int line_send(int conn, const char *line, size_t length);

#endif
