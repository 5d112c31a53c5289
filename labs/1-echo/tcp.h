/*
 * TCP connections: the server waits for them and accepts them, the client makes them.
 * man pages: socket(2) bind(2) listen(2) accept(2) connect(2) getaddrinfo(3) setsockopt(2) tcp(7)
 *            ip(7)
 */
#ifndef SOCKLADDER_TCP_H
#define SOCKLADDER_TCP_H

#include <stdint.h>

/*
 * Opens a TCP socket that listens on PORT, on every IPv4 address of this machine.
 *
 *   port  in host byte order; 0 lets the system choose a free one (ip(7))
 *
 * A new server must be able to use the port as soon as the old one has ended (SO_REUSEADDR,
 * socket(7)). At least 16 clients must be able to wait to be accepted (listen(2), backlog).
 *
 * Returns the listening socket; the caller closes it.
 * On failure, reports the failed call with complain() (common/console.h), closes what it had
 * opened, and returns -1 with the errno of that call: EADDRINUSE if the port is taken, for example.
 */
int tcp_listen(uint16_t port);

/*
 * Accepts the next client that connects to LISTENER. Waits for it without a time limit and without
 * using the CPU. Labs 3 and 4 use this function too.
 *
 *   listener  a socket from tcp_listen(); do not close it: the caller does
 *   port      gets the client's port, in host byte order
 *
 * accept(2) can fail although LISTENER is good. Then tcp_accept tries again, without a limit:
 *   EINTR, ECONNABORTED              a signal handler ran, or this client has already gone: try
 *                                    again at once
 *   EMFILE, ENFILE, ENOBUFS, ENOMEM  no descriptor or no memory is free: call complain("accept"),
 *                                    pause for 10 to 1000 ms without using the CPU, and try again,
 *                                    each time. A signal may end the pause early. The waiting
 *                                    client may be served late, or may lose its connection.
 *
 * Returns the connected socket; the caller closes it.
 * After any other error, LISTENER cannot be used any more: calls complain("accept"), and returns -1
 * with the errno of accept(2). It does not close LISTENER.
 */
int tcp_accept(int listener, uint16_t *port);

/*
 * Connects to PORT on HOST.
 *
 *   host  a name such as "localhost" or an address such as "127.0.0.1". A name may have several
 *         addresses: it tries them in order until one of them answers.
 *   port  in host byte order
 *
 * Returns the connected socket; the caller closes it.
 * On failure, reports the reason with complain() or, if the host cannot be found, with
 * complain_because(); closes what it had opened, and returns -1. If no address answered, it reports
 * why the last connect(2) failed, and errno is that of this call: ECONNREFUSED if no program
 * listens there, for example.
 */
int tcp_connect(const char *host, uint16_t port);

#endif
