/*
 * Goal: a client that shows what arrives while its person types.
 *
 * Task: write talk. talk.h says what it must do; the numbers below are what must be true. Two
 * things can happen at any moment, a line from the keyboard and a line from the server, and a call
 * that waits for the one must not keep the other waiting.
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
     * TODO 1: each line from the keyboard has been sent as soon as it is done, whatever the server
     *         does meanwhile.
     * TODO 2: each line from the server is on the console as soon as it is there, whatever the
     *         person does meanwhile, and even while nothing can be sent.
     * TODO 3: when the keyboard has ended, the sending side is shut down, and what the server still
     *         sends is shown to its end.
     * TODO 4: when the server has ended first, the console says so after its last line, and the
     *         person need not type anything.
     * TODO 5: when reading or sending failed, or no thread could be created, the reason is on
     *         standard error, and -1 is returned with the errno of that.
     * TODO 6: nothing that was started here is still running, and CONN and KEYBOARD are still open.
     *
     * Until then, honestly:
     */
    (void)conn;
    (void)keyboard;
    errno = ENOSYS;
    complain("talk");
    return -1;
}
