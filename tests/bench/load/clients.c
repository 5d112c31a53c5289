#include "bench/load/clients.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST_SAMPLES = 1 << 22, ADDRESSES = 200, EVENTS = 256, NS_IN_MS = 1000 * 1000 };

struct client {
    int fd; /* -1: none */
    size_t sent;
    size_t received;
    uint64_t begun;  /* the message, by the clock */
    uint64_t tried;  /* a datagram: sent last */
    uint32_t number; /* of the datagram */
    bool at_rest;    /* has had its answer while the clients only open */
};

static struct plan plan;
static struct client *clients;
static char message[BIG];
static char received[BIG];
static int epoll = -1;
static uint32_t *samples; /* nanoseconds */
static size_t sample_count;
static size_t lost;
static size_t at_rest;
static bool talking;
static const char *trouble; /* why the measurement has failed; NULL as long as it has not */

static uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000 * NS_IN_MS + (uint64_t)time.tv_nsec;
}

static void fail(const char *why)
{
    if (trouble == NULL)
        trouble = why;
}

static void fail_with_errno(const char *call)
{
    static char words[200];
    snprintf(words, sizeof words, "%s: %s", call, strerror(errno));
    fail(words);
}

/* Lines, because some servers answer lines. */
static void write_message(void)
{
    for (size_t i = 0; i < sizeof message; i++)
        message[i] = (char)('a' + i % 23);
    for (size_t end = plan.size < LINE ? plan.size : LINE; end <= plan.size; end += LINE)
        message[end - 1] = '\n';
}

/* ---- one client ---- */

static void close_client(struct client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
}

/* A new connection, or a socket for datagrams. Connections go to many addresses of this machine in
   turn: the ports of one would be used up in some seconds (TIME_WAIT). */
static bool open_client(struct client *client)
{
    static uint32_t next;
    int type = (plan.datagrams ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC;
    client->fd = socket(AF_INET, type, 0);
    if (client->fd < 0) {
        fail_with_errno("socket");
        return false;
    }
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(plan.port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (plan.datagrams ? 0 : next++ % ADDRESSES));
    int yes = 1;
    if (!plan.datagrams)
        setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = client};
    if ((connect(client->fd, (struct sockaddr *)&address, sizeof address) < 0 &&
         errno != EINPROGRESS) ||
        epoll_ctl(epoll, EPOLL_CTL_ADD, client->fd, &event) < 0) {
        fail_with_errno("connect");
        return false;
    }
    return true;
}

static bool must_wait(void)
{
    return errno == EAGAIN || errno == EINTR || errno == ENOTCONN;
}

static void send_rest(struct client *client)
{
    while (client->sent < plan.size) {
        ssize_t count =
            send(client->fd, message + client->sent, plan.size - client->sent, MSG_NOSIGNAL);
        if (count < 0 && !must_wait())
            fail_with_errno("send");
        if (count < 0)
            return;
        client->sent += (size_t)count;
    }
}

/* The number in front tells a late answer from the one that is waited for. */
static void send_datagram(struct client *client)
{
    char number[9];
    snprintf(number, sizeof number, "%08x", client->number);
    memcpy(message, number, 8);
    client->tried = now();
    if (send(client->fd, message, plan.size, 0) < 0 && !must_wait() && errno != ECONNREFUSED)
        fail_with_errno("send");
}

static void begin_message(struct client *client)
{
    client->sent = client->received = 0;
    client->begun = now();
    if (plan.connections && !open_client(client))
        return;
    client->number++;
    if (plan.datagrams)
        send_datagram(client);
    else
        send_rest(client);
}

/* The whole echo is there. */
static void end_message(struct client *client)
{
    if (!talking) {
        client->at_rest = true;
        at_rest++;
        return;
    }
    if (sample_count < MOST_SAMPLES)
        samples[sample_count++] = (uint32_t)(now() - client->begun);
    if (plan.connections)
        close_client(client);
    begin_message(client);
}

static void take_bytes(struct client *client)
{
    while (client->received < plan.size) {
        ssize_t count = recv(client->fd, received, plan.size - client->received, 0);
        if (count < 0 && must_wait())
            return;
        if (count < 0)
            fail_with_errno("recv");
        else if (count == 0)
            fail("the server has closed a connection");
        else if (memcmp(received, message + client->received, (size_t)count) != 0)
            fail("an echo differs from the message");
        if (trouble != NULL)
            return;
        client->received += (size_t)count;
    }
    end_message(client);
}

static void take_datagrams(struct client *client)
{
    char number[9];
    ssize_t count;
    while ((count = recv(client->fd, received, sizeof received, 0)) >= 0) {
        snprintf(number, sizeof number, "%08x", client->number);
        if (client->at_rest || (size_t)count != plan.size || memcmp(received, number, 8) != 0)
            continue; /* late */
        if (memcmp(received + 8, message + 8, plan.size - 8) != 0)
            fail("an echo differs from the message");
        end_message(client);
    }
}

static void serve_client(struct client *client, uint32_t events)
{
    if (client->fd < 0)
        return;
    if (plan.datagrams) {
        take_datagrams(client);
        return;
    }
    if ((events & EPOLLOUT) != 0)
        send_rest(client);
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && !client->at_rest)
        take_bytes(client);
}

/* ---- all of them ---- */

static void send_lost_again(uint64_t time)
{
    for (int i = 0; i < plan.clients; i++)
        if (!clients[i].at_rest && time - clients[i].tried > (uint64_t)RESEND_MS * NS_IN_MS) {
            send_datagram(&clients[i]);
            lost++;
        }
}

/* Until the time END, or until all are at rest while they only open. */
static void run_until(uint64_t end)
{
    struct epoll_event events[EVENTS];
    uint64_t heard = now();
    uint64_t resent = heard;
    while (trouble == NULL && (talking || at_rest < (size_t)plan.clients)) {
        int count = epoll_wait(epoll, events, EVENTS, plan.datagrams ? RESEND_MS / 4 : RESEND_MS);
        for (int i = 0; i < count && trouble == NULL; i++)
            serve_client(events[i].data.ptr, events[i].events);
        uint64_t time = now();
        heard = count > 0 ? time : heard;
        if (plan.datagrams && time - resent > (uint64_t)RESEND_MS / 4 * NS_IN_MS) {
            send_lost_again(time);
            resent = time;
        }
        if (talking && time >= end)
            break;
        if ((talking ? time - heard : time - (end - (uint64_t)GIVE_UP_MS * NS_IN_MS)) >
            (uint64_t)GIVE_UP_MS * NS_IN_MS)
            fail("no answer for ten seconds");
    }
}

static bool tell(const char **why)
{
    *why = trouble;
    return trouble == NULL;
}

bool clients_open(const struct plan *wanted, const char **why)
{
    plan = *wanted;
    write_message();
    epoll = epoll_create1(EPOLL_CLOEXEC);
    clients = calloc((size_t)plan.clients, sizeof *clients);
    samples = malloc(MOST_SAMPLES * sizeof *samples);
    if (epoll < 0 || clients == NULL || samples == NULL) {
        fail_with_errno("clients");
        return tell(why);
    }
    for (int i = 0; i < plan.clients; i++)
        clients[i].fd = -1;
    if (plan.connections)
        return tell(why);
    for (int i = 0; i < plan.clients && trouble == NULL; i++)
        if (open_client(&clients[i]))
            begin_message(&clients[i]);
    run_until(now() + (uint64_t)GIVE_UP_MS * NS_IN_MS);
    return tell(why);
}

static int by_size(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

static double percentile(double part)
{
    size_t rank = (size_t)(part * (double)(sample_count - 1) + 0.5);
    return samples[rank] / 1e3;
}

bool clients_talk(double seconds, struct talk *talk, const char **why)
{
    uint64_t begun = now();
    talking = true;
    lost = 0;
    for (int i = 0; i < plan.clients && trouble == NULL; i++) {
        clients[i].at_rest = false;
        begin_message(&clients[i]);
    }
    run_until(begun + (uint64_t)(seconds * 1e9));
    talking = false;
    *talk = (struct talk){
        .messages = sample_count, .lost = lost, .seconds = (double)(now() - begun) / 1e9};
    if (trouble == NULL && sample_count == 0)
        fail("not one answer");
    if (sample_count > 0) {
        qsort(samples, sample_count, sizeof *samples, by_size);
        talk->p50 = percentile(0.5);
        talk->p99 = percentile(0.99);
    }
    return tell(why);
}

void clients_close(void)
{
    for (int i = 0; clients != NULL && i < plan.clients; i++)
        close_client(&clients[i]);
    if (epoll >= 0)
        close(epoll);
    free(clients);
    free(samples);
}
