/* The server: where it listens. */
#include "grader/expect/complaint.h"
#include "lab-1/common.h"

#include <stdio.h>
#include <string.h>

/* Starts a server on PORT that is held as soon as it has said that it listens. NULL if somebody
   else has taken the port in the meantime. */
static struct program *start_and_hold(uint16_t port)
{
    char number[8];
    snprintf(number, sizeof number, "%u", port);
    gate_at_start(GROUP_SHOWING, 0, true);
    struct program *server = program_start("server", number, NULL);
    server->asked_port = port;
    program_watch(server);
    while (gate_wait(server, GROUP_SHOWING) == DONE) {
        program_look(server);
        if (has_words(&server->said, "listening on port"))
            break;
        gate_next(server, GROUP_SHOWING); /* whatever else it wants to say */
    }
    return server->ended && peer_port_taken(port) ? NULL : expect_listening(server);
}

SCENARIO(port_asked, 2, "server: listens on the port it was asked for",
         "A port goes into a sockaddr_in in network byte order.",
         "Ports travel in network byte order")
{
    struct program *server = NULL;
    uint16_t port = 0;
    for (int attempt = 0; attempt < 3 && server == NULL; attempt++)
        server = start_and_hold(port = peer_free_port());
    if (server == NULL)
        not_tested("Every port that the test chose was taken by somebody else.");
    bool listened = connection_queue(port) != -1;
    if (!listened) { /* perhaps it will */
        gate_open(server, GROUP_SHOWING);
        program_settle(server);
    }
    struct peer *client = peer_begin_connect("The client", "127.0.0.1", port);
    int error = 0;
    if (peer_end_connect(client, &error) != DONE || error != 0)
        fail_because("`server %u` was started. A client that connects to port %u gets: %s.", port,
                     port, error != 0 ? strerror(error) : "no answer");
    if (!listened)
        fail_because("The server said \"listening on port %u\", and at that moment nobody listened "
                     "there: who had come right then would have been refused. tcp_listen should "
                     "have called listen before it returned.",
                     port);
    gate_open(server, GROUP_SHOWING);
}

SCENARIO(every_address, 3, "server: can be reached at every address of the machine",
         "A server that is bound to one address cannot be reached at the others.",
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

/* EADDRINUSE, whatever a server like itself has asked for. */
static void expect_one_server_for_a_port(void)
{
    char number[8];
    struct program *server = start_server();
    connect_client(server, "A client of the first server");
    snprintf(number, sizeof number, "%u", server->port);
    struct program *second = program_start("server", number, NULL);
    program_settle(second);
    if (!second->ended) {
        stage.explained = true;
        fail_because("`server %s` was started while a first server was listening on this port. "
                     "bind should have failed with EADDRINUSE; now both listen there, and share "
                     "the clients. That is what SO_REUSEPORT does. SO_REUSEADDR is enough.",
                     number);
    }
    expect_failure(second, "Address already in use", NULL);
}

SCENARIO(port_in_use, 2, "server: says so when its port is taken",
         "When bind fails, complain(\"bind\") says why, and tcp_listen returns -1.",
         "Errors have names")
{
    char number[8];
    struct peer *owner = peer_listen("another server");
    snprintf(number, sizeof number, "%u", owner->port);
    struct program *server = program_start("server", number, NULL);
    expect_failure(server, "Address already in use", NULL);
    /* Said by main, after tcp_listen has returned something else than -1. */
    if (has_words(&server->complained, "server: getsockname:") ||
        has_words(&server->said, "listening on port"))
        fail_because("bind failed, because the port was taken, and tcp_listen said so. It should "
                     "have returned -1 then; what it returned was taken for a listening socket.");
    if (has_words(&server->complained, "server: listen:"))
        fail_because("bind failed, because the port was taken, and tcp_listen said so. It should "
                     "have returned then; it went on with listen.");
    expect_complained_of(server, "bind", "Address already in use");
    expect_closed_after(server, "bind", CALL_BIND);
    expect_one_server_for_a_port();
}

SCENARIO(restart, 2, "server: can be started again on the same port at once",
         "A connection that the server closed first stays in TIME_WAIT for a while, and holds "
         "the port unless SO_REUSEADDR is set before bind.",
         "Why a port stays taken")
{
    char hello[20];
    fill_letters(hello, sizeof hello);
    /* A port could be taken by somebody else in between; not three times. */
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
    fail_because("A server was ended while a client was connected, and started again on the same "
                 "port. The second time it could not listen.");
}
