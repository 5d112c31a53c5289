/* Ports and addresses. Any thread may call these functions; a signal handler must not. */
#ifndef SOCKLADDER_ADDRESS_H
#define SOCKLADDER_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* Reads TEXT as a port: decimal digits only, 0 to 65535. Sets *PORT (host byte order) and returns
   true. For anything else ("", "-1", "+1", " 1", "0x50", "80abc", "65536") it returns false and
   leaves *PORT unchanged. */
bool port_parse(const char *text, uint16_t *port);

/* Returns the port in ADDRESS, in host byte order; 0 if ADDRESS is neither IPv4 nor IPv6. */
uint16_t port_of(const struct sockaddr_storage *address);

/* Returns the local port of the socket FD, in host byte order: the port that the kernel chose if
   bind(2) asked for port 0. Returns 0 if FD is not bound or has no port, like a Unix socket; -1,
   with errno from getsockname(2), if FD is not a socket. */
int port_of_socket(int fd);

#endif
