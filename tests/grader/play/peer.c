#include "grader/play/peer.h"

#include "grader/observe/connection.h"
#include "grader/play/datagram.h"
#include "grader/play/program.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

static int buffer_bytes;

void peer_buffers(int bytes)
{
    buffer_bytes = bytes;
}

static struct peer *new_peer(const char *name, int fd)
{
    struct peer *peer = calloc(1, sizeof *peer);
    if (fd == -1 || peer == NULL || stage.peer_count == STAGE_PEERS)
        grader_fault("socket");
    peer->fd = fd;
    peer->name = _(name);
    stage.peers[stage.peer_count++] = peer;
    if (buffer_bytes != 0) {
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof buffer_bytes);
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer_bytes, sizeof buffer_bytes);
    }
    return peer;
}

struct peer *peer_adopt(const char *name, int fd, uint16_t port)
{
    struct peer *peer = new_peer(name, fd);
    peer->port = port;
    peer->datagrams = true;
    return peer;
}

static struct sockaddr_in address_of(const char *address, uint16_t port)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
    inet_pton(AF_INET, address, &in.sin_addr);
    return in;
}

static void learn_own_end(struct peer *peer)
{
    struct sockaddr_in in = {0};
    socklen_t size = sizeof in;
    if (getsockname(peer->fd, (struct sockaddr *)&in, &size) == -1)
        grader_fault("getsockname");
    peer->port = ntohs(in.sin_port);
    peer->address = in.sin_addr;
}

/* ---- connecting ---- */

static struct peer *new_stream(const char *name)
{
    return new_peer(name, socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

static void begin_connect(struct peer *peer, struct sockaddr_in to)
{
    int one = 1;
    setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    peer->other = ntohs(to.sin_port);
    peer->other_address = to.sin_addr;
    peer->since = stage_now();
    peer->connecting = true;
    peer->wants = POLLOUT;
    if (connect(peer->fd, (struct sockaddr *)&to, sizeof to) == -1 && errno != EINPROGRESS &&
        errno != ECONNREFUSED)
        grader_fault("connect");
    learn_own_end(peer);
}

struct peer *peer_begin_connect(const char *name, const char *address, uint16_t port)
{
    struct peer *peer = new_stream(name);
    begin_connect(peer, address_of(address, port));
    return peer;
}

static bool connect_is_decided(void *argument)
{
    struct pollfd fd = {.fd = ((struct peer *)argument)->fd, .events = POLLOUT};
    return poll(&fd, 1, 0) == 1;
}

enum wait_result peer_end_connect(struct peer *peer, int *error)
{
    socklen_t size = sizeof *error;
    *error = 0;
    enum wait_result result = stage_wait(peer, connect_is_decided, peer);
    if (result == DONE) {
        peer->connecting = false;
        if (getsockopt(peer->fd, SOL_SOCKET, SO_ERROR, error, &size) == -1)
            grader_fault("getsockopt");
        struct sockaddr_in in;
        size = sizeof in;
        /* A refusal reported by connect itself is not reported again. */
        if (*error == 0 && getpeername(peer->fd, (struct sockaddr *)&in, &size) == -1)
            *error = ECONNREFUSED;
    }
    peer->wants = 0;
    char text[64];
    snprintf(text, sizeof text, "connect: %s", result != DONE ? _("no answer") : strerror(*error));
    if (result == DONE && *error == 0)
        stage_note(peer, peer->since, NOTE_CONNECT, 0, NULL);
    else
        stage_note(peer, peer->since, NOTE_OTHER, 0, text);
    return result;
}

static void expect_connected(struct peer *peer)
{
    int error;
    if (peer_end_connect(peer, &error) != DONE)
        fail_because(EXPECT_CONNECT, "%s connected to port %u, and nobody answered.", peer->name,
                     peer->other);
    if (error == 0)
        return;
    /* Who does not listen any more is about to end: that is what there is to explain. */
    enum wait_result last = stage.last;
    if (stage.program_count > 0)
        program_settle(stage.programs[stage.program_count - 1]);
    stage.last = last;
    stage.waiting = peer;
    char address[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &peer->other_address, address, sizeof address);
    fail_because(EXPECT_CONNECT, "%s could not connect to port %u on %s: %s.", peer->name,
                 peer->other, address, strerror(error));
}

struct peer *peer_connect(const char *name, const char *address, uint16_t port)
{
    struct peer *peer = peer_begin_connect(name, address, port);
    expect_connected(peer);
    return peer;
}

struct peer *peer_connect_like(const char *name, const struct peer *other)
{
    struct peer *peer = new_stream(name);
    struct sockaddr_in own = address_of("127.0.0.2", other->port);
    int one = 1; /* an earlier connection of that port may still be in TIME_WAIT */
    setsockopt(peer->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(peer->fd, (struct sockaddr *)&own, sizeof own) == -1)
        grader_fault("bind");
    begin_connect(peer, (struct sockaddr_in){.sin_family = AF_INET,
                                             .sin_port = htons(other->other),
                                             .sin_addr = other->other_address});
    expect_connected(peer);
    return peer;
}

/* ---- sending ---- */

size_t peer_send_some(struct peer *peer, const void *bytes, size_t length)
{
    ssize_t count = send(peer->fd, bytes, length, MSG_NOSIGNAL);
    if (count == -1 && (errno == ECONNRESET || errno == EPIPE))
        peer->reset = true;
    if (count <= 0)
        return 0;
    peer->sent += (size_t)count;
    return (size_t)count;
}

struct sending {
    struct peer *peer;
    const char *bytes;
    size_t length;
    size_t done;
};

static bool all_is_sent(void *argument)
{
    struct sending *sending = argument;
    for (size_t count = 1; sending->done < sending->length && count > 0; sending->done += count)
        count = peer_send_some(sending->peer, sending->bytes + sending->done,
                               sending->length - sending->done);
    return sending->done == sending->length || sending->peer->reset;
}

static size_t send_while(enum wait_result (*wait)(struct peer *, bool (*)(void *), void *),
                         struct peer *peer, const void *bytes, size_t length,
                         enum wait_result *result)
{
    struct sending sending = {peer, bytes, length, 0};
    uint64_t begun = stage_now();
    peer->wants = POLLOUT;
    *result = wait(peer, all_is_sent, &sending);
    peer->wants = 0;
    stage_note(peer, begun, NOTE_SEND, (long)sending.done, NULL);
    return sending.done;
}

size_t peer_push(struct peer *peer, const void *bytes, size_t length, enum wait_result *result)
{
    return send_while(stage_wait, peer, bytes, length, result);
}

size_t peer_flood(struct peer *peer, const void *bytes, size_t length)
{
    enum wait_result result;
    return send_while(stage_settle, peer, bytes, length, &result);
}

void peer_send(struct peer *peer, const void *bytes, size_t length)
{
    enum wait_result result;
    size_t sent = peer_push(peer, bytes, length, &result);
    if (peer->reset && sent < length)
        fail_because(EXPECT_CLOSE, "%s sent %zu %s; after %zu of them the connection was reset.",
                     peer->name, length, text_plural(length, "byte", "bytes"), sent);
    if (sent < length)
        fail_because(EXPECT_BYTES, "%s sent %zu %s; after %zu of them no more were taken.",
                     peer->name, length, text_plural(length, "byte", "bytes"), sent);
}

/* ---- receiving ---- */

/* What has come is acknowledged now: a program that sends a line at a time without TCP_NODELAY
   waits for that with its next (Nagle's algorithm), and the kernel would take 40 ms. */
void peer_acknowledge(const struct peer *peer)
{
    int one = 1;
    setsockopt(peer->fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof one);
}

struct receiving {
    struct peer *peer;
    char *bytes;
    size_t length;
    size_t done;
};

static bool all_is_received(void *argument)
{
    struct receiving *receiving = argument;
    struct peer *peer = receiving->peer;
    while (receiving->done < receiving->length && !peer->finished && !peer->reset) {
        ssize_t count = recv(peer->fd, receiving->bytes + receiving->done,
                             receiving->length - receiving->done, 0);
        if (count > 0) {
            receiving->done += (size_t)count;
            peer->received += (size_t)count;
            stage_note(peer, stage_now(), NOTE_RECEIVE, count, NULL);
            peer_acknowledge(peer);
        } else if (count == 0) {
            peer->finished = true;
            stage_note(peer, stage_now(), NOTE_OTHER, 0, _("end of file"));
        } else if (errno == EAGAIN || errno == EINTR) {
            return false;
        } else {
            peer->reset = true;
            stage_note(peer, stage_now(), NOTE_OTHER, 0, _("connection reset"));
        }
    }
    return true;
}

size_t peer_receive(struct peer *peer, void *bytes, size_t length)
{
    struct receiving receiving = {peer, bytes, length, 0};
    peer->wants = POLLIN;
    stage_wait(peer, all_is_received, &receiving);
    peer->wants = 0;
    return receiving.done;
}

int peer_peek(const struct peer *peer, char *byte)
{
    ssize_t count = recv(peer->fd, byte, 1, MSG_PEEK);
    if (count == -1 && (errno == EAGAIN || errno == EINTR))
        return -1;
    return count == 1;
}

bool peer_receive_end(struct peer *peer, size_t *extra)
{
    enum { MOST = 4 * 1024 * 1024 }; /* it goes on and on: enough has been seen */
    char bytes[4096];
    *extra = 0;
    for (size_t count = sizeof bytes; count == sizeof bytes && *extra < MOST;)
        *extra += count = peer_receive(peer, bytes, sizeof bytes);
    return peer->finished || peer->reset;
}

/* ---- closing ---- */

void peer_half_close(struct peer *peer)
{
    stage_note(peer, stage_now(), NOTE_FIN, 0, NULL);
    shutdown(peer->fd, SHUT_WR);
}

void peer_close(struct peer *peer)
{
    if (peer->fd == -1)
        return;
    stage_note(peer, stage_now(), peer->datagrams ? NOTE_OTHER : NOTE_CLOSE, 0, "close");
    close(peer->fd);
    peer->fd = -1;
}

void peer_reset(struct peer *peer)
{
    struct linger linger = {.l_onoff = 1, .l_linger = 0};
    stage_note(peer, stage_now(), NOTE_RESET, 0, NULL);
    setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    close(peer->fd);
    peer->fd = -1;
}

void peer_free(struct peer *peer)
{
    if (peer->fd != -1)
        close(peer->fd);
    free(peer);
}

/* ---- listening ---- */

struct peer *peer_bind(const char *name)
{
    struct peer *peer = new_stream(name);
    struct sockaddr_in in = address_of("127.0.0.1", 0);
    if (bind(peer->fd, (struct sockaddr *)&in, sizeof in) == -1)
        grader_fault("bind");
    learn_own_end(peer);
    return peer;
}

struct peer *peer_listen(const char *name)
{
    struct peer *peer = peer_bind(name);
    if (listen(peer->fd, 16) == -1)
        grader_fault("listen");
    peer->listening = true;
    return peer;
}

static bool somebody_came(void *argument)
{
    struct pollfd fd = {.fd = ((struct peer *)argument)->fd, .events = POLLIN};
    return poll(&fd, 1, 0) == 1;
}

struct peer *peer_accept(struct peer *listener, const char *name)
{
    listener->wants = POLLIN;
    enum wait_result result = stage_wait(listener, somebody_came, listener);
    listener->wants = 0;
    if (result != DONE)
        return NULL;
    struct sockaddr_in in = {0};
    socklen_t size = sizeof in;
    struct peer *peer = new_peer(
        name, accept4(listener->fd, (struct sockaddr *)&in, &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    int one = 1;
    setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    peer->port = listener->port;
    peer->address = listener->address;
    peer->other = ntohs(in.sin_port);
    peer->other_address = in.sin_addr;
    stage_note(peer, stage_now(), NOTE_CONNECT, 0, NULL);
    return peer;
}

bool peer_port_taken(uint16_t port)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd == -1)
        grader_fault("socket");
    /* SO_REUSEADDR, or connections of an earlier owner in TIME_WAIT would count. */
    int one = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    bool taken = bind(fd, (struct sockaddr *)&in, sizeof in) == -1;
    close(fd);
    return taken;
}

uint16_t peer_free_port(void)
{
    /* Below 32768, where the kernel's own choice begins (ip_local_port_range), and with two
       different bytes, so that a forgotten htons shows. */
    for (int attempt = 0; attempt < 1000; attempt++) {
        uint16_t number;
        if (getrandom(&number, sizeof number, 0) != sizeof number)
            grader_fault("getrandom");
        uint16_t port = (uint16_t)(10000 + number % 20000);
        if (port >> 8 != (port & 0xff) && htons(port) > 1024 && !peer_port_taken(port))
            return port;
    }
    errno = EADDRINUSE;
    grader_fault("bind");
}

bool peer_expects_bytes(const struct peer *peer)
{
    if (peer->datagrams)
        return datagrams_under_way();
    return connection_unacknowledged(peer) > 0;
}
