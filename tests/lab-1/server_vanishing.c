/* The server: clients that vanish. */
#include "lab-1/common.h"

#include <errno.h>

SCENARIO(reset_waiting, 1, "server: survives a client that vanishes while it waits",
         "accept may return a connection that is already broken: recv will say so.",
         "End of file, and reset")
{
    char hello[20];
    struct program *server = start_server();
    struct peer *first = connect_client(server, "The first client");
    fill_letters(hello, sizeof hello);
    expect_echo(first, hello, sizeof hello);
    struct peer *second = connect_client(server, "A client that is still waiting");
    peer_send(second, hello, sizeof hello);
    peer_reset(second);
    expect_farewell(first);
    expect_service(server, "After a client had vanished while it waited to be accepted");
}

SLOW(reset_during, 2, "server: survives a client that vanishes in mid-echo",
     "An error of one connection ends that conversation, not the server.", "End of file, and reset")
{
    struct program *server = start_server();
    struct peer *client = connect_with_small_buffers(server, "The client");
    fill_bytes(megabyte, sizeof megabyte);
    expect_echo(client, megabyte, 1000);
    peer_flood(client, megabyte, sizeof megabyte);
    peer_reset(client);
    expect_service(server, "After a client had vanished while the server was sending to it");
}

SCENARIO(reset_after, 1, "server: survives a client that vanishes after its echo",
         "recv fails with ECONNRESET: the conversation is over, and the next client waits.",
         "End of file, and reset")
{
    char hello[20];
    struct program *server = start_server();
    struct peer *client = connect_client(server, "The client");
    fill_letters(hello, sizeof hello);
    expect_echo(client, hello, sizeof hello);
    peer_reset(client);
    expect_service(server, "After a client had vanished instead of closing");
}

SCENARIO(vanish_after_sending, 3, "server: survives sending to a client that has gone",
         "Sending on a connection that the other side has left raises SIGPIPE, which ends the "
         "program unless it is ignored or MSG_NOSIGNAL is given.",
         "SIGPIPE")
{
    char hello[20];
    struct program *server = start_server();
    struct peer *client = connect_client(server, "The client");
    fill_letters(hello, sizeof hello);
    expect_echo(client, hello, sizeof hello);
    /* All of this reaches the server at once: data to echo, and nobody to echo it to. With the FIN
       before the RST, its very first send meets a connection that is gone. */
    program_pause(server);
    peer_send(client, hello, sizeof hello);
    peer_half_close(client);
    peer_reset(client);
    program_resume(server);
    expect_service(server, "After a client had sent a message and vanished");
}

SCENARIO(broken_connection, 1, "server: gives up a connection that is broken",
         "A broken connection does not heal: leave the loop and close it.",
         "End of file, and reset")
{
    char hello[20];
    size_t extra;
    struct text text = {0};
    struct program *server = start_server();
    struct peer *client = connect_client(server, "The client");
    fill_letters(hello, sizeof hello);
    expect_echo(client, hello, sizeof hello);
    fault_error(server, GROUP_RECEIVING, ECONNRESET, INT32_MAX, 0);
    peer_send(client, hello, sizeof hello);
    if (!peer_receive_end(client, &extra)) {
        trust_fault(server, GROUP_RECEIVING, "make fail");
        text_add(&text, "Receiving failed with ECONNRESET, for good. The server should have closed "
                        "the connection; ");
        add_ending(&text, client);
        fail_because("%s.", text.start);
    }
    fault_off(server, GROUP_RECEIVING);
    expect_service(server, "After receiving had failed with ECONNRESET");
}
