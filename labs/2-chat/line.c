/*
 * Goal: whole lines, out of a stream that knows nothing of lines, and into it.
 *
 * Task: write line_open, line_read and line_send. line.h says what each must do; the numbers below
 * are what must be true. Helper functions are welcome: make them static.
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
     * TODO 1: READER belongs to FD, and nothing waits in it.
     *
     * Until then, honestly:
     */
    (void)reader;
    (void)fd;
    errno = ENOSYS;
    complain("line_open");
}

int line_read(struct line_reader *reader, char *line, size_t *length)
{
    /*
     * TODO 2: there is a whole line in READER, however many reads that took; if it was there
     *         already, none.
     * TODO 3: LINE and LENGTH have this line, without what ended it, and 1 is returned.
     * TODO 4: what came after it is kept, for the next call.
     * TODO 5: at the end of the stream, bytes that are left have been handed out as the last line;
     *         after that, 0 is returned.
     * TODO 6: when reading failed or the line is too long, the reason is on standard error, and -1
     *         is returned with the errno that line.h names.
     *
     * Until then, honestly:
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
     * TODO 7: all LENGTH bytes of LINE are on their way, and one newline behind them.
     * TODO 8: when sending failed, complain() has said why, -1 is returned with the errno of send,
     *         and the program is still alive.
     *
     * Until then, honestly:
     */
    (void)conn;
    (void)line;
    (void)length;
    errno = ENOSYS;
    complain("line_send");
    return -1;
}
