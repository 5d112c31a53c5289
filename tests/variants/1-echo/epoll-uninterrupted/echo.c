/* epoll(7) on a non-blocking connection, by a program without a signal handler: so it takes EINTR
   of epoll_wait, which SIGCONT alone brings about, for an error like any other. */
#include "1-echo/echo.h"

#include "common/console.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* What has come and has not gone back yet. */
struct store {
    char bytes[65536];
    size_t used;
    bool ended;
};

static bool is_for_later(void)
{
    return errno == EAGAIN || errno == EINTR;
}

/* Returns 0, or -1 with errno after complain(). */
static int take_in(int conn, struct store *store)
{
    size_t room = sizeof store->bytes - store->used;
    if (room == 0 || store->ended)
        return 0;
    ssize_t received = recv(conn, store->bytes + store->used, room, 0);
    store->ended = received == 0;
    if (received > 0)
        store->used += (size_t)received;
    if (received >= 0 || is_for_later())
        return 0;
    complain("recv");
    return -1;
}

static int give_back(int conn, struct store *store)
{
    if (store->used == 0)
        return 0;
    ssize_t sent = send(conn, store->bytes, store->used, MSG_NOSIGNAL);
    if (sent > 0) {
        store->used -= (size_t)sent;
        memmove(store->bytes, store->bytes + sent, store->used);
    }
    if (sent >= 0 || is_for_later())
        return 0;
    complain("send");
    return -1;
}

static int wait_for(int epoll, int conn, const struct store *store)
{
    struct epoll_event event = {0};
    if (store->used > 0)
        event.events |= EPOLLOUT;
    if (store->used < sizeof store->bytes && !store->ended)
        event.events |= EPOLLIN;
    if (epoll_ctl(epoll, EPOLL_CTL_MOD, conn, &event) == 0 && epoll_wait(epoll, &event, 1, -1) == 1)
        return 0;
    complain("epoll_wait");
    return -1;
}

static int go_on_until_the_end(int epoll, int conn)
{
    struct store store = {.used = 0};
    while (!store.ended || store.used > 0)
        if (wait_for(epoll, conn, &store) < 0 || take_in(conn, &store) < 0 ||
            give_back(conn, &store) < 0)
            return -1;
    return 0;
}

int echo_session(int conn, uint16_t peer, void *context)
{
    (void)peer;
    (void)context;
    struct epoll_event event = {.events = EPOLLIN};
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0) {
        complain("epoll_create1");
        return -1;
    }
    fcntl(conn, F_SETFL, O_NONBLOCK);
    epoll_ctl(epoll, EPOLL_CTL_ADD, conn, &event);
    int result = go_on_until_the_end(epoll, conn);
    int error = errno;
    close(epoll);
    errno = error;
    return result;
}

static int send_all(int conn, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(conn, bytes, length, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0) {
            complain("send");
            return -1;
        }
        bytes += sent;
        length -= (size_t)sent;
    }
    return 0;
}

int echo_ask(int conn, const char *message, size_t length, char *reply)
{
    if (send_all(conn, message, length) < 0)
        return -1;
    while (length > 0) {
        ssize_t received = recv(conn, reply, length, 0);
        if (received < 0 && errno == EINTR)
            continue;
        if (received < 0) {
            complain("recv");
            return -1;
        }
        if (received == 0) {
            complain_because("recv", "connection closed by the server");
            errno = ECONNRESET;
            return -1;
        }
        reply += received;
        length -= (size_t)received;
    }
    return 0;
}
