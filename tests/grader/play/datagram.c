#include "grader/play/datagram.h"

#include "grader/observe/trace.h"
#include "grader/play/orders.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { NS_IN_S = 1000000000, BUFFER_BYTES = 1 << 20 };

/* ---- sockets ---- */

static struct sockaddr_in address_of(const char *address, uint16_t port)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
    inet_pton(AF_INET, address, &in.sin_addr);
    return in;
}

/* A socket at ADDRESS and PORT; -1 if the port is taken. */
static int bound_socket(const char *address, uint16_t port)
{
    struct sockaddr_in in = address_of(address, port);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd == -1)
        grader_fault("socket");
    if (bind(fd, (struct sockaddr *)&in, sizeof in) == 0)
        return fd;
    if (errno != EADDRINUSE)
        grader_fault("bind");
    close(fd);
    return -1;
}

/* A port that is free at 127.0.0.1, chosen by the kernel. */
static uint16_t kernels_choice(void)
{
    struct sockaddr_in in = {0};
    socklen_t size = sizeof in;
    int fd = bound_socket("127.0.0.1", 0);
    if (fd == -1 || getsockname(fd, (struct sockaddr *)&in, &size) == -1)
        grader_fault("getsockname");
    close(fd);
    return ntohs(in.sin_port);
}

bool datagram_port_free(uint16_t port)
{
    int fd = bound_socket("0.0.0.0", port);
    if (fd != -1)
        close(fd);
    return fd != -1;
}

uint16_t datagram_free_port(void)
{
    for (int attempt = 0; attempt < 1000; attempt++) {
        uint16_t port = peer_free_port();
        if (datagram_port_free(port))
            return port;
    }
    errno = EADDRINUSE;
    grader_fault("bind");
}

/* ---- what a datagram says ---- */

enum { QUOTED = 36 }; /* bytes: a note has room for them, and for what stands behind */

/* Its bytes, harmless and in quotes, for a note; of a long one the first, and how many there are.
 */
static void note_bytes(const struct peer *peer, uint64_t time, int kind, const char *bytes,
                       size_t length)
{
    struct text quoted = {0};
    struct text words = {0};
    size_t shown = length;
    text_harmless(&quoted, bytes, shown, SIZE_MAX, false);
    while (quoted.start != NULL && quoted.length > QUOTED) {
        text_free(&quoted);
        shown = shown > QUOTED ? QUOTED : shown / 2;
        text_harmless(&quoted, bytes, shown, SIZE_MAX, false);
    }
    text_add(&words, "\"%s\"", quoted.start != NULL ? quoted.start : "");
    if (shown < length)
        text_add(&words, _("… (%zu bytes)"), length);
    stage_note(peer, time, kind, (long)length, words.start);
    text_free(&quoted);
    text_free(&words);
}

/* ---- receiving ---- */

/* The time of arrival that the kernel has written to MESSAGE, by the time of day; 0: it has not. */
static uint64_t stamp_of(struct msghdr *message)
{
    for (struct cmsghdr *at = CMSG_FIRSTHDR(message); at != NULL; at = CMSG_NXTHDR(message, at))
        if (at->cmsg_level == SOL_SOCKET && at->cmsg_type == SCM_TIMESTAMPNS) {
            struct timespec time;
            memcpy(&time, CMSG_DATA(at), sizeof time);
            return (uint64_t)time.tv_sec * NS_IN_S + (uint64_t)time.tv_nsec;
        }
    return 0;
}

static uint64_t time_of_day(void)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (uint64_t)time.tv_sec * NS_IN_S + (uint64_t)time.tv_nsec;
}

/* Takes what has come at FD into DATAGRAM; its time is still that of day, or 0. */
static bool take(int fd, struct datagram *datagram)
{
    struct sockaddr_in from = {0};
    union {
        struct cmsghdr align;
        char bytes[256];
    } control;
    struct iovec part = {.iov_base = datagram->bytes, .iov_len = DATAGRAM_MOST};
    struct msghdr message = {.msg_name = &from,
                             .msg_namelen = sizeof from,
                             .msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    ssize_t count = recvmsg(fd, &message, 0);
    if (count == -1)
        return false;
    datagram->time = stamp_of(&message);
    datagram->from = ntohs(from.sin_port);
    datagram->length = (size_t)count;
    datagram->bytes[count] = '\0';
    return true;
}

bool datagram_take(struct peer *peer, struct datagram *datagram)
{
    /* Who takes all there is must not be kept at it by a program that sends without end. */
    if (stage_is_overdue() || !take(peer->fd, datagram))
        return false;
    uint64_t now = stage_now();
    uint64_t day = time_of_day();
    uint64_t ago = datagram->time != 0 && datagram->time < day ? day - datagram->time : 0;
    datagram->time = now - ago;
    peer->received += datagram->length;
    note_bytes(peer, datagram->time, NOTE_RECEIVE, datagram->bytes, datagram->length);
    return true;
}

struct awaited {
    struct peer *peer;
    struct datagram *datagram;
};

static bool has_come(void *argument)
{
    const struct awaited *awaited = argument;
    return datagram_take(awaited->peer, awaited->datagram);
}

bool datagram_receive(struct peer *peer, struct datagram *datagram)
{
    struct awaited awaited = {peer, datagram};
    peer->wants = POLLIN;
    bool came = stage_wait(peer, has_come, &awaited) == DONE;
    peer->wants = 0;
    return came;
}

void datagram_lose(const struct peer *peer, const struct datagram *datagram)
{
    note_bytes(peer, datagram->time, NOTE_LOST, datagram->bytes, datagram->length);
}

/* ---- opening ---- */

/* The kernel begins to stamp what arrives a moment after it was asked to; until then it stamps when
   it hands over. Sends to itself until it does. */
static void await_stamps(int fd, uint16_t port, const char *address)
{
    enum { MOST_TURNS = 20000 };
    static struct datagram datagram;
    struct sockaddr_in in = address_of(address, port);
    for (int turn = 0; turn < MOST_TURNS; turn++) {
        if (sendto(fd, "", 1, 0, (struct sockaddr *)&in, sizeof in) == -1)
            grader_fault("sendto");
        uint64_t before = time_of_day();
        while (!take(fd, &datagram) && errno == EAGAIN && !stage_is_overdue())
            sched_yield();
        if (datagram.time <= before)
            return;
    }
}

struct peer *datagram_open_at(const char *name, const char *address, uint16_t port)
{
    int one = 1;
    int bytes = BUFFER_BYTES;
    int fd = bound_socket(address, port);
    if (fd == -1)
        return NULL;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one);
    await_stamps(fd, port, address);
    stage.datagrams = true;
    return peer_adopt(name, fd, port);
}

struct peer *datagram_open(const char *name)
{
    /* Bound to this very number, unlike to 0, it is kept by datagram_return(). */
    for (int attempt = 0; attempt < 1000; attempt++) {
        struct peer *peer = datagram_open_at(name, "127.0.0.1", kernels_choice());
        if (peer != NULL)
            return peer;
    }
    errno = EADDRINUSE;
    grader_fault("bind");
}

/* Connected to itself, a socket receives from nobody else, and for the kernel nobody is there. */
void datagram_leave(struct peer *peer)
{
    struct sockaddr_in itself = address_of("127.0.0.1", peer->port);
    if (connect(peer->fd, (struct sockaddr *)&itself, sizeof itself) == -1)
        grader_fault("connect");
    stage_note(peer, stage_now(), NOTE_OTHER, 0, "nobody there");
}

void datagram_return(struct peer *peer)
{
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    if (connect(peer->fd, &none, sizeof none) == -1)
        grader_fault("connect");
    stage_note(peer, stage_now(), NOTE_OTHER, 0, "there again");
}

/* ---- sending ---- */

void datagram_send_to(struct peer *peer, const char *address, uint16_t port, const void *bytes,
                      size_t length)
{
    struct sockaddr_in in = address_of(address, port);
    uint64_t begun = stage_now();
    if (sendto(peer->fd, bytes, length, 0, (struct sockaddr *)&in, sizeof in) != (ssize_t)length)
        grader_fault("sendto");
    peer->sent += length;
    note_bytes(peer, begun, NOTE_DATAGRAM, bytes, length);
}

void datagram_send(struct peer *peer, uint16_t port, const void *bytes, size_t length)
{
    datagram_send_to(peer, "127.0.0.1", port, bytes, length);
}

/* softnet_stat has a line for each processor; its 12th column is what waits there. */
bool datagrams_under_way(void)
{
    FILE *file = fopen("/proc/net/softnet_stat", "re");
    char line[512];
    unsigned waiting = 0;
    while (file != NULL && waiting == 0 && fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "%*x %*x %*x %*x %*x %*x %*x %*x %*x %*x %*x %x", &waiting) != 1)
            waiting = 0;
    if (file != NULL)
        fclose(file);
    return waiting > 0;
}

/* ---- calls that have not ended ---- */

static bool is_sending(const struct program *program)
{
    for (size_t i = 0; i < PROBE_HEAD + PROBE_TAIL; i++) {
        const struct probe_event *event = &program->trace->events[i];
        if (atomic_load(&event->state) == EVENT_BEGUN && event->is_socket && event->call >= 0 &&
            event->call < CALL_COUNT && trace_group(event) == GROUP_SENDING)
            return true;
    }
    return false;
}

static bool all_have_sent(void *argument)
{
    (void)argument;
    for (size_t i = 0; i < stage.program_count; i++)
        if (!stage.programs[i]->ended && is_sending(stage.programs[i]))
            return false;
    return true;
}

void datagrams_let_calls_end(void)
{
    enum wait_result last = stage.last;
    stage_settle(stage.waiting, all_have_sent, NULL);
    stage.last = last;
}
