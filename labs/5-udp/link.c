/* A bad network between the clients and a server of lab 5. This file is given. It has the command
   line and the sockets; network.c decides what happens to each datagram. */
#include "5-udp/network.h"
#include "5-udp/udp.h"
#include "common/address.h"
#include "common/console.h"

#include <errno.h>
#include <getopt.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

enum { CLIENTS_MOST = 256, NS_IN_S = 1000 * 1000 * 1000 };

static const char usage[] =
    "usage: link LISTEN-PORT HOST PORT [--loss PERCENT] [--duplicate PERCENT]\n"
    "            [--reorder PERCENT] [--delay MILLISECONDS] [--seed N]\n";
static const char help[] =
    "Simulates a bad network: passes datagrams from clients on LISTEN-PORT on to the server at\n"
    "PORT of HOST, and the server's answers back to the right client. LISTEN-PORT is 0 to 65535;\n"
    "with 0 the system chooses a free one. In both directions:\n"
    "  --loss PERCENT        lose this many datagrams (0 to 100; default 0)\n"
    "  --duplicate PERCENT   send this many twice (0 to 100; default 0)\n"
    "  --reorder PERCENT     hold this many back until the next one has passed, or for 10 ms\n"
    "                        (0 to 100; default 0)\n"
    "  --delay MILLISECONDS  delay all of them (0 to 65535; default 0)\n"
    "  --seed N              seed of the random numbers (0 to 65535; default 1): the same N loses\n"
    "                        the same datagrams\n"
    "Serves 256 clients at once; one more replaces the one that has been silent longest.\n"
    "Ctrl-C ends the link. It then prints what it did.\n";

/* Each client has its own socket towards the server: answers to it are for this client. */
struct client {
    struct way to_server;
    struct way to_client;
    int64_t heard; /* when it last sent something */
};

struct relay {
    int listener;
    int signals; /* readable after Ctrl-C */
    struct sockaddr_in server;
    uint64_t seed;
    uint64_t come; /* number of clients so far */
    size_t count;  /* number of clients now */
    struct client clients[CLIENTS_MOST];
    struct network network;
};

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * NS_IN_S + time.tv_nsec;
}

/* ---- clients ---- */

/* Returns the client with this address; NULL if it has not sent anything yet. */
static struct client *find_client(struct relay *relay, const struct sockaddr_in *address)
{
    for (size_t i = 0; i < relay->count; i++) {
        const struct sockaddr_in *known = &relay->clients[i].to_client.to;
        if (known->sin_port == address->sin_port &&
            known->sin_addr.s_addr == address->sin_addr.s_addr)
            return &relay->clients[i];
    }
    return NULL;
}

/* Returns the place for one more client: a free one, or that of the client silent longest. */
static struct client *make_place(struct relay *relay)
{
    if (relay->count < CLIENTS_MOST)
        return &relay->clients[relay->count++];
    struct client *silent = &relay->clients[0];
    for (size_t i = 1; i < CLIENTS_MOST; i++)
        if (relay->clients[i].heard < silent->heard)
            silent = &relay->clients[i];
    network_drop(&relay->network, &silent->to_server);
    network_drop(&relay->network, &silent->to_client);
    close(silent->to_server.sock);
    return silent;
}

/* Returns a client for ADDRESS, or NULL after complain(). */
static struct client *admit_client(struct relay *relay, const struct sockaddr_in *address)
{
    int sock = socket(AF_INET, SOCK_DGRAM, 0);
    if (sock < 0) {
        complain("socket");
        return NULL;
    }
    /* Connected, so that the client never gets a stranger's datagram as an answer. */
    if (connect(sock, (struct sockaddr *)&relay->server, sizeof relay->server) < 0) {
        complain("connect");
        close(sock);
        return NULL;
    }
    struct client *client = make_place(relay);
    way_open(&client->to_server, sock, &relay->server, relay->seed, 2 * relay->come);
    way_open(&client->to_client, relay->listener, address, relay->seed, 2 * relay->come + 1);
    relay->come++;
    return client;
}

/* ---- datagrams ---- */

/* Takes one datagram, if there is one, from a client or from the server's side of CLIENT. Errors
   are ICMP messages, for example when no server listens. Like many networks, this one drops
   them. */
static void receive(struct relay *relay, int sock, struct client *client)
{
    static char bytes[UDP_LARGEST];
    struct sockaddr_in from = {.sin_family = AF_UNSPEC};
    socklen_t room = sizeof from;
    ssize_t length =
        recvfrom(sock, bytes, sizeof bytes, MSG_DONTWAIT, (struct sockaddr *)&from, &room);
    if (length < 0)
        return;
    if (client != NULL) {
        network_take(&relay->network, &client->to_client, bytes, (size_t)length, now());
        return;
    }
    client = find_client(relay, &from);
    if (client == NULL)
        client = admit_client(relay, &from);
    if (client == NULL) {
        relay->network.lost++;
        return;
    }
    client->heard = now();
    network_take(&relay->network, &client->to_server, bytes, (size_t)length, client->heard);
}

/* Sends all datagrams that are due. */
static void send_due(struct relay *relay)
{
    struct datagram *one;
    while ((one = network_next(&relay->network, now())) != NULL) {
        const struct sockaddr *to = (const struct sockaddr *)&one->way->to;
        ssize_t sent;
        do /* ECONNREFUSED is about the datagram before: this one has not been sent yet */
            sent = sendto(one->way->sock, one->bytes, one->length, 0, to, sizeof one->way->to);
        while (sent < 0 && (errno == EINTR || errno == ECONNREFUSED));
        if (sent < 0)
            complain("sendto");
        network_sent(&relay->network, one, sent >= 0);
    }
}

/* Returns 0 after Ctrl-C; -1 after complain(). */
static int pass_on(struct relay *relay)
{
    struct pollfd ready[2 + CLIENTS_MOST];
    for (;;) {
        size_t count = relay->count; /* new clients are checked next time */
        ready[0] = (struct pollfd){.fd = relay->signals, .events = POLLIN};
        ready[1] = (struct pollfd){.fd = relay->listener, .events = POLLIN};
        for (size_t i = 0; i < count; i++)
            ready[2 + i] =
                (struct pollfd){.fd = relay->clients[i].to_server.sock, .events = POLLIN};
        if (poll(ready, 2 + count, network_wait(&relay->network, now())) < 0 && errno != EINTR) {
            complain("poll");
            return -1;
        }
        if (ready[0].revents != 0)
            return 0;
        for (size_t i = 0; i < count; i++)
            if (ready[2 + i].revents != 0)
                receive(relay, relay->clients[i].to_server.sock, &relay->clients[i]);
        if (ready[1].revents != 0)
            receive(relay, relay->listener, NULL);
        send_due(relay);
    }
}

/* ---- beginning and end ---- */

/* Looks up the server's address. Returns 0, or -1 after a complaint. */
static int find_server(struct relay *relay, const char *host, uint16_t port)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_DGRAM};
    struct addrinfo *addresses = NULL;
    int code = getaddrinfo(host, NULL, &hints, &addresses);
    if (code == EAI_SYSTEM)
        complain("getaddrinfo");
    else if (code != 0)
        complain_because("getaddrinfo", gai_strerror(code));
    if (code != 0)
        return -1;
    memcpy(&relay->server, addresses->ai_addr, sizeof relay->server);
    relay->server.sin_port = htons(port);
    freeaddrinfo(addresses);
    return 0;
}

/* Opens the listener and the descriptor for signals. Returns 0, or -1 after complain(). */
static int open_relay(struct relay *relay, uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_ANY)};
    sigset_t end;
    sigemptyset(&end);
    sigaddset(&end, SIGINT);
    sigaddset(&end, SIGTERM);
    sigprocmask(SIG_BLOCK, &end, NULL); /* so that signalfd(2) can read them */
    relay->signals = signalfd(-1, &end, 0);
    if (relay->signals < 0) {
        complain("signalfd");
        return -1;
    }
    relay->listener = socket(AF_INET, SOCK_DGRAM, 0);
    if (relay->listener < 0) {
        complain("socket");
        return -1;
    }
    if (bind(relay->listener, (struct sockaddr *)&address, sizeof address) < 0) {
        complain("bind");
        return -1;
    }
    return 0;
}

static int run(struct relay *relay, uint16_t port, const char *host, uint16_t server_port)
{
    if (find_server(relay, host, server_port) < 0 || open_relay(relay, port) < 0)
        return 1;
    console_say("listening on port %d", port_of_socket(relay->listener));
    int result = pass_on(relay);
    struct network *network = &relay->network;
    network_drop(network, NULL); /* what still waits is lost */
    console_say("passed %lu, lost %lu, duplicated %lu, reordered %lu, delayed %lu", network->passed,
                network->lost, network->duplicated, network->reordered, network->delayed);
    for (size_t i = 0; i < relay->count; i++)
        close(relay->clients[i].to_server.sock);
    close(relay->listener);
    close(relay->signals);
    return result == 0 ? 0 : 1;
}

/* ---- the command line ---- */

enum option_name { LOSS, DUPLICATE, REORDER, DELAY, SEED, HELP, OPTIONS };

static const struct option long_options[OPTIONS + 1] = {
    [LOSS] = {"loss", required_argument, NULL, LOSS},
    [DUPLICATE] = {"duplicate", required_argument, NULL, DUPLICATE},
    [REORDER] = {"reorder", required_argument, NULL, REORDER},
    [DELAY] = {"delay", required_argument, NULL, DELAY},
    [SEED] = {"seed", required_argument, NULL, SEED},
    [HELP] = {"help", no_argument, NULL, HELP},
};

/* Reads TEXT as the value of an option. Returns 0, or -1 after printing what is wrong. */
static int read_value(uint16_t values[OPTIONS], int option, const char *text)
{
    bool percent = option == LOSS || option == DUPLICATE || option == REORDER;
    /* All of these are written like a port, and some must be smaller. */
    if (port_parse(text, &values[option]) && (!percent || values[option] <= 100))
        return 0;
    fprintf(stderr, "link: --%s \"%s\" is not a %s\n", long_options[option].name, text,
            percent ? "percentage (0 to 100)" : "number from 0 to 65535");
    return -1;
}

static int read_port(uint16_t *port, const char *text, uint16_t least)
{
    if (port_parse(text, port) && *port >= least)
        return 0;
    fprintf(stderr, "link: \"%s\" is not a port (%u to 65535)\n", text, (unsigned)least);
    return -1;
}

/* Returns the exit status. */
static int wrong_usage(void)
{
    fputs(usage, stderr);
    return 2;
}

int main(int argc, char **argv)
{
    static struct relay relay;
    uint16_t values[OPTIONS] = {[SEED] = 1};
    uint16_t port;
    uint16_t server_port;
    int option;
    console_name("link");
    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (option == HELP)
            return printf("%s%s", usage, help) < 0 || fflush(stdout) != 0;
        if (option == '?' || read_value(values, option, optarg) < 0)
            return wrong_usage(); /* getopt_long or read_value has reported the error */
    }
    if (argc - optind != 3) {
        fputs("link: three arguments are expected: port, host and port\n", stderr);
        return wrong_usage();
    }
    char **words = argv + optind;
    if (read_port(&port, words[0], 0) < 0 || read_port(&server_port, words[2], 1) < 0)
        return wrong_usage();
    relay.seed = values[SEED];
    relay.network.loss = values[LOSS];
    relay.network.duplicate = values[DUPLICATE];
    relay.network.reorder = values[REORDER];
    relay.network.delay_ms = values[DELAY];
    return run(&relay, port, words[1], server_port);
}
