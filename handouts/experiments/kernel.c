/* What the experiments share: kernel.h says what each function does. */
#include "kernel.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

void fail(const char *call)
{
    perror(call);
    exit(1);
}

int open_listener(int backlog, struct sockaddr_in *address)
{
    socklen_t length = sizeof *address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0)
        fail("socket");
    *address =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(listener, (struct sockaddr *)address, sizeof *address) < 0)
        fail("bind");
    if (listen(listener, backlog) < 0)
        fail("listen");
    if (getsockname(listener, (struct sockaddr *)address, &length) < 0) /* which port it got */
        fail("getsockname");
    return listener;
}

int connect_to(const struct sockaddr_in *address)
{
    int sock = socket(AF_INET, SOCK_STREAM, 0);
    if (sock < 0)
        fail("socket");
    if (connect(sock, (const struct sockaddr *)address, sizeof *address) < 0)
        fail("connect");
    return sock;
}

uint16_t port_on_this_side(int fd)
{
    struct sockaddr_in address = {.sin_family = AF_UNSPEC};
    socklen_t length = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &length) < 0)
        fail("getsockname");
    return ntohs(address.sin_port);
}

bool wait_for(int fd, short events, int limit_ms)
{
    struct pollfd one = {.fd = fd, .events = events};
    int ready = poll(&one, 1, limit_ms);
    if (ready < 0)
        fail("poll");
    return ready > 0;
}

void wait_for_bytes(int fd, int length)
{
    int usual = 1;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &length, sizeof length) < 0)
        fail("setsockopt");
    wait_for(fd, POLLIN, -1);
    if (setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &usual, sizeof usual) < 0)
        fail("setsockopt");
}

/* The kernel wakes epoll_wait(2) up at each change of the state, even if nothing is ready. */
void wait_for_tcp_state(int fd, int state)
{
    struct epoll_event change = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET};
    struct tcp_info info = {.tcpi_state = 0};
    socklen_t length = sizeof info;
    int epoll = epoll_create1(0);
    if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &change) < 0)
        fail("epoll");
    for (;;) {
        if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) < 0)
            fail("getsockopt");
        if (info.tcpi_state == state)
            break;
        if (epoll_wait(epoll, &change, 1, -1) < 0)
            fail("epoll_wait");
    }
    close(epoll);
}

/* The numbers are those of <netinet/tcp.h>. */
static const char *const names[] = {
    "?",     "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2",   "TIME_WAIT",
    "CLOSE", "CLOSE_WAIT",  "LAST_ACK", "LISTEN",   "CLOSING",   "NEW_SYN_RECV"};
enum { NAMES = sizeof names / sizeof *names };

/* A line of the file: number, address:port, address:port, state … The kernel writes all of them in
   hexadecimal digits, the ports in host byte order. */
const char *tcp_state(uint16_t local, uint16_t peer)
{
    char line[256];
    const char *state = "(gone)";
    FILE *file = fopen("/proc/net/tcp", "r");
    if (file == NULL)
        fail("/proc/net/tcp");
    while (fgets(line, sizeof line, file) != NULL) {
        uint16_t here;
        uint16_t there;
        unsigned number;
        if (sscanf(line, " %*d: %*x:%" SCNx16 " %*x:%" SCNx16 " %x", &here, &there, &number) == 3 &&
            here == local && there == peer && number < NAMES)
            state = names[number];
    }
    fclose(file);
    return state;
}

double now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}
