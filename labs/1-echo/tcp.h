/*
 * The two ways to a TCP connection: wait for one, or ask for one.
 * man pages: socket(2) bind(2) listen(2) connect(2) getaddrinfo(3) setsockopt(2) tcp(7) ip(7)
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
 * Connects to PORT on HOST.
 *
 *   host  a name such as "localhost" or an address such as "127.0.0.1". A name may have several
 *         addresses: they are tried in order until one of them answers.
 *   port  in host byte order
 *
 * Returns the connected socket; the caller closes it.
 * On failure says why with complain() or, for a host that cannot be found, complain_because();
 * closes what it had opened, and returns -1. When no address answered, errno is that of the last
 * connect(2): ECONNREFUSED when nobody listens there, for example.
 */
int tcp_connect(const char *host, uint16_t port);

#endif
