/* recvmmsg_echo PORT: answers datagrams, as many with one call as have arrived: recvmmsg(2) and
   sendmmsg(2). What lab 5 is measured beside. It is a peer of the measurement and no example. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { MESSAGES = 64, ROOM = 65536 };

static char bytes[MESSAGES][ROOM];
static struct sockaddr_in peers[MESSAGES];
static struct iovec places[MESSAGES];
static struct mmsghdr messages[MESSAGES];

static _Noreturn void give_up(const char *call)
{
    perror(call);
    exit(1);
}

static void make_room(void)
{
    for (int i = 0; i < MESSAGES; i++) {
        places[i] = (struct iovec){.iov_base = bytes[i], .iov_len = ROOM};
        messages[i].msg_hdr = (struct msghdr){.msg_name = &peers[i],
                                              .msg_namelen = sizeof peers[i],
                                              .msg_iov = &places[i],
                                              .msg_iovlen = 1};
    }
}

static void answer(int sock, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        places[i].iov_len = messages[i].msg_len;
    for (unsigned sent = 0; sent < count;) {
        int now = sendmmsg(sock, messages + sent, count - sent, 0);
        sent += now > 0 ? (unsigned)now : 1; /* what cannot be sent is left out */
    }
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port =
                                      htons((uint16_t)(argc > 1 ? strtol(argv[1], NULL, 10) : 0))};
    int sock = socket(AF_INET, SOCK_DGRAM, 0);
    if (sock < 0 || bind(sock, (struct sockaddr *)&address, sizeof address) < 0)
        give_up("bind");
    for (;;) {
        make_room();
        int count = recvmmsg(sock, messages, MESSAGES, MSG_WAITFORONE, NULL);
        if (count < 0 && errno != EINTR)
            give_up("recvmmsg");
        if (count > 0)
            answer(sock, (unsigned)count);
    }
}
