/* The server: the echo, however it comes and goes. */
#include "lab-1/common.h"

#include "grader/observe/blocked.h"

#include <errno.h>
#include <string.h>

SCENARIO(one_message, 4, "server: echoes one message",
         "recv tells how many bytes have arrived. Send back these, no more and no fewer.",
         "A stream has no messages")
{
    char hello[26];
    size_t extra;
    struct peer *client = connect_client(start_server(), "The client");
    fill_letters(hello, sizeof hello);
    expect_echo(client, hello, sizeof hello);
    /* What comes back must be all: the end of file is where to see it. */
    peer_half_close(client);
    peer_receive_end(client, &extra);
    if (extra > 0)
        fail_because("The client sent %zu bytes. They came back, and after them %zu %s that it "
                     "had not sent.",
                     sizeof hello, extra, text_plural(extra, "byte", "bytes"));
}

SCENARIO(several_messages, 3, "server: echoes several messages in one connection",
         "After an answer the conversation goes on: receive again, until recv returns 0.",
         "A stream has no messages")
{
    char message[40];
    struct peer *client = connect_client(start_server(), "The client");
    for (size_t i = 1; i <= 5; i++) {
        fill_letters(message, 8 * i);
        expect_echo(client, message, 8 * i);
    }
    /* Words that mean something elsewhere are bytes like all others here. */
    static const char *const lines[] = {"quit\n", "exit", "bye\r\n", "end\n", "\n", "q", "\r\n"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        expect_echo(client, lines[i], strlen(lines[i]));
    expect_farewell(client);
}

SCENARIO(long_message, 4, "server: echoes a message longer than one recv",
         "One recv is one bite of the stream, not one message: go on until it returns 0.",
         "A stream has no messages")
{
    static char message[5000];
    struct peer *client = connect_client(start_server(), "The client");
    fill_letters(message, sizeof message);
    expect_echo(client, message, sizeof message);
    expect_farewell(client);
}

SCENARIO(binary, 4, "server: echoes bytes of every value, zeros among them",
         "The stream is bytes, not text: strlen and printf's %s stop at a zero, recv's result "
         "does not.",
         "Bytes are not a string")
{
    char message[600];
    struct peer *client = connect_client(start_server(), "The client");
    fill_bytes(message, sizeof message);
    expect_echo(client, message, sizeof message);
    /* A zero first, and nothing but zeros. */
    memset(message, 0, 10);
    expect_echo(client, message, 10);
    expect_farewell(client);
}

SCENARIO(byte_by_byte, 3, "server: answers each byte as it comes",
         "Do not wait for a buffer to be full, or for a newline: what has arrived goes back.",
         "A stream has no messages")
{
    char bytes[50];
    struct peer *client = connect_client(start_server(), "The client");
    fill_letters(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        expect_echo(client, &bytes[i], 1);
}

SCENARIO(half_close, 3, "server: answers a client that has closed its sending side",
         "recv returning 0 means that no more will come. What was received before still goes "
         "back; then the connection is closed.",
         "End of file, and reset")
{
    static char message[3000];
    struct program *server = start_server();
    struct peer *client = connect_client(server, "The client");
    fill_letters(message, sizeof message);
    peer_send(client, message, sizeof message);
    /* It will send no more, and still wants its answer. */
    peer_half_close(client);
    expect_back(client, message, sizeof message);
    size_t extra;
    struct text text = {0};
    bool ended = peer_receive_end(client, &extra);
    if (!ended && extra == 0) {
        text_add(&text,
                 "The client sent %zu bytes and its end of file, and got them back. The "
                 "server should have closed the connection; ",
                 sizeof message);
        add_ending(&text, client);
        fail_because("%s.", text.start);
    }
    if (client->reset || extra > 0)
        fail_because("The client sent %zu bytes and its end of file. They came back, and then "
                     "not the end of file, but %s.",
                     sizeof message, client->reset ? "a reset" : "more bytes");
}

SLOW(silent_client, 1, "server: waits for a client that takes its time",
     "accept and recv wait by themselves until something comes.", "A stream has no messages")
{
    char hello[20];
    struct program *server = start_server();
    if (keeps_busy(server, 300))
        fail_because("Nobody had connected yet. The server should have waited for a client in "
                     "accept; it kept the processor busy.");
    struct peer *client = connect_client(server, "A client that takes its time");
    fill_letters(hello, sizeof hello);
    expect_echo(client, hello, sizeof hello);
    if (keeps_busy(server, 1500))
        fail_because("A client had its echo and was silent then. The server should have waited for "
                     "it in recv; it kept the processor busy.");
    expect_echo(client, hello, sizeof hello);
    expect_farewell(client);
}

SCENARIO(slow_reader, 2, "server: echoes a megabyte to a client that reads slowly",
         "send may take fewer bytes than it was given; the rest has to follow.",
         "How much did send take?")
{
    struct program *server = start_server();
    struct peer *client =
        connect_with_small_buffers(server, "A client that reads 1000 bytes at a time");
    fill_bytes(megabyte, sizeof megabyte);
    expect_echo_in_chunks(client, megabyte, sizeof megabyte, 1000);
}

SLOW(not_reading, 3, "server: echoes a megabyte to a client that first only writes",
     "A blocked send can be cut short, and then returns how much it took.",
     "How much did send take?")
{
    struct program *server = start_server();
    struct peer *client = connect_with_small_buffers(server, "A client that first only writes");
    fill_bytes(megabyte, sizeof megabyte);
    size_t sent = peer_flood(client, megabyte, sizeof megabyte);
    if (stage.last == SPUN)
        fail_because("A client wrote without reading; after %zu bytes the server took no more, and "
                     "instead of waiting it kept the processor busy.",
                     sent);
    /* Stopping and continuing cuts a blocked send(2) short: signal(7). To one who waits in
       epoll_wait instead it is a signal, which no header speaks of. */
    if (!blocked_in_epoll(server->pid)) {
        program_pause(server);
        program_resume(server);
    }
    expect_echo_of_rest(client, megabyte, sizeof megabyte, sent);
    expect_farewell(client);
}

SCENARIO(short_receives, 1, "server: takes what recv gives, however little",
         "recv may return fewer bytes than have been sent, at any time.",
         "A stream has no messages")
{
    char message[100];
    struct program *server = start_server();
    struct peer *client = connect_client(server, "The client");
    fill_letters(message, sizeof message);
    expect_echo(client, message, sizeof message);
    fault_limit(server, GROUP_RECEIVING, 3);
    expect_echo(client, message, sizeof message);
    expect_echo(client, message, sizeof message);
    trust_fault(server, GROUP_RECEIVING, "cut short");
}

SCENARIO(short_sends, 3, "server: finishes a send that took less than it was given",
         "send returns how many bytes it took. Call it again with the rest, until nothing is "
         "left.",
         "How much did send take?")
{
    char message[100];
    struct program *server = start_server();
    struct peer *client = connect_client(server, "The client");
    fill_letters(message, sizeof message);
    expect_echo(client, message, sizeof message);
    fault_limit(server, GROUP_SENDING, 5);
    expect_echo(client, message, sizeof message);
    trust_fault(server, GROUP_SENDING, "cut short");
}

SCENARIO(interrupted, 1, "server: goes on when a signal interrupts recv or send",
         "EINTR means that nothing has happened yet: make the call again.", "Errors have names")
{
    char message[100];
    struct program *server = start_server();
    struct peer *client = connect_client(server, "The client");
    fill_letters(message, sizeof message);
    expect_echo(client, message, sizeof message);
    /* Without a handler, or with SA_RESTART, no call of this program can be interrupted. */
    if (!trust_interruptible(server))
        return;
    fault_error(server, GROUP_RECEIVING, EINTR, 2, 0);
    fault_error(server, GROUP_SENDING, EINTR, 2, 0);
    expect_echo(client, message, sizeof message);
    expect_echo(client, message, sizeof message);
}
