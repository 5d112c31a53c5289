/* queues: a listener that never accepts; whom its queue holds, and what happens to the rest */
#include "kernel.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LISTENERS = 3, MORE = 3 /* clients than the backlog */, MOST = 16 };
/* "Not answered" is no event: time has to pass. On this machine an answer takes less than a
   millisecond. After a second without one, the kernel sends the SYN again. */
enum { FIRST_SYN_MS = 100, SECOND_SYN_MS = 1200 };

static const int backlogs[LISTENERS] = {0, 1, 4};

struct trial {
    int listener;
    int count; /* clients */
    int clients[MOST];
};

/* Starts a connection, and does not wait for its handshake. */
static int begin_connect(const struct sockaddr_in *address)
{
    int sock = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (sock < 0)
        fail("socket");
    if (connect(sock, (const struct sockaddr *)address, sizeof *address) < 0 &&
        errno != EINPROGRESS)
        fail("connect");
    return sock;
}

static struct tcp_info look_at(int sock)
{
    struct tcp_info info = {.tcpi_state = 0};
    socklen_t length = sizeof info;
    if (getsockopt(sock, IPPROTO_TCP, TCP_INFO, &info, &length) < 0)
        fail("getsockopt");
    return info;
}

/* Returns a client that is still in its handshake; -1 if there is none. */
static int find_waiting(const struct trial *trial)
{
    for (int i = 0; i < trial->count; i++)
        if (look_at(trial->clients[i]).tcpi_state == TCP_SYN_SENT)
            return trial->clients[i];
    return -1;
}

static void begin_trial(struct trial *trial, int backlog)
{
    struct sockaddr_in address;
    trial->listener = open_listener(backlog, &address);
    trial->count = backlog + MORE;
    for (int i = 0; i < trial->count; i++) {
        trial->clients[i] = begin_connect(&address);
        wait_for(trial->clients[i], POLLOUT, FIRST_SYN_MS);
    }
}

/* For a listener, the kernel reports its queue in TCP_INFO: how many are in it, how many may be. */
static void tell_trial(const struct trial *trial, int backlog)
{
    struct tcp_info queue = look_at(trial->listener);
    printf("  listen(fd, %d), %d clients; the kernel's queue: %u complete, limit %u\n", backlog,
           trial->count, queue.tcpi_unacked, queue.tcpi_sacked);
    for (int i = 0; i < trial->count; i++) {
        struct tcp_info info = look_at(trial->clients[i]);
        if (info.tcpi_state == TCP_SYN_SENT)
            printf("    client %d: SYN_SENT, has sent its SYN %d times\n", i + 1,
                   1 + info.tcpi_retransmits);
        else
            printf("    client %d: ESTABLISHED\n", i + 1);
    }
}

/* One accept makes room: the client gets in when it repeats its SYN. */
static void accept_one(const struct trial *trial)
{
    int waiting = find_waiting(trial);
    double start = now_ms();
    int conn = accept(trial->listener, NULL, NULL);
    if (conn < 0)
        fail("accept");
    for (int i = 0; i < trial->count; i++)
        if (trial->clients[i] != waiting && look_at(trial->clients[i]).tcpi_state == TCP_SYN_SENT)
            close(trial->clients[i]); /* or it might be the one that gets in */
    wait_for(waiting, POLLOUT, -1);
    printf("  server: accept. A waiting client is connected %.0f ms later.\n", now_ms() - start);
    close(conn);
}

static void tell_limit(void)
{
    struct sockaddr_in address;
    int listener = open_listener(1000 * 1000, &address);
    printf("  listen(fd, 1000000); the kernel's limit: %u, from /proc/sys/net/core/somaxconn\n",
           look_at(listener).tcpi_sacked);
    close(listener);
}

int main(void)
{
    struct trial trials[LISTENERS];
    puts("1. Listeners that never accept, each with 3 clients more than its backlog.\n");
    for (int i = 0; i < LISTENERS; i++)
        begin_trial(&trials[i], backlogs[i]);
    wait_for(find_waiting(&trials[LISTENERS - 1]), POLLOUT, SECOND_SYN_MS);
    for (int i = 0; i < LISTENERS; i++)
        tell_trial(&trials[i], backlogs[i]);
    puts("\n"
         "2. The listener with backlog 0 accepts one.\n");
    accept_one(&trials[0]);
    puts("\n"
         "3. As long a queue as possible.\n");
    tell_limit();
    puts("\n"
         "accept does not make connections. The kernel does, while the server is busy,\n"
         "and keeps them in a queue: backlog + 1 of them in Linux. When the queue is\n"
         "full, the kernel ignores each SYN. The client hears nothing and repeats it:\n"
         "after 1 second, then less and less often.\n"
         "\n"
         "Try next: Change the backlogs, and predict who gets in. Then leave out\n"
         "SOCK_NONBLOCK: which connect does not return? What does `ss -tln` show as\n"
         "Recv-Q and Send-Q of a listener?");
    return 0;
}
