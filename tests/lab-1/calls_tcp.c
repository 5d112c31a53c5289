/* tcp.c, a function at a time: what each returns, and what it leaves. */
#include "lab-1/common.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- tcp_listen ---- */

/* Calls tcp_listen(PORT). */
static struct program *call_listen(uint16_t port, struct returned *returned, const char *situation)
{
    char number[8];
    snprintf(number, sizeof number, "%u", port);
    driver_holds();
    struct program *driver = program_start_driver("call_tcp", "listen", number, NULL);
    driver->asked_port = port;
    *returned = expect_returned(driver, "tcp_listen", 1, situation);
    return driver;
}

/* Calls it with a port that is free; it must listen there then. *PORT is which. */
static struct program *listen_somewhere(struct returned *returned, uint16_t *port)
{
    char situation[64];
    for (int attempt = 0; attempt < 3; attempt++) {
        *port = peer_free_port();
        snprintf(situation, sizeof situation, _("The test called tcp_listen(%u)"), *port);
        struct program *driver = call_listen(*port, returned, situation);
        if (returned->result == -1 && returned->error == EADDRINUSE && peer_port_taken(*port))
            continue; /* another program was faster */
        expect_socket(driver, returned, situation);
        if (connection_queue(*port) == -1)
            fail_because(EXPECT_CONNECT,
                         "%s, and it returned %d. No socket listens on port %u then.", _(situation),
                         (int)returned->result, *port);
        return driver;
    }
    not_tested("Another program took every port that the test chose.");
}

SCENARIO(listen_returns, 3, "tcp_listen: returns a socket that listens on PORT",
         "socket, setsockopt, bind, listen, in this order; then return the socket.",
         "A socket is a descriptor")
{
    uint16_t port;
    struct returned returned;
    struct program *driver = listen_somewhere(&returned, &port);
    peer_connect("A client at 127.0.0.1", "127.0.0.1", port);
    /* All of 127.0.0.0/8 is this machine. */
    peer_connect("A client that uses the address 127.0.0.2", "127.0.0.2", port);
    expect_sockets(driver, &returned, 1, "The test called tcp_listen with a free port",
                   "the one that it has returned");
}

SCENARIO(listen_queue, 1, "tcp_listen: lets 16 clients wait",
         "The backlog of listen limits how many connections may wait. SOMAXCONN is a good value.",
         "Two queues and a backlog")
{
    enum { WAITING = 16 };
    uint16_t port;
    struct returned returned;
    listen_somewhere(&returned, &port);
    for (int i = 1; i <= WAITING; i++) {
        int error = 0;
        struct peer *client = peer_begin_connect("A client that waits", "127.0.0.1", port);
        if (peer_end_connect(client, &error) != DONE || error != 0)
            fail_because(EXPECT_CONNECT,
                         "tcp_listen has returned, and nobody has called accept yet. 16 clients "
                         "tried to connect. Number %d got no connection: the queue was full.",
                         i);
    }
}

/* The calls that tcp_listen makes, and how each of them may fail. */
static const struct {
    enum probe_group group;
    const char *name;
    int error;
} listen_calls[] = {
    {GROUP_OPENING, "socket", EMFILE},
    {GROUP_SETTING, "setsockopt", ENOMEM},
    {GROUP_BINDING, "bind", EACCES},
    {GROUP_LISTENING, "listen", EADDRINUSE},
};
enum { LISTEN_CALLS = sizeof listen_calls / sizeof listen_calls[0] };

/* Calls tcp_listen while call NUMBER of those fails, and every close as well: that must not change
   what tcp_listen reports. */
static struct program *listen_while_failing(size_t number, struct returned *returned,
                                            char *situation, size_t size)
{
    snprintf(situation, size, _("%s failed with %s"), listen_calls[number].name,
             strerrorname_np(listen_calls[number].error));
    fault_at_start(listen_calls[number].group, listen_calls[number].error, 0, INT32_MAX, 0);
    fault_at_start(GROUP_CLOSING, EIO, 0, INT32_MAX, 0);
    struct program *driver = call_listen(0, returned, situation);
    expect_met(driver, returned, listen_calls[number].group, listen_calls[number].name);
    return driver;
}

SCENARIO(listen_fails, 3, "tcp_listen: reports each call that fails",
         "Each of the four calls may fail: complain(\"bind\"), then return -1 with errno as bind "
         "left it. close may change errno, so keep it in a variable.",
         "Errors have names")
{
    for (size_t i = 0; i < LISTEN_CALLS; i++) {
        char situation[80];
        struct returned returned;
        struct program *driver = listen_while_failing(i, &returned, situation, sizeof situation);
        expect_error(&returned, listen_calls[i].error, situation);
        expect_reported(driver, &returned, listen_calls[i].name, strerror(listen_calls[i].error),
                        situation);
    }
}

SCENARIO(listen_closes, 2, "tcp_listen: closes its socket when a later call fails",
         "After -1 nobody knows the number of the socket any more: close it before you return.",
         "Who closes what")
{
    for (size_t i = 0; i < LISTEN_CALLS; i++) {
        char situation[80];
        struct returned returned;
        struct program *driver = listen_while_failing(i, &returned, situation, sizeof situation);
        expect_value(&returned, -1, situation);
        expect_sockets(driver, &returned, 0, situation, "tcp_listen closes what it has opened");
    }
}

/* ---- tcp_accept ---- */

/* Starts a driver that calls tcp_accept TIMES times. */
static struct program *start_accepting(const char *times)
{
    driver_holds();
    return expect_listening(program_start_driver("call_tcp", "accept", times, NULL));
}

/* RETURNED is a socket of DRIVER's, with the port of CLIENT. */
static void expect_client(struct program *driver, const struct returned *returned,
                          const struct peer *client, const char *situation)
{
    expect_socket(driver, returned, situation);
    if (!procfs_holds_socket(driver->pid, connection_inode(client)))
        fail_because(EXPECT_CONNECT,
                     "%s. tcp_accept returned %d, but the program does not hold the connection of "
                     "this client.",
                     _(situation), (int)returned->result);
    if (returned->port != client->port)
        fail_because(EXPECT_OTHER,
                     "%s. tcp_accept should have set *port to %u, the client's port. It is %d.",
                     _(situation), client->port, returned->port);
}

SCENARIO(
    accept_returns, 2, "tcp_accept: returns the connection and the client's port",
    "Set the length to sizeof the address before each accept. After it, take the port from the "
    "address: *port = port_of(&address).",
    "Ports travel in network byte order")
{
    struct program *driver = start_accepting("2");
    for (size_t i = 1; i <= 2; i++) {
        char situation[80];
        struct peer *client = connect_client(driver, "A client");
        /* A port of two different bytes, to see whether they were swapped. */
        while (client->port >> 8 == (client->port & 0xff) && i == 0)
            client = connect_client(driver, "A client");
        snprintf(situation, sizeof situation, _("A client with port %u connected"), client->port);
        struct returned returned = expect_returned(driver, "tcp_accept", i, situation);
        expect_client(driver, &returned, client, situation);
        expect_sockets(driver, &returned, 1 + (int)i, situation,
                       "the listener, and the connections that it has returned");
        driver_goes_on(driver);
    }
}

SCENARIO(accept_retries, 2, "tcp_accept: calls accept again after EINTR and ECONNABORTED",
         "EINTR and ECONNABORTED say nothing about the listener: call accept again at once.",
         "When accept fails")
{
    static const int errors[] = {EINTR, ECONNABORTED};
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        char situation[80];
        fault_at_start(GROUP_ACCEPTING, errors[i], 0, 3, 0);
        struct program *driver = start_accepting("1");
        struct peer *client = connect_client(driver, "A client");
        snprintf(situation, sizeof situation, _("The first three calls of accept fail with %s"),
                 strerrorname_np(errors[i]));
        struct returned returned = expect_returned(driver, "tcp_accept", 1, situation);
        expect_met(driver, &returned, GROUP_ACCEPTING, "accept");
        expect_client(driver, &returned, client, situation);
    }
}

/* How many lines on standard error of DRIVER have WORDS. */
static size_t count_complaints(const struct program *driver, const char *words)
{
    size_t count = 0;
    for (const char *at = driver->complained.start; at != NULL && (at = strstr(at, words)) != NULL;
         at += strlen(words))
        count++;
    return count;
}

SCENARIO(
    accept_short, 1, "tcp_accept: complains at each shortage, and tries again",
    "EMFILE, ENFILE, ENOBUFS and ENOMEM go away: complain(\"accept\"), pause for a moment, and "
    "call accept again, each time.",
    "When accept fails")
{
    static const int errors[] = {EMFILE, ENFILE, ENOBUFS, ENOMEM};
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        char situation[80];
        fault_at_start(GROUP_ACCEPTING, errors[i], 0, 2, 0);
        struct program *driver = start_accepting("1");
        /* More than one: who waits during a shortage may lose the connection. */
        for (int waiting = 0; waiting < 4; waiting++)
            connect_client(driver, "A client that waits");
        snprintf(situation, sizeof situation, _("The first two calls of accept fail with %s"),
                 strerrorname_np(errors[i]));
        struct returned returned = expect_returned(driver, "tcp_accept", 1, situation);
        expect_met(driver, &returned, GROUP_ACCEPTING, "accept");
        expect_socket(driver, &returned, situation);
        expect_reported(driver, &returned, "accept", strerror(errors[i]), situation);
        size_t count = count_complaints(driver, strerror(errors[i]));
        if (count < 2)
            fail_because(EXPECT_COMPLAINT,
                         "%s. tcp_accept should have called complain(\"accept\") each time. It did "
                         "so once.",
                         _(situation));
    }
}

SCENARIO(accept_broken, 2, "tcp_accept: returns -1 when the listener cannot be used",
         "EBADF, EINVAL and the like do not go away: complain(\"accept\"), and return -1. The "
         "caller closes the listener.",
         "When accept fails")
{
    static const int errors[] = {EINVAL, EBADF, EOPNOTSUPP};
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        char situation[80];
        fault_at_start(GROUP_ACCEPTING, errors[i], 0, INT32_MAX, 0);
        struct program *driver = start_accepting("1");
        /* One that first waits in poll(2) calls accept now. */
        peer_begin_connect("A client", "127.0.0.1", driver->port);
        snprintf(situation, sizeof situation, _("accept failed with %s"),
                 strerrorname_np(errors[i]));
        struct returned returned = expect_returned(driver, "tcp_accept", 1, situation);
        expect_met(driver, &returned, GROUP_ACCEPTING, "accept");
        expect_error(&returned, errors[i], situation);
        expect_reported(driver, &returned, "accept", strerror(errors[i]), situation);
        expect_sockets(driver, &returned, 1, situation,
                       "the listener stays open, and its caller closes it");
    }
}

/* ---- tcp_connect ---- */

static struct program *call_connect(const char *host, uint16_t port, struct returned *returned,
                                    const char *situation)
{
    char number[8];
    snprintf(number, sizeof number, "%u", port);
    driver_holds();
    struct program *driver = program_start_driver("call_tcp", "connect", host, number, NULL);
    *returned = expect_returned(driver, "tcp_connect", 1, situation);
    return driver;
}

/* Takes clients of LISTENER until one is DRIVER: any other program may connect as well. */
static struct peer *accept_from(struct peer *listener, const struct program *driver)
{
    struct peer *server;
    do
        server = peer_accept(listener, "the server");
    while (server != NULL && !procfs_holds_socket(driver->pid, connection_inode(server)));
    return server;
}

SCENARIO(connect_returns, 2, "tcp_connect: returns a connected socket",
         "Look up HOST with getaddrinfo, and connect a new socket to the address.",
         "Names and addresses")
{
    static const char situation[] = "A server was listening on this port of 127.0.0.1";
    struct returned returned;
    struct peer *listener = peer_listen("the server");
    struct program *driver = call_connect("127.0.0.1", listener->port, &returned, situation);
    expect_socket(driver, &returned, situation);
    if (accept_from(listener, driver) == NULL)
        fail_because(EXPECT_OTHER,
                     "%s. tcp_connect returned %d, and there is no connection to this server.",
                     _(situation), (int)returned.result);
    expect_sockets(driver, &returned, 1, situation, "the one that it has returned");
}

SCENARIO(connect_refused, 2, "tcp_connect: closes its socket and keeps errno when refused",
         "close may change errno: keep connect's in a variable, close the socket, and set errno "
         "again before you return -1.",
         "Errors have names")
{
    static const char situation[] = "No server was listening on this port, and connect failed with "
                                    "ECONNREFUSED";
    struct returned returned;
    /* Bound, so that no other program gets the port, but not listening. */
    struct peer *nobody = peer_bind("nobody");
    fault_at_start(GROUP_CLOSING, EIO, 0, INT32_MAX, 0);
    struct program *driver = call_connect("127.0.0.1", nobody->port, &returned, situation);
    program_needs_no_fault(driver);
    expect_error(&returned, ECONNREFUSED, situation);
    expect_reported(driver, &returned, "connect", "Connection refused", situation);
    expect_sockets(driver, &returned, 0, situation, "tcp_connect closes what it has opened");
}

SCENARIO(connect_fails, 2, "tcp_connect: returns -1 when a call fails",
         "Whatever fails, say why with complain() or complain_because(), close what you have "
         "opened, and return -1.",
         "Errors have names")
{
    struct returned returned;
    struct peer *listener = peer_listen("the server");
    const char *situation = "connect failed with ENETUNREACH";
    fault_at_start(GROUP_CONNECTING, ENETUNREACH, 0, INT32_MAX, 0);
    struct program *driver = call_connect("127.0.0.1", listener->port, &returned, situation);
    expect_met(driver, &returned, GROUP_CONNECTING, "connect");
    expect_error(&returned, ENETUNREACH, situation);
    expect_reported(driver, &returned, "connect", strerror(ENETUNREACH), situation);
    situation = "socket failed with EMFILE";
    fault_at_start(GROUP_OPENING, EMFILE, 0, INT32_MAX, 0);
    driver = call_connect("127.0.0.1", listener->port, &returned, situation);
    expect_value(&returned, -1, situation);
    expect_reported(driver, &returned, "socket", strerror(EMFILE), situation);
    /* .invalid never exists: RFC 6761. */
    situation = "The test called tcp_connect for no-such-host.invalid, which does not exist";
    driver = call_connect("no-such-host.invalid", listener->port, &returned, situation);
    expect_value(&returned, -1, situation);
    expect_sockets(driver, &returned, 0, situation, "tcp_connect closes what it has opened");
}
