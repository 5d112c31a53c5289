#include "endure/endure.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FLOOD = 1 << 16, STORM = 20 };

static int clients[MOST_HOSTILE]; /* -1: it has gone */
static uint32_t client_count;
static enum service kind;
static char bytes[FLOOD];

int hostile_connect(void)
{
    struct sockaddr_in address = server_address();
    int type = kind == PACKETS ? SOCK_DGRAM : SOCK_STREAM;
    int sock = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (sock == -1)
        fail("socket: %s", strerror(errno));
    if (chance(3) == 0) {
        int little = 1024;
        setsockopt(sock, SOL_SOCKET, SO_RCVBUF, &little, sizeof little);
    }
    if (connect(sock, (struct sockaddr *)&address, sizeof address) == -1 && errno != EINPROGRESS)
        fail("connect: %s", strerror(errno));
    return sock;
}

/* What does not go is not sent: a hostile client waits for nothing. */
static void push(int sock, const void *from, size_t length)
{
    (void)!send(sock, from, length, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void reset(int sock)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    setsockopt(sock, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(sock);
}

static void fill(size_t length, uint32_t values)
{
    for (size_t i = 0; i < length; i++)
        bytes[i] = (char)chance(values);
}

/* ---- what one does ---- */

static void flood(int sock)
{
    size_t length = 1 + chance(FLOOD);
    fill(length, 256);
    push(sock, bytes, length);
}

static void many_lines(int sock)
{
    size_t length = 1 + chance(4000);
    for (size_t i = 0; i < length; i++)
        bytes[i] = chance(3) == 0 ? '\n' : '\r';
    push(sock, bytes, length);
}

static void huge_line(int sock)
{
    memset(bytes, 'x', 5000);
    push(sock, bytes, 5000);
    if (chance(2) == 0)
        push(sock, "\n", 1);
}

static void line_at_the_limit(int sock)
{
    static const size_t lengths[] = {999, 1000, 1001, 1023, 1024, 1025, 1026, 4095, 4096};
    size_t length = lengths[chance(sizeof lengths / sizeof lengths[0])];
    memset(bytes, 'y', length);
    bytes[length] = '\r';
    bytes[length + 1] = '\n';
    push(sock, bytes, length + 2);
}

static void byte_by_byte(int sock)
{
    int on = 1;
    setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    for (int i = 0; i < 20; i++)
        push(sock, "slow bytes\nand more\n" + i, 1);
}

static void partial_line(int sock)
{
    push(sock, "not yet a line", chance(14) + 1);
}

static void zeroes(int sock)
{
    push(sock, "\0\0a\0b\n\0\n", 8);
}

static void escapes(int sock)
{
    static const char words[] = "\033[2J\033]0;x\007\xff\xfe\xc0\x80\n[1] left\nserver says: x\n";
    push(sock, words, sizeof words - 1);
}

static void urgent(int sock)
{
    (void)!send(sock, "!", 1, MSG_OOB | MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void read_some(int sock)
{
    (void)!recv(sock, bytes, 1 + chance(100), MSG_DONTWAIT);
}

static void half_close(int sock)
{
    shutdown(sock, SHUT_WR);
}

static void hear_nothing_more(int sock)
{
    shutdown(sock, SHUT_RD);
}

static void storm(int sock)
{
    (void)sock;
    for (int i = 0; i < STORM; i++) {
        int more = hostile_connect();
        if (chance(2) == 0)
            push(more, "hello\n", chance(7));
        if (chance(2) == 0)
            reset(more);
        else
            close(more);
    }
}

static void datagrams(int sock)
{
    static const size_t lengths[] = {0, 1, 2, 1472, 1473, 9000, 65506, 65507};
    for (uint32_t i = 1 + chance(30); i > 0; i--) {
        size_t length = lengths[chance(sizeof lengths / sizeof lengths[0])];
        push(sock, bytes, length < FLOOD ? length : FLOOD);
    }
}

static void go(uint32_t i)
{
    if (clients[i] == -1)
        return;
    if (chance(3) == 0)
        shutdown(clients[i], SHUT_WR);
    if (chance(2) == 0)
        reset(clients[i]);
    else
        close(clients[i]);
    clients[i] = -1;
}

static void act(uint32_t i)
{
    typedef void deed(int sock);
    static deed *const streams[] = {
        flood,   many_lines, huge_line, line_at_the_limit, byte_by_byte, partial_line,      zeroes,
        escapes, urgent,     read_some, half_close,        storm,        hear_nothing_more,
    };
    static deed *const packets[] = {datagrams, storm, escapes, read_some};
    uint32_t count =
        kind == PACKETS ? sizeof packets / sizeof packets[0] : sizeof streams / sizeof streams[0];
    if (clients[i] == -1)
        clients[i] = hostile_connect();
    else if (chance(8) == 0)
        go(i);
    else
        (kind == PACKETS ? packets : streams)[chance(count)](clients[i]);
}

void hostile_come(enum service service, uint32_t count)
{
    kind = service;
    client_count = count;
    for (uint32_t i = 0; i < count; i++) {
        clients[i] = hostile_connect();
        act(i);
    }
}

void hostile_turn(void)
{
    for (uint32_t i = 0; i < client_count; i++)
        act(i);
}

void hostile_go(void)
{
    for (uint32_t i = 0; i < client_count; i++)
        go(i);
}
