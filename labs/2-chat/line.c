/*
 * Goal: read whole lines from a stream of bytes, and send whole lines.
 *
 * Task: write line_open, line_read and line_send. line.h says what each must do; the TODOs below
 * say what must be true. You may write helper functions: make them static.
 *
 * man pages: read(2) recv(2) send(2) memchr(3) memmove(3) tcp(7)
 * handout:   handouts/en/2-chat.md
 * test:      make lab-2
 */
#include "2-chat/line.h"

#include "common/console.h"

#include <errno.h>

void line_open(struct line_reader *reader, int fd)
{
    /*
     * TODO 1: READER reads from FD and is empty.
     *
     * Until you have written it:
     */
    (void)reader;
    (void)fd;
    errno = ENOSYS;
    complain("line_open");
}

int line_read(struct line_reader *reader, char *line, size_t *length)
{
    /*
     * TODO 2: READER holds a whole line, after as many reads as necessary. If it held one already,
     *         nothing was read.
     * TODO 3: LINE and LENGTH hold this line without its ending, and the function returns 1.
     * TODO 4: the bytes after the line stay in READER for the next call.
     * TODO 5: at end of file, the remaining bytes were returned as the last line; after that, the
     *         function returns 0.
     * TODO 6: if reading failed or the line is too long, the reason is on standard error, and the
     *         function returns -1 with the errno that line.h names.
     *
     * Until you have written it:
     */
    (void)reader;
    (void)line;
    (void)length;
    errno = ENOSYS;
    complain("line_read");
    return -1;
}

int line_send(int conn, const char *line, size_t length)
{
    /*
     * TODO 7: all LENGTH bytes of LINE have been sent, and then one newline.
     * TODO 8: if sending failed, complain() has reported it, the function returns -1 with the errno
     *         of send, and the program is still running.
     *
     * Until you have written it:
     */
    (void)conn;
    (void)line;
    (void)length;
    errno = ENOSYS;
    complain("line_send");
    return -1;
}
