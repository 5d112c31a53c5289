/* The server: where it listens. */
#include "grader/expect/complaint.h"
#include "lab-1/common.h"

#include <stdio.h>
#include <string.h>

/* Starts a server on PORT (0: any), and holds it as soon as it has printed that it listens, and
   does: what its main does then can neither end it nor come first. If it is not held, it printed
   that before it listened. Returns NULL if another program has taken the port in the meantime. */
static struct program *start_and_hold(uint16_t port)
{
    enum { MOST_LINES = 200 }; /* before it listens: who prints without end is not held */
    char number[8];
    snprintf(number, sizeof number, "%u", port);
    gate_at_start(GROUP_SHOWING, 0, true);
    struct program *server = program_start("server", number, NULL);
    server->asked_port = port;
    program_watch(server);
    for (int line = 0; line < MOST_LINES && gate_wait(server, GROUP_SHOWING) == DONE; line++) {
        program_look(server);
        if (says_its_port(server) && connection_queue(server->port) != -1)
            break;
        gate_next(server, GROUP_SHOWING); /* anything else that it prints, such as debug lines */
    }
    return port != 0 && server->ended && peer_port_taken(port) ? NULL : expect_listening(server);
}

SCENARIO(port_asked, 1, "server: listens on the port it was asked for",
         "Put the port into the sockaddr_in in network byte order (htons).",
         "Ports travel in network byte order")
{
    struct program *server = NULL;
    uint16_t port = 0;
    for (int attempt = 0; attempt < 3 && server == NULL; attempt++)
        server = start_and_hold(port = peer_free_port());
    if (server == NULL)
        not_tested("Another program took every port that the test chose.");
    bool listened = gate_is_holding(server, GROUP_SHOWING);
    struct peer *client = peer_begin_connect("The client", "127.0.0.1", port);
    int error = 0;
    if (peer_end_connect(client, &error) != DONE || error != 0)
        fail_because(EXPECT_CONNECT,
                     "The test ran `server %u`. A client that connects to port %u gets: %s.", port,
                     port, error != 0 ? strerror(error) : _("no answer"));
    if (!listened)
        fail_because(EXPECT_CONNECT,
                     "The server printed \"listening on port %u\", but it did not listen at that "
                     "moment: a client would have got \"Connection refused\". tcp_listen must call "
                     "listen before it returns.",
                     port);
    gate_open(server, GROUP_SHOWING);
}

SCENARIO(every_address, 1, "server: listens on every address of the machine",
         "A server bound to one address cannot be reached on the others. Bind to INADDR_ANY.",
         "Which addresses a server answers on")
{
    char hello[20];
    struct program *server = start_server();
    struct peer *client = connect_client(server, "A client at 127.0.0.1");
    fill_letters(hello, sizeof hello);
    expect_echo(client, hello, sizeof hello);
    peer_close(client);
    /* All of 127.0.0.0/8 is this machine. */
    client = peer_connect("A client that uses the address 127.0.0.2", "127.0.0.2", server->port);
    expect_echo(client, hello, sizeof hello);
}

/* A second server on the same port must fail with EADDRINUSE, whatever options both have set. */
static void expect_one_server_for_a_port(void)
{
    char number[8];
    struct program *server = start_and_hold(0);
    connect_client(server, "A client of the first server");
    snprintf(number, sizeof number, "%u", server->port);
    struct program *second = program_start("server", number, NULL);
    program_settle(second);
    if (!second->ended) {
        stage.explained = true;
        fail_because(EXPECT_CONNECT,
                     "The test ran `server %s` while a first server was listening on this port. "
                     "bind should have failed with EADDRINUSE, but now both listen and share the "
                     "clients. That is what SO_REUSEPORT does. Use SO_REUSEADDR only.",
                     number);
    }
    expect_failure(second, "Address already in use", NULL);
    gate_open(server, GROUP_SHOWING);
}

SCENARIO(port_in_use, 1, "server: reports \"Address already in use\"",
         "If bind fails, call complain(\"bind\") and return -1 from tcp_listen.",
         "Errors have names")
{
    char number[8];
    struct peer *owner = peer_listen("another server");
    snprintf(number, sizeof number, "%u", owner->port);
    struct program *server = program_start("server", number, NULL);
    server->asked_port = owner->port;
    expect_failure(server, "Address already in use", NULL);
    /* main prints these if tcp_listen has not returned -1. */
    if (has_words(&server->complained, "server: getsockname:") ||
        has_line(&server->said, "listening on port 0"))
        fail_because(EXPECT_EXIT,
                     "bind failed, because the port was taken, and tcp_listen reported that. Then "
                     "it should have returned -1, but main took its result for a listening "
                     "socket.");
    if (has_words(&server->complained, "server: listen:"))
        fail_because(EXPECT_EXIT,
                     "bind failed, because the port was taken, and tcp_listen reported that. Then "
                     "it should have returned -1, but it went on and called listen.");
    expect_complained_of(server, "bind", "Address already in use");
    expect_closed_after(server, "bind", CALL_BIND);
    expect_one_server_for_a_port();
}

SCENARIO(restart, 2, "server: can restart on the same port at once",
         "A connection that the server closed first stays in TIME_WAIT for a while and holds the "
         "port. Set SO_REUSEADDR before bind.",
         "Why a port stays taken")
{
    char hello[20];
    fill_letters(hello, sizeof hello);
    /* Another program could take the port in between, but not three times. */
    for (int attempt = 0; attempt < 3; attempt++) {
        uint16_t port = peer_free_port();
        struct program *server = start_server_on(port);
        if (server == NULL)
            continue;
        struct peer *client = connect_client(server, "A client");
        expect_echo(client, hello, sizeof hello);
        /* The server's side closes first, so its end of the connection stays in TIME_WAIT. */
        program_terminate(server);
        size_t extra;
        peer_receive_end(client, &extra);
        peer_close(client);
        if (try_server_on(port))
            return;
    }
    fail_because(EXPECT_CONNECT,
                 "The test ended a server while a client was connected, and started it again on "
                 "the same port. The second time it could not listen.");
}
