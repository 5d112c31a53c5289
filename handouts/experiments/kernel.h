/* What the experiments share: a listener, a connection, and what the kernel says about them.
   Everything happens on 127.0.0.1, on ports that the kernel chooses. A function whose call fails
   prints which one and why, and ends the program. */
#ifndef SOCKLADDER_KERNEL_H
#define SOCKLADDER_KERNEL_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Prints CALL and the reason from errno; ends the program with status 1. */
void fail(const char *call) __attribute__((noreturn));

/* Opens a socket that listens on a free port, and writes that address to *ADDRESS. */
int open_listener(int backlog, struct sockaddr_in *address);

/* Connects a new socket with the listener at ADDRESS, and returns it. */
int connect_to(const struct sockaddr_in *address);

/* Returns the port of the socket FD on this side, in host byte order. */
uint16_t port_on_this_side(int fd);

/* Waits until poll(2) reports one of EVENTS, an error or a hang-up for FD, for at most LIMIT_MS (-1
   for no limit). Returns false when the time is over. */
bool wait_for(int fd, short events, int limit_ms);

/* Waits until LENGTH bytes have arrived at the connection FD, and takes none of them. */
void wait_for_bytes(int fd, int length);

/* Waits until the state of the socket FD is STATE: TCP_CLOSE and so on, from <netinet/tcp.h>. */
void wait_for_tcp_state(int fd, int state);

/* Returns how /proc/net/tcp names the state of the socket on port LOCAL that is connected with port
   PEER: "ESTABLISHED" and so on. PEER is 0 for a listener. "(gone)" if there is no such socket. */
const char *tcp_state(uint16_t local, uint16_t peer);

/* Returns the milliseconds of a clock that only runs forward. */
double now_ms(void);

#endif
