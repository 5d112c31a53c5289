/*
 * Goal: a server that waits for connections on a port and accepts them, and a client that asks for
 * one.
 *
 * Task: write tcp_listen, tcp_accept, and then tcp_connect. tcp.h says what each must do; the
 * numbers below are what must be true, in this order. Helper functions are welcome: make them
 * static.
 *
 * man pages: socket(2) setsockopt(2) socket(7) ip(7) bind(2) listen(2) htons(3) accept(2)
 *            nanosleep(2) close(2) getaddrinfo(3) connect(2)
 * handout:   handouts/en/1-echo.md
 * test:      make lab-1
 */
#include "1-echo/tcp.h"

#include "common/address.h"
#include "common/console.h"

#include <errno.h>

int tcp_listen(uint16_t port)
{
    /*
     * TODO 1: there is a TCP socket for IPv4.
     * TODO 2: it may have its port even if a server that used it has only just ended.
     * TODO 3: its address is PORT on every IPv4 address of this machine, in the byte order that the
     *         network wants.
     * TODO 4: clients can connect from now on, and at least 16 of them can wait.
     * TODO 5: the socket is returned. If a call failed, complain() has said which one and why,
     *         nothing that was opened here is still open, and errno is that of the failed call.
     *
     * Until then, honestly:
     */
    (void)port;
    errno = ENOSYS;
    complain("tcp_listen");
    return -1;
}

int tcp_accept(int listener, uint16_t *port)
{
    /*
     * TODO 6: the next client is accepted, and *PORT is its port.
     * TODO 7: when accept(2) failed with an error that tcp.h lists, it has been called again; not
     *         at once where tcp.h asks for a pause, and the pause does not use the processor.
     * TODO 8: the connected socket is returned. After any other error, complain() has said why, -1
     *         is returned, and errno is that of accept(2).
     *
     * Until then, honestly:
     */
    (void)listener;
    (void)port;
    errno = ENOSYS;
    complain("tcp_accept");
    return -1;
}

int tcp_connect(const char *host, uint16_t port)
{
    /*
     * TODO 9: all addresses of HOST are known; or, if it has none, complain_because() has said so
     *         in the words that getaddrinfo(3) has for it.
     * TODO 10: one of them after another has been tried, each with a socket of its own kind, until
     *          one has answered.
     * TODO 11: nothing is left over: no socket except the connected one, and no list of addresses.
     * TODO 12: the connected socket is returned. If no address answered, complain() has said why
     *          the last connect(2) failed, and errno is that of this call.
     *
     * Until then, honestly:
     */
    (void)host;
    (void)port;
    errno = ENOSYS;
    complain("tcp_connect");
    return -1;
}
