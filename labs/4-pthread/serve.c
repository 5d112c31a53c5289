/*
 * Goal: serve all clients at once, each in its own thread, and leak nothing when a thread ends.
 *
 * Task: write serve, the third body of the prototype from labs 1 and 3. common/serve.h says what it
 * must do in every lab, threads.h what it must do in this lab; the TODOs below say what must be
 * true. Your serve.c from lab 1 is a good start. A thread starts in a function that you write, and
 * this function gets one pointer.
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
     * TODO 1: your tcp_accept from lab 1 has accepted the next client and returned its port.
     * TODO 2: a thread serves this client. Its arguments belong to this thread alone, and do not
     *         change, no matter how late the thread starts.
     * TODO 3: the thread has printed `connected`, has run the session, has closed the connection,
     *         has printed `disconnected`, and has ended. The other threads still run, whatever the
     *         session returned.
     * TODO 4: a thread that has ended leaves neither its stack nor its arguments behind. The next
     *         client does not wait for that.
     * TODO 5: if pthread_create failed, complain_because() has reported the error that it returned,
     *         and only this client is lost: its connection is closed and its arguments are freed.
     * TODO 6: if tcp_accept returned -1, and only then, the function returns -1, with the same
     *         errno.
     *
     * Until you have written it:
     */
    (void)listener;
    (void)session;
    (void)context;
    errno = ENOSYS;
    complain("serve");
    return -1;
}
