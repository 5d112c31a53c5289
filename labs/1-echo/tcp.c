/*
 * Goal: a server that waits for connections on a port, and a client that asks for one.
 *
 * Task: write tcp_listen, then tcp_connect. tcp.h says what each must do; the numbers below are
 * what must be true, in this order. Helper functions are welcome: make them static.
 *
 * man pages: socket(2) setsockopt(2) socket(7) ip(7) bind(2) listen(2) htons(3) close(2)
 *            getaddrinfo(3) connect(2)
 * handout:   handouts/en/1-echo.md
 * test:      make lab-1
 */
#include "1-echo/tcp.h"

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
     * TODO 5: the socket is returned. If a call failed, the person has been told which one and why,
     *         nothing that was opened here is still open, and errno is that of the failed call.
     *
     * Until then, honestly:
     */
    (void)port;
    errno = ENOSYS;
    complain("tcp_listen");
    return -1;
}

int tcp_connect(const char *host, uint16_t port)
{
    /*
     * TODO 6: all addresses of HOST are known; or, if it has none, the person has been told so in
     *         the words that getaddrinfo(3) has for it.
     * TODO 7: one of them after another has been tried, each with a socket of its own kind, until
     *         one has answered.
     * TODO 8: nothing is left over: no socket except the connected one, and no list of addresses.
     * TODO 9: the connected socket is returned. If no address answered, the person has been told
     *         why, and errno is that of the last failed connect(2).
     *
     * Until then, honestly:
     */
    (void)host;
    (void)port;
    errno = ENOSYS;
    complain("tcp_connect");
    return -1;
}
