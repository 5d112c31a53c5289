/* Lab 4: the client that listens while its user types, and how it ends. The test plays the server.
 */
#include "grader/expect/dialogue.h"
#include "grader/expect/people.h"
#include "grader/expect/scenario.h"
#include "sequences/rows.h"

/* Starts the client. Returns the server's end of its connection. */
static struct peer *start_held_client(struct program **client)
{
    take_programs_of("4-pthread");
    rows_name_who();
    rows_have_peer_right();
    struct peer *server = meet_client(program_start, client);
    waits(*client, "main", server);
    waits(*client, "T1", server);
    hold_from_now_on(*client);
    gate_arm(*client, GROUP_CLOSING, 0, false); /* so that the row before it has its own states */
    return server;
}

/* The client has received end of file, and ends: both its threads, and then the connection. */
static void ends(struct program *client, struct peer *server)
{
    program_does(client, GROUP_RECEIVING, server, "", "");
    if (gate_wait(client, GROUP_CLOSING) != DONE)
        grader_fault("the client does not close its connection");
    last_call_did(client, CALL_PTHREAD_JOIN, server, "", "");
    gate_open(client, GROUP_CLOSING);
}

SCENE(run_user_leaves, "The user types Ctrl-D, and the client still shows what comes")
{
    struct program *client;
    struct peer *server = start_held_client(&client);
    type_end(client);
    last_call_did(client, CALL_SHUTDOWN, server, ">", "FIN");
    peer_does(server, "recv = 0", "-");
    peer_send(server, "good night\n", 11);
    peer_does(server, "send 11", "");
    program_does(client, GROUP_RECEIVING, server, "", "");
    peer_close(server);
    peer_does(server, "close", "FIN");
    ends(client, server);
    last_call_did(client, CALL_CLOSE, server, "", "");
}

SCENE(run_server_leaves, "The server leaves, and the user types nothing")
{
    struct program *client;
    struct peer *server = start_held_client(&client);
    peer_close(server);
    peer_does(server, "close", "FIN");
    ends(client, server);
    last_call_did(client, CALL_CLOSE, server, ">", "FIN");
}
