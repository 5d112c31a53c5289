#include "grader/observe/connection.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Sends QUESTION and takes its answer. Returns the length of that, or -1. The socket is for this
   question alone: one that is kept would be shared with every process that is forked, and each of
   them would take the answers of the others. */
static ssize_t exchange(const void *question, size_t length, char *answer, size_t size)
{
    int kernel = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    ssize_t received = -1;
    if (kernel != -1 && send(kernel, question, length, 0) == (ssize_t)length)
        do
            received = recv(kernel, answer, size, 0);
        while (received == -1 && errno == EINTR);
    if (kernel != -1)
        close(kernel);
    return received;
}

/* The socket that is bound to LOCAL and connected to REMOTE; for a listener, REMOTE is all zero. */
static bool ask(struct sockaddr_in local, struct sockaddr_in remote, struct inet_diag_msg *message)
{
    struct {
        struct nlmsghdr header;
        struct inet_diag_req_v2 request;
    } question = {.header = {.nlmsg_len = sizeof question,
                             .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                             .nlmsg_flags = NLM_F_REQUEST},
                  .request = {.sdiag_family = AF_INET, .sdiag_protocol = IPPROTO_TCP}};
    struct inet_diag_sockid *id = &question.request.id;
    id->idiag_sport = local.sin_port;
    id->idiag_dport = remote.sin_port;
    id->idiag_src[0] = local.sin_addr.s_addr;
    id->idiag_dst[0] = remote.sin_addr.s_addr;
    id->idiag_cookie[0] = id->idiag_cookie[1] = INET_DIAG_NOCOOKIE;
    _Alignas(struct nlmsghdr) char answer[4096];
    ssize_t length = exchange(&question, sizeof question, answer, sizeof answer);
    struct nlmsghdr header;
    if (length < (ssize_t)(NLMSG_HDRLEN + sizeof *message))
        return false;
    memcpy(&header, answer, sizeof header);
    memcpy(message, answer + NLMSG_HDRLEN, sizeof *message);
    /* When there is no such connection any more, the kernel answers with the listener. */
    return header.nlmsg_type == SOCK_DIAG_BY_FAMILY && message->id.idiag_dport == remote.sin_port;
}

static struct sockaddr_in own_end(const struct peer *peer)
{
    return (struct sockaddr_in){.sin_port = htons(peer->port), .sin_addr = peer->address};
}

static struct sockaddr_in other_end(const struct peer *peer)
{
    return (struct sockaddr_in){.sin_port = htons(peer->other), .sin_addr = peer->other_address};
}

/* The program's end of PEER's connection. */
static bool ask_for_other_end(const struct peer *peer, struct inet_diag_msg *message)
{
    return ask(other_end(peer), own_end(peer), message);
}

void connection_states(const struct peer *peer, int *here, int *there)
{
    struct inet_diag_msg message;
    *here = ask(own_end(peer), other_end(peer), &message) ? message.idiag_state : 0;
    *there = ask_for_other_end(peer, &message) ? message.idiag_state : 0;
}

unsigned long connection_inode(const struct peer *peer)
{
    struct inet_diag_msg message;
    return ask_for_other_end(peer, &message) ? message.idiag_inode : 0;
}

int connection_unread(const struct peer *peer)
{
    struct inet_diag_msg message;
    return ask_for_other_end(peer, &message) ? (int)message.idiag_rqueue : -1;
}

int connection_unacknowledged(const struct peer *peer)
{
    struct inet_diag_msg message;
    return ask_for_other_end(peer, &message) ? (int)message.idiag_wqueue : -1;
}

int connection_queue(uint16_t port)
{
    struct inet_diag_msg message;
    struct sockaddr_in local = {.sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (!ask(local, (struct sockaddr_in){0}, &message) || message.idiag_state != TCP_LISTEN)
        return -1;
    return (int)message.idiag_rqueue;
}

bool connection_can_be_asked(void)
{
    struct sockaddr_in local = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof local;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool can = listener != -1 && bind(listener, (struct sockaddr *)&local, sizeof local) == 0 &&
               listen(listener, 1) == 0 &&
               getsockname(listener, (struct sockaddr *)&local, &size) == 0 &&
               connection_queue(ntohs(local.sin_port)) == 0;
    if (listener != -1)
        close(listener);
    return can;
}
