/*
 * Goal: every client is served at once, each by a thread of its own, and nothing is left of the
 * threads that have ended.
 *
 * Task: write serve, the third body of the prototype that you know from labs 1 and 3.
 * common/serve.h says what it must do in every lab, threads.h what in this one; the numbers below
 * are what must be true. Your serve.c of lab 1 is a good start. A thread begins in a function of
 * yours, and that function gets one pointer.
 *
 * man pages: pthreads(7) pthread_create(3) pthread_detach(3) malloc(3) close(2)
 * handout:   handouts/en/4-pthread.md
 * test:      make lab-4
 */
#include "4-pthread/threads.h"

#include "1-echo/tcp.h"
#include "common/console.h"

#include <errno.h>
#include <pthread.h>

int serve(int listener, session_fn *session, void *context)
{
    /*
     * TODO 1: the next client is accepted, with your tcp_accept of lab 1, and its port is known.
     * TODO 2: a thread serves it. The thread's arguments, about this client and no other, stay as
     *         they are however late the thread begins, and nobody but the thread uses them.
     * TODO 3: the thread has said that its client is connected, has run the session, has closed the
     *         connection, has said that its client is disconnected, and has ended. The other
     *         threads are still there, whatever the session returned.
     * TODO 4: of a thread that has ended nothing is left: not its stack, not its arguments. The
     *         next client gets its turn without waiting for that.
     * TODO 5: when pthread_create failed, complain_because() has said why, with the error that it
     *         returned, and only this client is lost: nothing of it is left either.
     * TODO 6: only when tcp_accept has returned -1, -1 is returned, with the same errno.
     *
     * Until then, honestly:
     */
    (void)listener;
    (void)session;
    (void)context;
    errno = ENOSYS;
    complain("serve");
    return -1;
}
