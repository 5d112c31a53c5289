/*
 * The two ways to a TCP connection: wait for one, or ask for one.
 * man pages: socket(2) bind(2) listen(2) accept(2) connect(2) getaddrinfo(3) setsockopt(2) tcp(7)
 *            ip(7)
 */
#ifndef SOCKLADDER_TCP_H
#define SOCKLADDER_TCP_H

#include <stdint.h>

/*
 * Opens a TCP socket that waits for clients on PORT, on every IPv4 address of this machine.
 *
 *   port  in host byte order; 0 lets the system choose a free one (ip(7))
 *
 * A server that has just ended leaves its port free for the next one: the address may be reused
 * (SO_REUSEADDR, socket(7)). At least 16 clients can wait to be accepted (listen(2), backlog).
 *
 * Returns the listening socket; the caller closes it.
 * On failure says which call failed with complain() (common/console.h), closes what it had opened,
 * and returns -1 with that call's errno: EADDRINUSE when the port is taken, for example.
 */
int tcp_listen(uint16_t port);

/*
 * Accepts the next client that connects to LISTENER. Waits for one, as long as it takes, without
 * using the processor. Labs 3 and 4 get their clients with this function, too.
 *
 *   listener  a socket from tcp_listen(); it stays the caller's
 *   port      gets the client's port, in host byte order
 *
 * accept(2) can fail although the listener is good. Then tcp_accept tries again, however often:
 *   EINTR, ECONNABORTED              at once: a signal handler ran, or this client has already gone
 *   EMFILE, ENFILE, ENOBUFS, ENOMEM  no descriptor or no memory is free: each time after
 *                                    complain("accept") and a pause of 10 to 1000 ms, which does
 *                                    not use the processor. A signal may end the pause early. The
 *                                    client that waits may be served late or lose its connection.
 *
 * Returns the connected socket; the caller closes it.
 * After any other error the listener is of no use: says so with complain("accept"), and returns -1
 * with errno as accept(2) set it. The listener is still open then.
 */
int tcp_accept(int listener, uint16_t *port);

/*
 * Connects to PORT on HOST.
 *
 *   host  a name such as "localhost" or an address such as "127.0.0.1". A name may have several
 *         addresses: they are tried in order until one of them answers.
 *   port  in host byte order
 *
 * Returns the connected socket; the caller closes it.
 * On failure says why with complain() or, for a host that cannot be found, complain_because();
 * closes what it had opened, and returns -1. When no address answered, it says why the last
 * connect(2) failed, and errno is that of this call: ECONNREFUSED when nobody listens there, for
 * example.
 */
int tcp_connect(const char *host, uint16_t port);

#endif
