/* epoll_echo PORT: an echo server as small as one can be: one process, one thread, epoll(7). The
   practical limit beside which the labs' servers are measured. It is a peer of the measurement and
   no example: errors of a client close its connection, all others end the server. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 256, ROOM = 64 * 1024 };

struct client {
    int fd;
    size_t from; /* what could not be sent yet: bytes[from] to bytes[used - 1] */
    size_t used;
    char *bytes; /* NULL unless something waits */
};

static int epoll;

static _Noreturn void give_up(const char *call)
{
    perror(call);
    exit(1);
}

static void leave(struct client *client)
{
    close(client->fd);
    free(client->bytes);
    free(client);
}

/* Waits for EVENTS of CLIENT alone. */
static void wait_for(struct client *client, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = client};
    if (epoll_ctl(epoll, EPOLL_CTL_MOD, client->fd, &event) < 0)
        give_up("epoll_ctl");
}

/* Sends LENGTH bytes; what does not fit is kept. False when the client has gone. */
static bool answer(struct client *client, const char *bytes, size_t length)
{
    ssize_t sent = send(client->fd, bytes, length, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN)
        return false;
    size_t done = sent < 0 ? 0 : (size_t)sent;
    if (done == length)
        return true;
    client->bytes = malloc(length - done);
    if (client->bytes == NULL)
        return false;
    for (client->from = client->used = 0; done < length; done++)
        client->bytes[client->used++] = bytes[done];
    wait_for(client, EPOLLOUT);
    return true;
}

static bool send_kept(struct client *client)
{
    ssize_t sent =
        send(client->fd, client->bytes + client->from, client->used - client->from, MSG_NOSIGNAL);
    if (sent < 0)
        return errno == EAGAIN;
    client->from += (size_t)sent;
    if (client->from < client->used)
        return true;
    free(client->bytes);
    client->bytes = NULL;
    wait_for(client, EPOLLIN);
    return true;
}

static void serve(struct client *client)
{
    static char bytes[ROOM];
    bool fine;
    if (client->bytes != NULL) {
        fine = send_kept(client);
    } else {
        ssize_t got = recv(client->fd, bytes, sizeof bytes, 0);
        fine = got > 0 ? answer(client, bytes, (size_t)got) : got < 0 && errno == EAGAIN;
    }
    if (!fine)
        leave(client);
}

static void accept_clients(int listener)
{
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        struct client *client = calloc(1, sizeof *client);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
        if (client == NULL)
            give_up("calloc");
        client->fd = fd;
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
            give_up("epoll_ctl");
    }
}

static int listen_on(uint16_t port)
{
    int yes = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (listener < 0)
        give_up("socket");
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 ||
        listen(listener, SOMAXCONN) < 0)
        give_up("listen");
    return listener;
}

int main(int argc, char **argv)
{
    struct epoll_event events[EVENTS];
    int listener = listen_on((uint16_t)(argc > 1 ? strtol(argv[1], NULL, 10) : 0));
    epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) < 0)
        give_up("epoll_ctl");
    for (;;) {
        int count = epoll_wait(epoll, events, EVENTS, -1);
        if (count < 0 && errno != EINTR)
            give_up("epoll_wait");
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr == NULL)
                accept_clients(listener);
            else
                serve(events[i].data.ptr);
        }
    }
}
