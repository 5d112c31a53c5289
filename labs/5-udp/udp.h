/*
 * Datagrams: no connection, no stream. What one sendto sends, one recvfrom receives, whole and by
 * itself; or it is lost, comes twice, or comes after what was sent later, and no error says so.
 * man pages: socket(2) bind(2) connect(2) sendto(2) recvfrom(2) recvmsg(2) poll(2) udp(7) ip(7)
 *
 * All functions may be called from any thread, with a socket or a client each.
 */
#ifndef SOCKLADDER_UDP_H
#define SOCKLADDER_UDP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

/* The most bytes in a datagram over IPv4: 65,535 with 20 of IP's header and 8 of UDP's (RFC 768).
   A longer one cannot be sent: EMSGSIZE. */
enum { UDP_LARGEST = 65507 };

/* ---- the server's side ---- */

/*
 * Opens a UDP socket that receives what is sent to PORT, at every IPv4 address of this machine.
 *
 *   port  in host byte order; 0 lets the system choose a free one
 *
 * A port that another socket has is an error, EADDRINUSE: for UDP, SO_REUSEADDR would let two
 * servers have the same port, and one of them would get nothing.
 *
 * Returns the socket; the caller closes it. On failure says which call failed with complain()
 * (common/console.h), closes what it had opened, and returns -1 with that call's errno.
 */
int udp_bind(uint16_t port);

/*
 * Answers every datagram on SOCK: the same bytes, as one datagram, to whoever sent it; for ever.
 * An empty datagram is one too, and so is one that has come before: its answer may have been lost.
 * However long nothing comes is no reason to stop, and no reason to use the processor.
 *
 *   sock   from udp_bind; it stays the caller's
 *   limit  1 to UDP_LARGEST: the most bytes that are answered. A datagram that is longer is never
 *          answered in part: complain_because("recvfrom", "a datagram is too long") says so, and
 *          its sender gets nothing.
 *
 * One socket serves everybody, so what goes wrong with one peer is no reason to stop. These are
 * not the end:
 *   - receiving fails with EINTR, ECONNREFUSED (an earlier answer met a closed port) or another
 *     network error of a single peer (EHOSTUNREACH, ENETUNREACH): go on with the next datagram
 *   - sending fails, whatever the error: say so with complain(), and go on with the next datagram;
 *     only after EINTR the same answer is sent again
 *
 * Returns only when SOCK itself cannot be used (EBADF, ENOTSOCK, ...): -1 with errno as the call
 * set it, after complain() with its name.
 */
int udp_serve(int sock, size_t limit);

/* ---- the client's side ---- */

/* Somebody who asks one server, one question after another. */
struct udp_client {
    int sock;
    struct sockaddr_storage server; /* where the questions go, and the answers must come from */
    socklen_t server_length;
    uint32_t number; /* of the last question; 0: none yet */
    int tries;       /* how often a question is sent at most, 1 or more */
    int wait_ms;     /* how long the answer to the first of them is waited for, 1 or more */
};

/*
 * Prepares CLIENT to ask the server on PORT of HOST.
 *
 *   host     a name such as "localhost" or an address such as "127.0.0.1". Its first IPv4 address
 *            is taken: that nobody is there shows only when nobody answers.
 *   port     in host byte order, not 0
 *   tries, wait_ms  see struct udp_client
 *
 * The kernel chooses the client's own port; it stays the same as long as CLIENT is open, so that an
 * answer that comes late still finds it. Whether the socket is connected (connect(2)) is up to you.
 *
 * Returns 0; the caller closes CLIENT->sock. On failure says why with complain() or, for a host
 * that cannot be found, complain_because(); closes what it had opened, and returns -1.
 */
int udp_open(struct udp_client *client, const char *host, uint16_t port, int tries, int wait_ms);

/*
 * Asks a question and returns its answer.
 *
 *   question  the LENGTH bytes of it, any bytes, or none
 *   answer    room for UDP_LARGEST bytes, the caller's
 *
 * The question is sent as one datagram: its number in decimal digits, a space, and its bytes. The
 * first question of a client is number 1, and each has one more than the one before: the third one,
 * "how are you", travels as `3 how are you`. An answer looks the same.
 *
 * Only a datagram that comes from the server's address and port and begins as this question did,
 * with the same digits and a space, is its answer. Anything else is as if it had not come: an
 * answer to an earlier question, a datagram from a stranger, rubbish. It does not make the wait
 * longer.
 *
 * Without an answer, after wait_ms the same datagram, with the same number, is sent again; `tries`
 * times altogether. Each further wait is as long as the one before, or up to twice as long. After
 * the last one udp_ask gives up. A wait interrupted by a signal (EINTR) goes on with what is left
 * of it, and none uses the processor while it lasts. ECONNREFUSED, whether sending or receiving
 * reports it, says that nobody listens there at this moment: it counts as a lost datagram, and the
 * wait goes on to its end, for the server may come back.
 *
 * Returns the number of bytes that follow the space, which are in ANSWER. On failure returns -1:
 * with ETIMEDOUT, or ECONNREFUSED if that is what was heard, after complain_because("udp_ask",
 * "no answer") or another reason; with EMSGSIZE when number, space and question are more than
 * UDP_LARGEST bytes, or another error of sending or receiving that waiting cannot cure, at once and
 * after complain() with the name of the call.
 */
ssize_t udp_ask(struct udp_client *client, const char *question, size_t length, char *answer);

#endif
