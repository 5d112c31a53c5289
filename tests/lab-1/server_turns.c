/* The server: one client after another. */
#include "grader/expect/depth.h"
#include "grader/observe/blocked.h"
#include "lab-1/common.h"

#include <stdio.h>
#include <string.h>

/* When a client closes its connection, no call fails: expects no message on standard error. */
static void expect_no_complaint(struct program *server)
{
    static const char *const calls[] = {"server: recv", "server: send", "server: accept"};
    struct text said = {0};
    program_look(server);
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        if (!has_words(&server->complained, calls[i]))
            continue;
        text_quote(&said, server->complained.start, server->complained.length, 300);
        fail_because(EXPECT_COMPLAINT,
                     "A client got its echo, and closed its connection. That is not an error, but "
                     "the server printed one:%s",
                     said.start);
    }
}

/* serve.h: `disconnected` is printed whatever the session returned. */
static uint16_t expect_breaking_off_told(struct program *server)
{
    char hello[20];
    char line[40];
    struct peer *client = connect_client(server, "A client that resets its connection");
    fill_letters(hello, sizeof hello);
    snprintf(line, sizeof line, "[%u] connected", client->port);
    if (program_wait_line(server, line) != DONE)
        fail_because(EXPECT_CONSOLE,
                     "A client connected, and has sent nothing yet. The server should have printed "
                     "\"%s\" by now, before the session.",
                     line);
    snprintf(line, sizeof line, "[%u] disconnected", client->port);
    expect_echo(client, hello, sizeof hello);
    expect_no_complaint(server);
    peer_reset(client);
    if (program_wait_line(server, line) != DONE)
        fail_because(EXPECT_CONSOLE,
                     "A client reset its connection, so its session returned -1. The server should "
                     "still have printed \"%s\".",
                     line);
    return client->port;
}

/* The client with PORT has been answered, and is still there. */
static void expect_not_told_yet(struct program *server, uint16_t port)
{
    char line[40];
    snprintf(line, sizeof line, "[%u] disconnected\n", port);
    program_look(server);
    if (!has_words(&server->said, line))
        return;
    stage.explained = true;
    fail_because(EXPECT_CONSOLE,
                 "A client with port %u was being served. The server's console said already that "
                 "it had disconnected: that line comes after the session.",
                 port);
}

static void expect_said_once(const struct program *server, uint16_t port, const char *words)
{
    char line[40];
    size_t count = 0;
    int length = snprintf(line, sizeof line, "[%u] %s\n", port, words);
    for (const char *at = server->said.start; (at = strstr(at, line)) != NULL; at += length)
        count++;
    if (count > 1)
        fail_because(EXPECT_CONSOLE,
                     "A client with port %u connected, and left. The server should have printed "
                     "\"%.*s\" once. It printed it %zu times.",
                     port, length - 1, line, count);
}

SCENARIO(console, 2, "server: logs each connect and disconnect",
         "Write console_tell(peer, \"connected\") before the session, and console_tell(peer, "
         "\"disconnected\") after it, with the port that tcp_accept has stored.",
         "One client after another")
{
    char hello[20];
    char line[40];
    struct program *server = start_server();
    struct peer *client = connect_client(server, "The client");
    /* A port of two different bytes, to catch a server that does not convert it. */
    while (client->port >> 8 == (client->port & 0xff)) {
        peer_close(client);
        client = connect_client(server, "The client");
    }
    fill_letters(hello, sizeof hello);
    expect_echo(client, hello, sizeof hello);
    uint16_t port = client->port;
    static const char *const words[] = {"connected", "disconnected"};
    for (size_t i = 0; i < 2; i++) {
        if (i == 1) {
            expect_not_told_yet(server, port);
            expect_farewell(client);
        }
        snprintf(line, sizeof line, "[%u] %s", port, words[i]);
        if (program_wait_line(server, line) == DONE)
            continue;
        struct text said = {0};
        text_quote(&said, server->said.start, server->said.length, 300);
        bool nothing = server->said.start == NULL || strchr(server->said.start, '[') == NULL;
        fail_because(EXPECT_CONSOLE,
                     "A client with port %u %s. The server should have printed \"%s\". It "
                     "printed:%s%s",
                     port, _(i == 0 ? "got its echo" : "left"), line, said.start,
                     _(nothing ? "\nIf you used printf, the line waits in a buffer until fflush or "
                                 "the end of the program. console_tell writes at once."
                               : ""));
    }
    uint16_t ports[] = {port, expect_breaking_off_told(server)};
    program_settle(server);
    for (size_t i = 0; i < 4; i++)
        expect_said_once(server, ports[i / 2], words[i % 2]);
}

SCENARIO(ten_clients, 2, "server: serves ten clients, one after another",
         "After each session, call accept again.", "One client after another")
{
    char message[60];
    struct program *server = start_server();
    for (size_t i = 0; i < 10; i++) {
        struct peer *client = connect_client(server, "One of ten clients");
        fill_letters(message, sizeof message);
        expect_echo(client, message, 20 + 4 * i);
        expect_farewell(client);
    }
    expect_loop(server, GROUP_ACCEPTING, 1, "Ten clients connected, one after another");
}

enum { WAITING = 16 };

/* serve.h: one client after another. */
static void expect_still_waiting(struct program *server, struct peer *const *waiting)
{
    char byte;
    program_settle(server);
    /* If it has ended, nobody is served: the first client's farewell tells that. */
    for (size_t i = 0; i < WAITING && !server->ended; i++) {
        if (peer_peek(waiting[i], &byte) == -1)
            continue;
        stage.explained = true;
        fail_because(EXPECT_NOTHING,
                     "While the server was serving the first client, 16 others connected and sent "
                     "20 bytes each. They should have waited for their turn, but the server served "
                     "number %zu at the same time. In this lab, it must serve one client after "
                     "another, without another process or thread.",
                     i + 1);
    }
}

SCENARIO(waiting_clients, 1, "server: serves clients that waited in the queue",
         "Call accept again when the session has ended, and not before: the kernel completes the "
         "connections of those who wait. The backlog of listen limits how many may wait.",
         "Two queues and a backlog")
{
    char hello[WAITING][20];
    struct peer *waiting[WAITING];
    char first_hello[20];
    struct program *server = start_server();
    struct peer *first = connect_client(server, "The first client");
    fill_letters(first_hello, sizeof first_hello);
    expect_echo(first, first_hello, sizeof first_hello);
    for (size_t i = 0; i < WAITING; i++) {
        int error = 0;
        waiting[i] =
            peer_begin_connect("A client that had waited in the queue", "127.0.0.1", server->port);
        if (peer_end_connect(waiting[i], &error) != DONE || error != 0)
            fail_because(EXPECT_CONNECT,
                         "While the server was serving the first client, 16 others tried to "
                         "connect. Number %zu got no connection: the queue was full.",
                         i + 1);
        fill_letters(hello[i], sizeof hello[i]);
        peer_send(waiting[i], hello[i], sizeof hello[i]);
    }
    expect_echo(first, first_hello, sizeof first_hello);
    expect_still_waiting(server, waiting);
    expect_farewell(first);
    for (size_t i = 0; i < WAITING; i++) {
        expect_back(waiting[i], hello[i], sizeof hello[i]);
        expect_farewell(waiting[i]);
    }
}

SCENARIO(descriptors, 2, "server: leaks no descriptors over 200 clients",
         "Each accept opens a descriptor. Close it after the session, on every path.",
         "Who closes what")
{
    enum { CLIENTS = 200 };
    char hello[4];
    struct program *server = start_server();
    fill_letters(hello, sizeof hello);
    program_settle(server); /* what it waits with may be opened when it first waits */
    struct peer *client = connect_client(server, "The first client");
    expect_echo(client, hello, sizeof hello);
    long before = descriptors_at_rest(server);
    peer_close(client);
    for (int i = 0; i < CLIENTS; i++) {
        client = connect_client(server, "One of 200 clients");
        expect_echo(client, hello, sizeof hello);
        if (i % 10 == 9)
            peer_reset(client);
        else
            peer_close(client);
    }
    client = connect_client(server, "The last client");
    expect_echo(client, hello, sizeof hello);
    expect_few_descriptors(server, before, 0,
                           "While the first client was connected, the server had",
                           "After 200 others had connected and left, and with one connected");
    expect_closed_once(server, "echo_session must leave conn open; serve closes it.");
}

/* The last session has ended then: nothing else of the server's runs. */
static bool awaits_next_client(void *argument)
{
    const struct program *server = argument;
    uint64_t mark;
    return server->ended || (blocked_in_accept(server->pid) && all_are_blocked(&mark));
}

VALGRIND(server_memcheck, 2, "server: is clean under valgrind",
         "valgrind reports the line that uses memory that is not yours or not initialized, and the "
         "line that opened a descriptor that is still open.",
         "What valgrind sees")
{
    static char message[5000];
    struct program *server = start_server_memcheck();
    struct peer *client = connect_client(server, "The client");
    fill_bytes(message, sizeof message);
    expect_echo(client, message, 30);
    expect_echo(client, message, sizeof message);
    expect_farewell(client);
    client = connect_client(server, "A client that resets its connection");
    expect_echo(client, message, 10);
    peer_reset(client);
    expect_service(server, "Under valgrind, after a client reset its connection");
    client = connect_client(server, "The last client");
    expect_echo(client, message, sizeof message);
    expect_farewell(client);
    char line[40];
    snprintf(line, sizeof line, "[%u] disconnected", client->port);
    program_wait_line(server, line);
    stage_settle(NULL, awaits_next_client, server);
    program_terminate(server);
    expect_clean(server, 1);
}
