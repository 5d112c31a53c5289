/*
 * Goal: what a client sends comes back to it, byte for byte, however TCP cuts it up.
 *
 * Task: write echo_session, the server's end, then echo_ask, the client's. echo.h says what each
 * must do; the numbers below are what must be true. Both ends send: a static helper that sends all
 * of something serves both.
 *
 * man pages: recv(2) send(2) tcp(7) signal(7)
 * handout:   handouts/en/1-echo.md
 * test:      make lab-1
 */
#include "1-echo/echo.h"

#include "common/console.h"

#include <errno.h>

int echo_session(int conn, uint16_t peer, void *context)
{
    /*
     * TODO 1: whatever has arrived has gone back: all of it, and nothing else.
     * TODO 2: so it goes on, until the client has closed its sending side; then 0 is returned.
     * TODO 3: an interrupted call has been made again.
     * TODO 4: after any other error complain() has said which call failed, and -1 is returned with
     *         its errno. A client that has gone does not end the server.
     *
     * Until then, honestly:
     */
    (void)conn;
    (void)peer;
    (void)context;
    errno = ENOSYS;
    complain("echo_session");
    return -1;
}

int echo_ask(int conn, const char *message, size_t length, char *reply)
{
    /*
     * TODO 5: all LENGTH bytes of MESSAGE are on their way, whatever their values.
     * TODO 6: REPLY holds exactly LENGTH bytes that came back, in however many pieces; 0 is
     *         returned.
     * TODO 7: if the server closed before that, or a call failed, the reason is on standard error,
     *         and -1 is returned with the errno that echo.h names.
     *
     * Until then, honestly:
     */
    (void)conn;
    (void)message;
    (void)length;
    (void)reply;
    errno = ENOSYS;
    complain("echo_ask");
    return -1;
}
