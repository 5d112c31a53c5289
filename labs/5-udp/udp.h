/*
 * Datagrams: no connection, no stream. One sendto sends one datagram, and one recvfrom receives one
 * whole datagram. A datagram may also be lost, arrive twice, or arrive after one that was sent
 * later, and no call reports that.
 * man pages: socket(2) bind(2) connect(2) sendto(2) recvfrom(2) recvmsg(2) poll(2) udp(7) ip(7)
 *
 * The programs of this lab have one thread: no two threads call these functions at the same time.
 */
#ifndef SOCKLADDER_UDP_H
#define SOCKLADDER_UDP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

/* The largest number of bytes in a datagram over IPv4: 65,535 minus 20 bytes of IP header and 8
   bytes of UDP header (RFC 768). Sending a longer one fails with EMSGSIZE. */
enum { UDP_LARGEST = 65507 };

/* ---- the server's side ---- */

/*
 * Opens a UDP socket that receives datagrams on PORT, on every IPv4 address of this machine.
 *
 *   port  in host byte order; 0 lets the system choose a free one
 *
 * If another socket already has this port, it must fail with EADDRINUSE. So do not use
 * SO_REUSEADDR: for UDP it would let two servers have the same port, and one of them would get no
 * datagrams.
 *
 * Returns the socket; the caller closes it. On failure, reports the failed call with complain()
 * (common/console.h), closes what it had opened, and returns -1 with the errno of that call.
 */
int udp_bind(uint16_t port);

/*
 * Answers every datagram that arrives on SOCK, forever: sends the same bytes, as one datagram, back
 * to the sender. This includes an empty datagram, and a datagram that has arrived before, because
 * its answer may have been lost. It waits without a time limit and without using the CPU.
 *
 *   sock   from udp_bind; do not close it: the caller does
 *   limit  1 to UDP_LARGEST: the size of the longest datagram that it answers. It must not answer
 *          part of a longer one: it calls complain_because("recvfrom", "a datagram is too long"),
 *          and sends no answer.
 *
 * It need not check who the sender is. The sender's address may be forged: if it is the server's
 * own, or that of another echo server, each answer is answered again, for ever. Nothing in a
 * datagram of this service shows that, so no public server should offer it.
 *
 * One socket serves all clients, so an error of one of them must not stop the server. It goes on:
 *   - if receiving fails with EINTR, ECONNREFUSED (an earlier answer went to a closed port) or
 *     another network error of one client (EHOSTUNREACH, ENETUNREACH): with the next datagram
 *   - if sending fails with any error: it calls complain() and goes on with the next datagram; only
 *     after EINTR, it sends the same answer again
 *
 * Returns only if SOCK itself cannot be used (EBADF, ENOTSOCK, ...): -1 with the errno of the
 * failed call, after complain() with its name.
 */
int udp_serve(int sock, size_t limit);

/* ---- the client's side ---- */

/* A client that asks one server one question after another. */
struct udp_client {
    int sock;
    struct sockaddr_storage server; /* send questions here; accept answers only from here */
    socklen_t server_length;
    uint32_t number; /* the number of the last question; 0: none yet */
    int tries;       /* how often to send a question, at most; 1 or more */
    int wait_ms;     /* how long to wait for an answer after the first try; 1 or more */
};

/*
 * Prepares CLIENT to ask the server on PORT of HOST.
 *
 *   host     a name such as "localhost" or an address such as "127.0.0.1". It uses the first IPv4
 *            address, and does not check that a server exists there: UDP shows that only when no
 *            answer comes.
 *   port     in host byte order, not 0
 *   tries, wait_ms  see struct udp_client
 *
 * The kernel chooses the client's own port. The client keeps this port as long as CLIENT is open,
 * so that a late answer still reaches it. You choose whether to connect the socket (connect(2)).
 *
 * Returns 0; the caller closes CLIENT->sock. On failure, reports the reason with complain() or, if
 * the host cannot be found, with complain_because(); closes what it had opened, and returns -1.
 */
int udp_open(struct udp_client *client, const char *host, uint16_t port, int tries, int wait_ms);

/*
 * Sends a question and returns its answer.
 *
 *   question  LENGTH bytes; any bytes, or none
 *   answer    the caller's buffer of UDP_LARGEST bytes
 *
 * Sends the question as one datagram: its number in decimal digits, a space, and its bytes. The
 * first question of a client has number 1, and each later one a number higher by 1: the third
 * question, "how are you", is sent as `3 how are you`. An answer looks the same.
 *
 * An answer must come from the server's address and port, and must begin with the same digits and a
 * space as the question. Ignore any other datagram: an answer to an earlier question, a stranger's
 * datagram, rubbish. It must not make the wait longer.
 *
 * If no answer has come after wait_ms, sends the same datagram with the same number again; `tries`
 * times altogether. Each further wait is as long as the one before, or up to twice as long. After
 * the last wait, udp_ask gives up. If a signal interrupts a wait (EINTR), it waits for the
 * remaining time. It does not use the CPU while it waits. ECONNREFUSED, from sending or receiving,
 * means that no server has this port at the moment. It counts as a lost datagram: udp_ask waits
 * until the wait is over, because the server may come back.
 *
 * Returns the number of bytes after the space, and puts these bytes into ANSWER. Returns -1 if
 * there was no answer: with ETIMEDOUT, or with ECONNREFUSED if it got that error, after
 * complain_because("udp_ask", "no answer") or another reason. Returns -1 at once if number, space
 * and question are more than UDP_LARGEST bytes (EMSGSIZE), or after another error of sending or
 * receiving that another try cannot cure, after complain() with the name of the call.
 */
ssize_t udp_ask(struct udp_client *client, const char *question, size_t length, char *answer);

#endif
