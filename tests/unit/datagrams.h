/* Sockets of ours for tests of lab 5's programs: a server, a client, somebody who refuses. On
   127.0.0.1 and with ports that the kernel chose. Every wait ends with the test's alarm. */
#ifndef SOCKLADDER_DATAGRAMS_H
#define SOCKLADDER_DATAGRAMS_H

#include "mains.h"

#include <arpa/inet.h>

/* A UDP socket that has a port, as text in PORT. */
static inline int take_udp_port(char *port, size_t room)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    snprintf(port, room, "%u", (unsigned)ntohs(address.sin_port));
    return fd;
}

/* A socket connected to PORT, as a client's. */
static inline int reach(const char *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

/* A socket with a port that nobody else can have, at which every datagram is refused: it is there
   for its own datagrams only. */
static inline int take_refusing_port(char *port, size_t room)
{
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    int fd = take_udp_port(port, room);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static inline void send_words(int fd, const char *words)
{
    assert_int_equal(send(fd, words, strlen(words), 0), strlen(words));
}

/* The next datagram has these words; its sender's address in *FROM. */
static inline void expect_from(int fd, const char *words, struct sockaddr_in *from)
{
    char bytes[1000];
    socklen_t length = sizeof *from;
    ssize_t got = recvfrom(fd, bytes, sizeof bytes - 1, 0, (struct sockaddr *)from, &length);
    assert_true(got >= 0);
    bytes[got] = '\0';
    assert_string_equal(bytes, words);
}

static inline void expect_words(int fd, const char *words)
{
    struct sockaddr_in from;
    expect_from(fd, words, &from);
}

static inline void expect_nothing_more(int fd)
{
    char byte;
    assert_int_equal(recv(fd, &byte, 1, MSG_DONTWAIT), -1);
}

static inline void send_words_to(int fd, const char *words, const struct sockaddr_in *to)
{
    assert_int_equal(sendto(fd, words, strlen(words), 0, (const struct sockaddr *)to, sizeof *to),
                     strlen(words));
}

#endif
