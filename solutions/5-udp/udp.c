#include "5-udp/udp.h"

#include "common/console.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { NS_IN_MS = 1000 * 1000, NS_IN_S = 1000 * NS_IN_MS };

/* A question as it is sent, and what is known about it. */
struct question {
    char bytes[UDP_LARGEST];
    size_t length;
    size_t head_length; /* bytes taken by "NUMBER " */
    bool refused;       /* ECONNREFUSED has been reported */
};

/* Reports that CALL failed, then closes FD. Returns -1, with errno as CALL left it. */
static int give_up(const char *call, int fd)
{
    complain(call);
    int error = errno; /* close(2) may change errno */
    close(fd);
    errno = error;
    return -1;
}

/* ---- the server's side ---- */

int udp_bind(uint16_t port)
{
    int sock = socket(AF_INET, SOCK_DGRAM, 0);
    if (sock < 0) {
        complain("socket");
        return -1;
    }

    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_ANY),
    };
    if (bind(sock, (struct sockaddr *)&address, sizeof address) < 0)
        return give_up("bind", sock);
    return sock;
}

/* Sends an answer. Whatever goes wrong concerns this peer alone. */
static void answer_peer(int sock, const char *bytes, size_t length,
                        const struct sockaddr_storage *peer, socklen_t peer_length)
{
    ssize_t sent;
    do
        sent = sendto(sock, bytes, length, 0, (const struct sockaddr *)peer, peer_length);
    while (sent < 0 && errno == EINTR);
    if (sent < 0)
        complain("sendto");
}

/* Called after recvfrom has failed. Returns whether to call it again: it was interrupted, or has
   reported an error of one peer in place of a datagram. */
static bool should_retry_receive(void)
{
    return errno == EINTR || errno == ECONNREFUSED || errno == EHOSTUNREACH || errno == ENETUNREACH;
}

int udp_serve(int sock, size_t limit)
{
    char bytes[UDP_LARGEST]; /* for any limit: a buffer that is too small cuts without a word */
    for (;;) {
        struct sockaddr_storage peer;
        socklen_t peer_length = sizeof peer; /* recvfrom reads it before it writes it */
        ssize_t received =
            recvfrom(sock, bytes, sizeof bytes, 0, (struct sockaddr *)&peer, &peer_length);
        if (received < 0 && should_retry_receive())
            continue;
        if (received < 0) {
            complain("recvfrom");
            return -1;
        }
        if ((size_t)received > limit)
            complain_because("recvfrom", "a datagram is too long");
        else
            answer_peer(sock, bytes, (size_t)received, &peer, peer_length);
    }
}

/* ---- the client's side ---- */

/* The IPv4 addresses of HOST, each with PORT in it; the caller frees them with freeaddrinfo(3).
   NULL, and said why, when there are none. */
static struct addrinfo *look_up(const char *host, uint16_t port)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_DGRAM};
    struct addrinfo *addresses = NULL;
    char service[sizeof "65535"];
    snprintf(service, sizeof service, "%u", (unsigned)port);

    int code = getaddrinfo(host, service, &hints, &addresses);
    if (code == 0)
        return addresses;
    if (code == EAI_SYSTEM) /* the only one that is explained by errno */
        complain("getaddrinfo");
    else
        complain_because("getaddrinfo", gai_strerror(code));
    return NULL;
}

int udp_open(struct udp_client *client, const char *host, uint16_t port, int tries, int wait_ms)
{
    struct addrinfo *addresses = look_up(host, port);
    if (addresses == NULL)
        return -1;
    *client = (struct udp_client){.tries = tries, .wait_ms = wait_ms};
    client->server_length = addresses->ai_addrlen;
    memcpy(&client->server, addresses->ai_addr, addresses->ai_addrlen);
    freeaddrinfo(addresses);

    client->sock = socket(AF_INET, SOCK_DGRAM, 0);
    if (client->sock < 0) {
        complain("socket");
        return -1;
    }

    /* Nothing is sent by this. But from now on the kernel lets nobody else's datagrams in, and can
       tell us that nobody listens at the server's port. */
    if (connect(client->sock, (struct sockaddr *)&client->server, client->server_length) < 0)
        return give_up("connect", client->sock);
    return 0;
}

/* Makes QUESTION of the LENGTH bytes of WORDS. Returns 0; -1 if that is more than fits. */
static int compose(struct question *question, uint32_t number, const char *words, size_t length)
{
    question->head_length =
        (size_t)snprintf(question->bytes, sizeof question->bytes, "%lu ", (unsigned long)number);
    if (length > sizeof question->bytes - question->head_length) {
        errno = EMSGSIZE; /* as send says it of a datagram that is too long */
        complain("send");
        return -1;
    }
    memcpy(question->bytes + question->head_length, words, length);
    question->length = question->head_length + length;
    return 0;
}

/* Returns 0 when QUESTION is on its way, or lost, which looks the same from here; -1 with errno
   after complain() when it will never go. */
static int send_question(int sock, struct question *question)
{
    ssize_t sent;
    do
        sent = send(sock, question->bytes, question->length, 0);
    while (sent < 0 && errno == EINTR);
    if (sent >= 0)
        return 0;
    if (errno == ECONNREFUSED) { /* what became of the datagram before: this one did not go */
        question->refused = true;
        return 0;
    }
    complain("send");
    return -1;
}

/* Receives a datagram, without waiting for one. Returns the length of the answer to QUESTION, which
   is in ANSWER then; -1 with errno if there was none. */
static ssize_t receive_answer(int sock, const struct question *question, char *answer)
{
    char bytes[UDP_LARGEST];
    /* MSG_DONTWAIT: nothing may have come, or a datagram that poll announced and whose checksum is
       wrong */
    ssize_t received = recv(sock, bytes, sizeof bytes, MSG_DONTWAIT);
    if (received < 0)
        return -1;
    if ((size_t)received < question->head_length ||
        memcmp(bytes, question->bytes, question->head_length) != 0) {
        errno = EAGAIN; /* late, or rubbish: as if it had not come */
        return -1;
    }
    size_t length = (size_t)received - question->head_length;
    memcpy(answer, bytes + question->head_length, length);
    return (ssize_t)length;
}

/* Nanoseconds on a clock that nobody sets, unlike the time of day. */
static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * NS_IN_S + time.tv_nsec;
}

/* How long poll must wait so that it does not end before DEADLINE; 0 when that has passed. */
static int ms_until(int64_t deadline)
{
    int64_t left = deadline - now();
    return left <= 0 ? 0 : (int)((left + NS_IN_MS - 1) / NS_IN_MS);
}

/* Called after receive_answer has failed. Returns whether the answer may still come; if not, errno
   is still that of recv(2), after complain(). */
static bool should_wait_on(struct question *question)
{
    switch (errno) {
    case ECONNREFUSED:
        question->refused = true; /* the server may come back */
        return true;
    case EAGAIN:
    case EINTR:
        return true;
    default:
        complain("recv");
        return false;
    }
}

/* Waits for the answer to QUESTION as long as one wait lasts. Returns its length, or -1 with errno:
   ETIMEDOUT when there was none; anything else after complain(). */
static ssize_t await_answer(const struct udp_client *client, struct question *question,
                            char *answer)
{
    struct pollfd incoming = {.fd = client->sock, .events = POLLIN};
    /* A fixed moment: nothing that comes before it, signals included, makes the wait longer. */
    int64_t deadline = now() + (int64_t)client->wait_ms * NS_IN_MS;
    int left;
    do {
        left = ms_until(deadline);
        if (poll(&incoming, 1, left) < 0 && errno != EINTR) {
            complain("poll");
            return -1;
        }
        ssize_t length = receive_answer(client->sock, question, answer);
        if (length >= 0 || !should_wait_on(question))
            return length;
    } while (left > 0);
    errno = ETIMEDOUT;
    return -1;
}

ssize_t udp_ask(struct udp_client *client, const char *question, size_t length, char *answer)
{
    struct question asked = {.refused = false};
    client->number++;
    if (compose(&asked, client->number, question, length) < 0)
        return -1;
    for (int tries = 0; tries < client->tries; tries++) {
        if (send_question(client->sock, &asked) < 0)
            return -1;
        ssize_t answered = await_answer(client, &asked, answer);
        if (answered >= 0 || errno != ETIMEDOUT)
            return answered;
    }
    errno = asked.refused ? ECONNREFUSED : ETIMEDOUT;
    complain_because("udp_ask", asked.refused ? "nobody listens there" : "no answer");
    return -1;
}
