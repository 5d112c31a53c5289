/* A server of a lab among hostile clients, round after round: see usage below, and the script
   tests/bench/endure, which plays all servers. */
#include "endure/endure.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const char usage[] =
    "usage: endure SEED SECONDS ROUNDS GROWTH LOG RUN SERVICE SERVER [-e] 0\n"
    "  Plays until SECONDS are over or ROUNDS played, 0: without that limit. GROWTH: kB by which\n"
    "  the server's memory may have grown after the first quarter; 0: it is not looked at. LOG\n"
    "  gets its standard error. RUN is what tests/bench/endure calls this.\n"
    "  SERVICE: echoes answers repeats room packets\n";

enum {
    GOOD = 4,       /* clients that behave, at most */
    PATIENCE = 30,  /* seconds: nothing takes so long */
    LOOK_EVERY = 8, /* rounds */
    FULL = 2000,    /* bytes of a message, at most */
};

/* A client that behaves, and must get its answers. */
struct client {
    int sock;
    uint16_t port;
    long last;       /* the number of the last answer */
    char kept[4096]; /* what has come of lines and is not taken yet, */
    size_t kept_from, kept_to;
};

static enum service service;
static unsigned long seed;
static unsigned long rounds;
static const char *run;
static const char *log_file;
static struct counts before;
static char sent[FULL + 1];
static char got[FULL + 1];

_Noreturn void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "round %lu of seed %lu: ", rounds, seed);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\n    again: tests/bench/endure -s %lu -n %lu %s\n    what it said: %s\n",
            seed, rounds > 0 ? rounds : 1, run, log_file);
    watched_end();
    exit(1);
}

bool is_sequential(enum service which)
{
    return which == ECHOES || which == ANSWERS;
}

struct sockaddr_in server_address(void)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons(watched_port()),
                                .sin_addr = {htonl(INADDR_LOOPBACK)}};
}

static double seconds_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* ---- chance: splitmix64 ---- */

static uint64_t state;

void chance_begin(uint64_t from)
{
    state = from;
}

uint32_t chance(uint32_t below)
{
    uint64_t mixed = state += UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((mixed ^ (mixed >> 31)) % below);
}

/* ---- clients that behave ---- */

static void send_all(const struct client *client, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t count = send(client->sock, bytes, length, MSG_NOSIGNAL);
        if (count <= 0)
            fail("a client that behaves could not send: %s", strerror(errno));
        bytes += count;
        length -= (size_t)count;
    }
}

/* Receives exactly LENGTH bytes. */
static void receive_all(const struct client *client, char *bytes, size_t length)
{
    for (size_t done = 0; done < length;) {
        ssize_t count = recv(client->sock, bytes + done, length - done, 0);
        if (count <= 0)
            fail("a client that behaves got %zu of %zu bytes: %s", done, length,
                 count == 0 ? "the server closed" : strerror(errno));
        done += (size_t)count;
    }
}

static char next_byte(struct client *client)
{
    if (client->kept_from == client->kept_to) {
        ssize_t count = recv(client->sock, client->kept, sizeof client->kept, 0);
        if (count <= 0)
            fail("a client that behaves got no line: %s",
                 count == 0 ? "the server closed" : strerror(errno));
        client->kept_from = 0;
        client->kept_to = (size_t)count;
    }
    return client->kept[client->kept_from++];
}

/* Receives a line into GOT, without its newline. */
static void receive_line(struct client *client)
{
    size_t length = 0;
    do {
        if (length == FULL)
            fail("a client that behaves got a line without an end");
        got[length] = next_byte(client);
    } while (got[length++] != '\n');
    got[length - 1] = '\0';
}

static void expect_joined(struct client *client)
{
    char line[64];
    snprintf(line, sizeof line, "[%u] joined", client->port);
    receive_line(client);
    if (strcmp(got, line) != 0)
        fail("the first line should be \"%s\", and is \"%.100s\"", line, got);
}

static void begin_client(struct client *client)
{
    struct sockaddr_in address = server_address();
    struct timeval patience = {.tv_sec = PATIENCE};
    socklen_t length = sizeof address;
    int type = service == PACKETS ? SOCK_DGRAM : SOCK_STREAM;
    client->sock = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    client->last = 0;
    client->kept_from = client->kept_to = 0;
    if (client->sock == -1 ||
        setsockopt(client->sock, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == -1 ||
        setsockopt(client->sock, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == -1 ||
        connect(client->sock, (struct sockaddr *)&address, sizeof address) == -1 ||
        getsockname(client->sock, (struct sockaddr *)&address, &length) == -1)
        fail("a client that behaves could not connect: %s", strerror(errno));
    client->port = ntohs(address.sin_port);
    if (service == ROOM)
        expect_joined(client);
}

/* Bytes, or letters of one line, in SENT. */
static size_t make_message(bool line)
{
    size_t length = 1 + chance(line ? 900 : FULL);
    for (size_t i = 0; i < length; i++)
        sent[i] = (char)(line ? 'a' + (char)chance(26) : (char)chance(256));
    if (line)
        sent[length - 1] = '\n';
    return length;
}

static void expect_back(const struct client *client, bool line)
{
    size_t length = make_message(line);
    send_all(client, sent, length);
    receive_all(client, got, length);
    if (memcmp(sent, got, length) != 0)
        fail("a client that behaves got other bytes back");
}

/* The operator's answers come in their order; others may have gone to hostile clients. */
static void expect_answer(struct client *client)
{
    long number;
    send_all(client, sent, make_message(true));
    receive_line(client);
    if (sscanf(got, "answer %ld", &number) != 1 || number <= client->last) // NOLINT(cert-err34-c)
        fail("behind answer %ld came \"%.100s\"", client->last, got);
    client->last = number;
}

/* What CLIENTS[FROM] says comes to all others, once, and behind what it said before. */
static void expect_heard(struct client *clients, uint32_t count, uint32_t from)
{
    static long said;
    char line[64];
    char wanted[96];
    int length = snprintf(line, sizeof line, "good %ld\n", ++said);
    send_all(&clients[from], line, (size_t)length);
    snprintf(wanted, sizeof wanted, "[%u] good %ld", clients[from].port, said);
    for (uint32_t i = 0; i < count; i++) {
        long number = 0;
        unsigned port;
        while (i != from && number != said) {
            receive_line(&clients[i]);
            if (sscanf(got, "[%u] good %ld", &port, &number) == 2 && // NOLINT(cert-err34-c)
                strcmp(got, wanted) != 0)
                fail("a member should have got \"%s\", and got \"%.100s\"", wanted, got);
        }
    }
}

/* Datagrams may be lost while others flood the server: then it is asked again. */
static void expect_datagram(const struct client *client)
{
    size_t length = make_message(false);
    for (int tries = 0; tries < PATIENCE * 5; tries++) {
        struct pollfd answer = {.fd = client->sock, .events = POLLIN};
        send_all(client, sent, length);
        if (poll(&answer, 1, 200) != 1)
            continue;
        ssize_t count = recv(client->sock, got, sizeof got, 0);
        if (count != (ssize_t)length || memcmp(sent, got, length) != 0)
            fail("a datagram came back as another one");
        while (recv(client->sock, got, sizeof got, MSG_DONTWAIT) >= 0)
            continue; /* answers to earlier tries */
        return;
    }
    fail("a datagram was never answered");
}

static void talk(struct client *clients, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (service == ROOM)
            expect_heard(clients, count, i);
        else if (service == ANSWERS)
            expect_answer(&clients[i]);
        else if (service == PACKETS)
            expect_datagram(&clients[i]);
        else
            expect_back(&clients[i], service == REPEATS);
}

/* It has said all, and waits for the end. */
static void end_client(struct client *client)
{
    ssize_t count = 1;
    if (service != PACKETS) {
        shutdown(client->sock, SHUT_WR);
        while (count > 0)
            count = recv(client->sock, got, sizeof got, 0);
        if (count == -1)
            fail("a client that behaves has left, and the server did not close: %s",
                 strerror(errno));
    }
    close(client->sock);
}

/* ---- rounds ---- */

/* Waits, for the server has no reason to hurry, until nothing is left of the clients. */
static void look(void)
{
    double end = seconds_now() + PATIENCE;
    struct counts now;
    do {
        now = watched_counts();
        if (now.descriptors <= before.descriptors && now.threads <= before.threads &&
            now.children <= before.children)
            return;
        poll(NULL, 0, 20);
    } while (seconds_now() < end);
    fail("all have left, and the server has %ld descriptors, %ld threads, %ld children; before it "
         "had %ld, %ld, %ld",
         now.descriptors, now.threads, now.children, before.descriptors, before.threads,
         before.children);
}

static void play_round(void)
{
    static struct client clients[GOOD];
    chance_begin(seed * 1000003 + rounds);
    uint32_t count = 1 + chance(GOOD);
    if (is_sequential(service))
        count = 1;
    else
        for (uint32_t i = 0; i < count; i++)
            begin_client(&clients[i]);
    hostile_come(service, 1 + chance(MOST_HOSTILE));
    for (uint32_t turns = chance(4); turns > 0; turns--) {
        hostile_turn();
        if (!is_sequential(service))
            talk(clients, count);
    }
    hostile_go();
    if (is_sequential(service))
        begin_client(&clients[0]);
    talk(clients, count);
    for (uint32_t i = 0; i < count; i++)
        end_client(&clients[i]);
    if (watched_has_ended())
        fail("the server should serve for ever");
}

/* One client, so that all that stays is there. */
static void warm_up(void)
{
    static struct client client;
    begin_client(&client);
    talk(&client, 1);
    end_client(&client);
    poll(NULL, 0, 200); /* what is counted next must not have it in it */
    before = watched_counts();
}

static void play(double seconds, unsigned long most, long growth)
{
    double begun = seconds_now();
    long memory = 0;
    while ((seconds == 0 || seconds_now() < begun + seconds) && (most == 0 || rounds < most)) {
        rounds++;
        play_round();
        if (rounds % LOOK_EVERY != 0)
            continue;
        look();
        if (memory == 0 && (seconds == 0 || seconds_now() > begun + seconds / 4))
            memory = watched_counts().memory;
    }
    look();
    struct counts now = watched_counts();
    if (growth > 0 && memory > 0 && now.memory > memory + growth)
        fail("the server's memory has grown from %ld to %ld kB", memory, now.memory);
    printf("%lu rounds, %ld descriptors, %ld threads, %ld kB", rounds, now.descriptors, now.threads,
           now.memory);
}

static bool service_named(const char *name)
{
    static const char *const names[] = {"echoes", "answers", "repeats", "room", "packets"};
    for (int i = 0; i < 5; i++)
        if (strcmp(names[i], name) == 0) {
            service = (enum service)i;
            return true;
        }
    return false;
}

int main(int argc, char **argv)
{
    if (argc < 10 || !service_named(argv[7])) {
        fprintf(stderr, "%s", usage);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    seed = strtoul(argv[1], NULL, 10);
    log_file = argv[5];
    run = argv[6];
    watched_start(argv + 8, log_file, service == ANSWERS);
    warm_up();
    play(strtod(argv[2], NULL), strtoul(argv[3], NULL, 10), strtol(argv[4], NULL, 10));
    watched_end();
    return 0;
}
