/* Labs 1 and 2: one client at a time. */
#include "grader/expect/scenario.h"
#include "sequences/rows.h"

SCENE(run_echo, "One client of the echo server, from connect to the end")
{
    take_programs_of("1-echo");
    struct program *server = start_held_server();
    struct peer *client = peer_connect("client", "127.0.0.1", server->port);
    peer_does(client, "connect = 0", "");
    program_does(server, GROUP_ACCEPTING, client, "", "");
    peer_send(client, "hello", 5);
    peer_does(client, "send 5", "");
    program_does(server, GROUP_RECEIVING, client, "", "");
    program_does(server, GROUP_SENDING, client, "<", "");
    peer_receives(client, 5, "recv = 5");
    peer_half_close(client);
    peer_does(client, "shutdown", "FIN");
    program_does(server, GROUP_RECEIVING, client, "", "");
    program_does(server, GROUP_CLOSING, client, "<", "FIN");
    peer_close(client);
    peer_does(client, "recv = 0, close", "-");
}

SCENE(run_time_wait, "The server ends while a client is connected")
{
    take_programs_of("1-echo");
    struct program *server = start_server();
    struct peer *client = peer_connect("client", "127.0.0.1", server->port);
    peer_does(client, "connect = 0", "");
    peer_send(client, "hello", 5);
    char bytes[5];
    if (peer_receive(client, bytes, sizeof bytes) != sizeof bytes)
        grader_fault("no echo has come");
    add_row(client, "send 5, recv = 5", "=", "", "recv = 5, send = 5");
    program_terminate(server);
    add_row(client, "", "<", "FIN", "ends: killed by SIGTERM");
    peer_close(client);
    peer_does(client, "recv = 0, close", "FIN");
}

SCENE(run_turns, "Two people take a turn each, and the client leaves")
{
    take_programs_of("2-chat");
    struct program *server = start_held_server();
    struct peer *client = peer_connect("client", "127.0.0.1", server->port);
    peer_does(client, "connect = 0", "");
    program_does(server, GROUP_ACCEPTING, client, "", "");
    peer_send(client, "hel", 3);
    peer_does(client, "send \"hel\"", "");
    program_does(server, GROUP_RECEIVING, client, "", "");
    peer_send(client, "lo\n", 3);
    peer_does(client, "send \"lo\\n\"", "");
    program_does(server, GROUP_RECEIVING, client, "", "");
    program_type(server, "hi there\n", 9);
    program_does(server, GROUP_SENDING, client, "<", "");
    peer_receives(client, 9, "recv = 9");
    peer_close(client);
    peer_does(client, "close", "FIN");
    program_does(server, GROUP_RECEIVING, client, "", "");
    program_does(server, GROUP_CLOSING, client, "<", "FIN");
}
