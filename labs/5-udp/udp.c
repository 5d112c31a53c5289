/*
 * Goal: a server that answers every datagram, and a client that gets its answers even if datagrams
 * are lost, arrive twice, or arrive late.
 *
 * Task: write udp_bind and udp_serve, then udp_open and udp_ask. udp.h says what each must do; the
 * TODOs below say what must be true. You may write helper functions: make them static.
 *
 * man pages: socket(2) bind(2) recvfrom(2) sendto(2) udp(7) ip(7) getaddrinfo(3) connect(2) poll(2)
 *            clock_gettime(2)
 * handout:   handouts/en/5-udp.md
 * test:      make lab-5
 */
#include "5-udp/udp.h"

#include "common/console.h"

#include <errno.h>

int udp_bind(uint16_t port)
{
    /*
     * TODO 1: there is a UDP socket for IPv4, bound to PORT on every IPv4 address of this machine.
     *         No other socket has this port.
     * TODO 2: the function returns the socket. If a call failed, complain() has reported it, every
     *         descriptor opened here is closed, and errno is that of the failed call.
     *
     * Until you have written it:
     */
    (void)port;
    errno = ENOSYS;
    complain("udp_bind");
    return -1;
}

int udp_serve(int sock, size_t limit)
{
    /*
     * TODO 3: the next whole datagram has been received, whatever its length, with its sender's
     *         address.
     * TODO 4: the same bytes have been sent back as one datagram, to this sender only, even if the
     *         datagram is empty.
     * TODO 5: if it is longer than LIMIT, nothing was sent back, and complain_because() has
     *         reported that.
     * TODO 6: after an error that concerns one client, in receiving or in sending, the server goes
     *         on.
     * TODO 7: if SOCK cannot be used, and only then, complain() has reported it, and the function
     *         returns -1 with the errno of the call.
     *
     * Until you have written it:
     */
    (void)sock;
    (void)limit;
    errno = ENOSYS;
    complain("udp_serve");
    return -1;
}

int udp_open(struct udp_client *client, const char *host, uint16_t port, int tries, int wait_ms)
{
    /*
     * TODO 8: CLIENT contains the IPv4 address of HOST, with PORT. If there is none,
     *         complain_because() has reported the error of getaddrinfo(3) in words.
     * TODO 9: CLIENT has its own UDP socket, has sent no question yet, and contains TRIES and
     *         WAIT_MS.
     * TODO 10: if a call failed, complain() has reported it, and every descriptor opened here is
     *          closed.
     *
     * Until you have written it:
     */
    (void)client;
    (void)host;
    (void)port;
    (void)tries;
    (void)wait_ms;
    errno = ENOSYS;
    complain("udp_open");
    return -1;
}

ssize_t udp_ask(struct udp_client *client, const char *question, size_t length, char *answer)
{
    /*
     * TODO 11: the question has the next number of this client; number, space and question have
     *          been sent to the server as one datagram.
     * TODO 12: if the server has answered this question, the bytes after the number and the space
     *          are in ANSWER, and the function returns their number.
     * TODO 13: every other datagram was ignored. Neither such a datagram nor a signal has made the
     *          wait longer.
     * TODO 14: after each wait without an answer, the same datagram was sent again, but not more
     *          than CLIENT->tries times altogether.
     * TODO 15: ECONNREFUSED has not ended a wait, but is remembered for the end.
     * TODO 16: if there was no answer, or a call failed for good, the reason is on standard error,
     *          and the function returns -1 with the errno that udp.h names.
     *
     * Until you have written it:
     */
    (void)client;
    (void)question;
    (void)length;
    (void)answer;
    errno = ENOSYS;
    complain("udp_ask");
    return -1;
}
