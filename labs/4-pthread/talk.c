/*
 * Goal: a client that shows incoming lines while its user types.
 *
 * Task: write talk. talk.h says what it must do; the TODOs below say what must be true. A line can
 * come at any moment from the keyboard or from the server. A call that waits for one of them must
 * not block the other.
 *
 * man pages: pthread_create(3) pthread_join(3) pthread_cancel(3) poll(2) shutdown(2)
 * handout:   handouts/en/4-pthread.md
 * test:      make lab-4
 */
#include "4-pthread/talk.h"

#include "2-chat/line.h"
#include "common/console.h"

#include <errno.h>

int talk(int conn, int keyboard)
{
    /*
     * TODO 1: each line from the keyboard is sent as soon as it is complete, whatever the server is
     *         doing.
     * TODO 2: each line from the server is shown as soon as it has arrived, whatever the user is
     *         doing, even while a send blocks.
     * TODO 3: at end of file of the keyboard, the sending side is shut down, and all lines that the
     *         server still sends are shown.
     * TODO 4: at end of file of the server, the console says so after the server's last line, and
     *         the function returns although the user types nothing.
     * TODO 5: if reading or sending failed, or no thread could be created, the reason is on
     *         standard error, and the function returns -1 with that errno.
     * TODO 6: no thread that was started here is still running; CONN and KEYBOARD are still open.
     *
     * Until you have written it:
     */
    (void)conn;
    (void)keyboard;
    errno = ENOSYS;
    complain("talk");
    return -1;
}
