/* loss: the same bad network under UDP and under TCP; who notices, and who mends it */
#include "kernel.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MESSAGES = 40, PERCENT_LOST = 25 };

/* Makes the network in front of SOCK bad: a program of four instructions that the kernel runs for
   each packet, and that drops it or lets it pass, by chance (socket(7), SO_ATTACH_FILTER). */
static void lose_packets(int sock)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_RANDOM)),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, UINT32_MAX / 100 * PERCENT_LOST, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, 0),          /* keep 0 bytes: lost */
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX), /* keep all */
    };
    struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};
    if (setsockopt(sock, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) < 0)
        fail("setsockopt");
}

static void tell(const bool arrived[MESSAGES])
{
    int lost = 0;
    for (int i = 0; i < MESSAGES; i++) {
        if (i % 20 == 0)
            printf(i == 0 ? "  arrived:" : "\n          ");
        if (arrived[i])
            printf(" %2d", i + 1);
        else
            printf("  -");
        lost += !arrived[i];
    }
    printf("\n  sent %d, lost %d\n", MESSAGES, lost);
}

static void send_number(int sock, int number)
{
    unsigned char byte = (unsigned char)number;
    if (send(sock, &byte, 1, 0) < 0)
        fail("send");
}

/* ---- UDP ---- */

static int open_receiver(struct sockaddr_in *address)
{
    socklen_t length = sizeof *address;
    int sock = socket(AF_INET, SOCK_DGRAM, 0);
    if (sock < 0)
        fail("socket");
    *address =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(sock, (struct sockaddr *)address, length) < 0)
        fail("bind");
    if (getsockname(sock, (struct sockaddr *)address, &length) < 0)
        fail("getsockname");
    return sock;
}

static void try_udp(void)
{
    struct sockaddr_in address;
    bool arrived[MESSAGES] = {false};
    int none = 0;
    unsigned char number;
    int receiver = open_receiver(&address);
    int sender = socket(AF_INET, SOCK_DGRAM, 0);
    if (sender < 0 || connect(sender, (struct sockaddr *)&address, sizeof address) < 0)
        fail("connect");
    lose_packets(receiver);
    for (int i = 0; i < MESSAGES; i++)
        send_number(sender, i);
    printf("  %d sends have succeeded.\n", MESSAGES);
    if (setsockopt(receiver, SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof none) < 0)
        fail("setsockopt");
    send_number(sender, MESSAGES); /* the end: this one is not lost */
    while (recv(receiver, &number, 1, 0) == 1 && number < MESSAGES)
        arrived[number] = true;
    tell(arrived);
    close(sender);
    close(receiver);
}

/* ---- TCP ---- */

static void try_tcp(void)
{
    struct sockaddr_in address;
    struct tcp_info info = {.tcpi_state = 0};
    socklen_t length = sizeof info;
    bool arrived[MESSAGES] = {false};
    int at_once = 1;
    unsigned char number;
    int listener = open_listener(1, &address);
    int sender = connect_to(&address);
    int receiver = accept(listener, NULL, NULL);
    if (receiver < 0)
        fail("accept");
    if (setsockopt(sender, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once) < 0)
        fail("setsockopt");
    lose_packets(receiver);
    double start = now_ms();
    for (int i = 0; i < MESSAGES; i++)
        send_number(sender, i);
    for (int expected = 0; expected < MESSAGES; expected++) {
        if (recv(receiver, &number, 1, 0) != 1)
            fail("recv");
        arrived[number] = number == expected; /* in order */
    }
    tell(arrived);
    if (getsockopt(sender, IPPROTO_TCP, TCP_INFO, &info, &length) < 0)
        fail("getsockopt");
    printf("  the kernel sent %u segments again; all of it took %.0f ms\n", info.tcpi_total_retrans,
           now_ms() - start);
    close(sender);
    close(receiver);
    close(listener);
}

int main(void)
{
    printf("Of what arrives, %d %% is lost.\n\n1. UDP: %d datagrams.\n\n", PERCENT_LOST, MESSAGES);
    try_udp();
    printf("\n2. TCP: %d sends of one byte.\n\n", MESSAGES);
    try_tcp();
    puts("\n"
         "UDP passes on what has arrived, and tells nobody what has not. TCP numbers the\n"
         "bytes, waits for acknowledgements, sends again and puts in order. Its price is\n"
         "time: what comes after a lost segment has to wait for it.\n"
         "\n"
         "Try next: Set PERCENT_LOST to 60. What does TCP do, and how long does it take?\n"
         "In lab 5 you write what UDP leaves out; `link` is the bad network there.");
    return 0;
}
