/*
 * Goal: a server that answers every datagram, and a client that gets its answers although datagrams
 * are lost, come twice, or come late.
 *
 * Task: write udp_bind and udp_serve, then udp_open and udp_ask. udp.h says what each must do; the
 * numbers below are what must be true. Helper functions are welcome: make them static.
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
     * TODO 1: there is a UDP socket for IPv4, bound to PORT on every IPv4 address of this machine;
     *         nobody else has this port.
     * TODO 2: the socket is returned. If a call failed, complain() has said which one and why,
     *         nothing that was opened here is still open, and errno is that of the failed call.
     *
     * Until then, honestly:
     */
    (void)port;
    errno = ENOSYS;
    complain("udp_bind");
    return -1;
}

int udp_serve(int sock, size_t limit)
{
    /*
     * TODO 3: the next datagram is here, whole, however long; who sent it is known.
     * TODO 4: its sender, nobody else, has got the same bytes as one datagram, even if they are
     *         none.
     * TODO 5: if it is longer than LIMIT, its sender has got nothing, and complain_because() has
     *         said so.
     * TODO 6: whatever went wrong with one peer, in receiving or in sending, the others are served.
     * TODO 7: only when SOCK cannot be used, complain() has said why, and -1 is returned with the
     *         errno of the call.
     *
     * Until then, honestly:
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
     * TODO 8: the IPv4 address of HOST, with PORT, is in CLIENT; or, if there is none,
     *         complain_because() has said so in the words that getaddrinfo(3) has for it.
     * TODO 9: CLIENT has a UDP socket of its own, has asked nothing yet, and knows how often and
     *         how long to try.
     * TODO 10: if a call failed, complain() has said why, and nothing is open that was opened
     *          here.
     *
     * Until then, honestly:
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
     * TODO 11: the question has a number that no question of this client had before; number, space
     *          and question are one datagram, on its way to the server.
     * TODO 12: if an answer to just this question came from the server itself, what follows its
     *          number and the space is in ANSWER, and its length is returned.
     * TODO 13: whatever else came is gone. The wait has not become longer by it, nor by a signal.
     * TODO 14: if the wait is over, the same datagram is on its way again; but not more than
     *          CLIENT->tries times.
     * TODO 15: that nobody listens has ended no wait, but it is known at the end.
     * TODO 16: if there was no answer, or a call failed for good, the reason is on standard error,
     *          and -1 is returned with the errno that udp.h names.
     *
     * Until then, honestly:
     */
    (void)client;
    (void)question;
    (void)length;
    (void)answer;
    errno = ENOSYS;
    complain("udp_ask");
    return -1;
}
