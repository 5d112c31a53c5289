/* The server: clients that reset their connection. */
#include "lab-1/common.h"

#include <errno.h>

SCENARIO(reset_waiting, 1, "server: survives a reset of a client that waits in the queue",
         "accept may return a connection that is already broken. When recv fails on it, end this "
         "session, and accept the next client.",
         "End of file, and reset")
{
    char hello[20];
    struct program *server = start_server();
    struct peer *first = connect_client(server, "The first client");
    fill_letters(hello, sizeof hello);
    expect_echo(first, hello, sizeof hello);
    struct peer *second = connect_client(server, "A client that waits in the queue");
    peer_send(second, hello, sizeof hello);
    peer_reset(second);
    expect_farewell(first);
    expect_service(server, "After a client reset its connection before it was accepted");
}

SLOW(reset_during, 1, "server: survives a reset in the middle of an echo",
     "An error of one connection ends that session, not the server.", "End of file, and reset")
{
    struct program *server = start_server();
    struct peer *client = connect_with_small_buffers(server, "The client");
    fill_bytes(much, sizeof much);
    expect_echo(client, much, 1000);
    peer_flood(client, much, sizeof much);
    peer_reset(client);
    expect_service(server,
                   "After a client reset its connection while the server was sending to it");
}

SCENARIO(reset_after, 1, "server: survives a reset after an echo",
         "recv fails with ECONNRESET: end this session, and serve the next client.",
         "End of file, and reset")
{
    char hello[20];
    struct program *server = start_server();
    struct peer *client = connect_client(server, "The client");
    fill_letters(hello, sizeof hello);
    expect_echo(client, hello, sizeof hello);
    peer_reset(client);
    expect_service(server, "After a client reset its connection");
}

SCENARIO(vanish_after_sending, 2, "server: survives a send to a client that has gone",
         "A send to a peer that has closed the connection raises SIGPIPE, which kills the program. "
         "Ignore the signal, or use MSG_NOSIGNAL.",
         "SIGPIPE")
{
    char hello[20];
    struct program *server = start_server();
    struct peer *client = connect_client(server, "The client");
    fill_letters(hello, sizeof hello);
    expect_echo(client, hello, sizeof hello);
    /* All of this reaches the server at once: bytes to echo, and a connection that is gone. Because
       of the FIN before the RST, the server's first send already fails. */
    program_pause(server);
    peer_send(client, hello, sizeof hello);
    peer_half_close(client);
    peer_reset(client);
    program_resume(server);
    expect_service(server, "After a client sent a message and reset its connection");
}

SCENARIO(broken_connection, 1, "server: closes a broken connection",
         "A reset connection cannot recover. Leave the loop and close it.",
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
        text_add(&text, _("Every recv failed with ECONNRESET. The server should have closed the "
                          "connection. It did not, "));
        add_ending(&text, client);
        fail_because(EXPECT_CLOSE, "%s.", text.start);
    }
    fault_off(server, GROUP_RECEIVING);
    expect_service(server, "After recv failed with ECONNRESET");
}
