/*
 * Replies that leave at once. TCP holds a small send back while an earlier one is not acknowledged
 * (Nagle's algorithm, RFC 9293, section 3.7.4), and the receiver delays its acknowledgement in the
 * hope that an answer will carry it (RFC 9293, section 3.8.6.3): together they cost about 40 ms for
 * each reply that leaves in several sends. `make explore-nagle` shows it.
 * man page: tcp(7), TCP_NODELAY
 */
#ifndef SOCKLADDER_DELAY_H
#define SOCKLADDER_DELAY_H

/*
 * Turns Nagle's algorithm off for SOCK, a TCP socket. On Linux, a listening socket passes this on
 * to every connection that is accepted from it. The given mains call it once, so that no function
 * of a lab has to.
 *
 * Returns nothing, and does not change errno: if the option cannot be set, only time is lost.
 */
void send_without_delay(int sock);

#endif
