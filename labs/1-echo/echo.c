/*
 * Goal: the client gets back every byte it sends, no matter how TCP splits the stream.
 *
 * Task: write echo_session, the server's side, then echo_ask, the client's side. echo.h says what
 * each must do; the TODOs below say what must be true at the end. Both sides send, so one static
 * function that sends a whole buffer can serve both.
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
     * TODO 1: all bytes that arrived have been sent back, and no others.
     * TODO 2: this went on until end of file, when the client closed its sending side; then the
     *         function returns 0.
     * TODO 3: an interrupted call was called again.
     * TODO 4: after any other error, complain() has reported the failed call, and the function
     *         returns -1 with its errno. A client that has gone does not end the server.
     *
     * Until you have written it:
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
     * TODO 5: all LENGTH bytes of MESSAGE have been sent, whatever their values.
     * TODO 6: REPLY holds exactly the LENGTH bytes that came back, no matter in how many pieces
     *         they came; the function returns 0.
     * TODO 7: if the server closed the connection before that, or a call failed, the reason is on
     *         standard error, and the function returns -1 with the errno that echo.h names.
     *
     * Until you have written it:
     */
    (void)conn;
    (void)message;
    (void)length;
    (void)reply;
    errno = ENOSYS;
    complain("echo_ask");
    return -1;
}
