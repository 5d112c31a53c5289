/*
 * Goal: a server that listens on a port and accepts connections, and a client that connects to it.
 *
 * Task: write tcp_listen, tcp_accept, and then tcp_connect. tcp.h says what each must do; the TODOs
 * below say what must be true, in this order. You may write helper functions: make them static.
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
     * TODO 2: it can use its port even if another server on this port has only just ended.
     * TODO 3: it is bound to PORT, in network byte order, on every IPv4 address of this machine.
     * TODO 4: clients can connect, and at least 16 of them can wait to be accepted.
     * TODO 5: the function returns the socket. If a call failed, complain() has reported it, every
     *         descriptor opened here is closed, and errno is that of the failed call.
     *
     * Until you have written it:
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
     * TODO 7: if accept(2) failed with an error that tcp.h lists, it was called again, after a
     *         pause where tcp.h asks for one. The pause does not use the CPU.
     * TODO 8: the function returns the connected socket. After any other error, complain() has
     *         reported it, and the function returns -1 with the errno of accept(2).
     *
     * Until you have written it:
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
     * TODO 9: all addresses of HOST are known. If there are none, complain_because() has reported
     *         the error of getaddrinfo(3) in words.
     * TODO 10: the addresses have been tried one after another, each with a new socket of its own
     *          family, until one answered.
     * TODO 11: only the connected socket is still open, and the list of addresses has been freed.
     * TODO 12: the function returns the connected socket. If no address answered, complain() has
     *          reported why the last connect(2) failed, and errno is that of this call.
     *
     * Until you have written it:
     */
    (void)host;
    (void)port;
    errno = ENOSYS;
    complain("tcp_connect");
    return -1;
}
