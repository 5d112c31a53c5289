/* The addresses of sockets, as they are written into events. */
#ifndef PROBE_ADDRESS_H
#define PROBE_ADDRESS_H
#include "probe/memory.h"

#include <sys/socket.h>

/* Writes the port and IPv4 address of ADDRESS, of SIZE bytes, into EVENT. A mapped address
   (::ffff:127.0.0.1) counts as the IPv4 one. EVENT and ADDRESS may be NULL. */
void note_address(struct probe_event *event, const struct sockaddr *address, socklen_t size);

/* The address of FD's own end (GETNAME getsockname) or of the other (getpeername); nothing if FD is
   -1, what a call that failed has returned. errno stays as it is. */
void note_name(struct probe_event *event, int fd,
               int (*getname)(int, struct sockaddr *, socklen_t *));

#endif
