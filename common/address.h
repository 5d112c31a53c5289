/* Ports and addresses. All functions may be called from any thread; none from a signal handler. */
#ifndef SOCKLADDER_ADDRESS_H
#define SOCKLADDER_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* Reads TEXT as a port: decimal digits only, 0 to 65535. True and *PORT set (host byte order), or
   false and *PORT untouched: for "", "-1", "+1", " 1", "0x50", "80abc", "65536" and the like. */
bool port_parse(const char *text, uint16_t *port);

/* The port in ADDRESS, in host byte order; 0 if it is neither an IPv4 nor an IPv6 address. */
uint16_t port_of(const struct sockaddr_storage *address);

/* The port that FD's own end is bound to, in host byte order: what the kernel chose when bind(2)
   was asked for port 0. 0 when it is not bound or has no ports, as a Unix socket; -1 with errno of
   getsockname(2) when FD is not a socket at all. */
int port_of_socket(int fd);

#endif
