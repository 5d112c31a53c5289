/* The server: the echo, with any timing and any bytes. */
#include "lab-1/common.h"

#include "grader/expect/depth.h"
#include "grader/observe/blocked.h"

#include <errno.h>
#include <string.h>

SCENARIO(one_message, 4, "server: echoes one message",
         "recv returns the number of bytes that arrived. Send back exactly these bytes.",
         "A stream has no messages")
{
    char hello[26];
    size_t extra;
    struct peer *client = connect_client(start_server(), "The client");
    fill_letters(hello, sizeof hello);
    expect_echo(client, hello, sizeof hello);
    /* There must be no more bytes: that is certain only at end of file. */
    peer_half_close(client);
    peer_receive_end(client, &extra);
    if (extra > 0)
        fail_because(EXPECT_NOTHING,
                     "The client sent %zu bytes. They came back, and then %zu %s that it had not "
                     "sent.",
                     sizeof hello, extra, text_plural(extra, "byte", "bytes"));
}

SCENARIO(several_messages, 1, "server: echoes several messages on one connection",
         "The session goes on after an answer: call recv again until it returns 0.",
         "A stream has no messages")
{
    char message[40];
    struct program *server = start_server();
    struct peer *client = connect_client(server, "The client");
    for (size_t i = 1; i <= 5; i++) {
        fill_letters(message, 8 * i);
        expect_echo(client, message, 8 * i);
    }
    /* In other programs these words are commands. Here they are ordinary bytes. */
    static const char *const lines[] = {"quit\n", "exit", "bye\r\n", "end\n", "\n", "q", "\r\n"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        expect_echo(client, lines[i], strlen(lines[i]));
    expect_farewell(client);
    expect_loop(server, GROUP_RECEIVING, 1, "A client sent 12 messages, and got each of them back");
}

SCENARIO(long_message, 2, "server: echoes a message longer than one recv",
         "One recv returns part of the stream, not one message: loop until it returns 0.",
         "A stream has no messages")
{
    static char message[5000];
    struct peer *client = connect_client(start_server(), "The client");
    fill_letters(message, sizeof message);
    expect_echo(client, message, sizeof message);
    expect_farewell(client);
}

SCENARIO(binary, 2, "server: echoes bytes of every value, even 0",
         "The stream carries bytes, not text: strlen and printf's %s stop at a zero byte. Use the "
         "length that recv returned.",
         "Bytes are not a string")
{
    char message[600];
    struct peer *client = connect_client(start_server(), "The client");
    fill_bytes(message, sizeof message);
    expect_echo(client, message, sizeof message);
    /* Only zeros. */
    memset(message, 0, 10);
    expect_echo(client, message, 10);
    expect_farewell(client);
}

SCENARIO(byte_by_byte, 1, "server: sends each byte back at once",
         "Do not wait for a full buffer or a newline: send back what has arrived.",
         "A stream has no messages")
{
    char bytes[50];
    struct peer *client = connect_client(start_server(), "The client");
    fill_letters(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        expect_echo(client, &bytes[i], 1);
}

SCENARIO(half_close, 2, "server: answers a client that has closed its sending side",
         "If recv returns 0, no more bytes will come. First send back what you received before, "
         "and then close the connection.",
         "End of file, and reset")
{
    static char message[3000];
    struct program *server = start_server();
    struct peer *client = connect_client(server, "The client");
    fill_letters(message, sizeof message);
    peer_send(client, message, sizeof message);
    /* The client sends no more, but still waits for its echo. */
    peer_half_close(client);
    expect_back(client, message, sizeof message);
    size_t extra;
    struct text text = {0};
    bool ended = peer_receive_end(client, &extra);
    if (!ended && extra == 0) {
        text_add(
            &text,
            _("The client sent %zu bytes, closed its sending side, and got the bytes back. The "
              "server should have closed the connection. It did not, "),
            sizeof message);
        add_ending(&text, client);
        fail_because(EXPECT_CLOSE, "%s.", text.start);
    }
    if (client->reset || extra > 0)
        fail_because(EXPECT_CLOSE,
                     "The client sent %zu bytes and closed its sending side. The bytes came back. "
                     "Then the client should have got end of file, but it got %s.",
                     sizeof message, _(client->reset ? "a reset" : "more bytes"));
}

SLOW(silent_client, 1, "server: waits for a slow client",
     "accept and recv block until something arrives; you need no loop for that.",
     "A stream has no messages")
{
    char hello[20];
    /* Whoever waits for 5 s only, or for an hour, gives up here before the 1.5 s are over. */
    time_limit_at_start();
    struct program *server = start_server();
    if (keeps_busy(server, 300))
        fail_because(
            EXPECT_RUNNING,
            "No client had connected yet. The server should have blocked in accept, but it "
            "was in a busy loop.");
    struct peer *client = connect_client(server, "A slow client");
    fill_letters(hello, sizeof hello);
    expect_echo(client, hello, sizeof hello);
    if (keeps_busy(server, 1500))
        fail_because(EXPECT_RUNNING,
                     "A client got its echo, and then sent nothing. The server should have blocked "
                     "in recv, but it was in a busy loop.");
    expect_echo(client, hello, sizeof hello);
    expect_farewell(client);
}

SCENARIO(slow_reader, 1, "server: echoes 500,000 bytes to a client that reads slowly",
         "send may take fewer bytes than you gave it: then send the rest.",
         "How much did send take?")
{
    struct program *server = start_server();
    struct peer *client =
        connect_with_small_buffers(server, "A client that reads 1000 bytes at a time");
    fill_bytes(much, sizeof much);
    expect_echo_in_chunks(client, much, sizeof much, 1000);
}

SLOW(not_reading, 1, "server: echoes 500,000 bytes to a client that first only writes",
     "A blocked send may end early (a short write). It returns how many bytes it took.",
     "How much did send take?")
{
    struct program *server = start_server();
    struct peer *client = connect_with_small_buffers(server, "A client that first only writes");
    fill_bytes(much, sizeof much);
    size_t sent = peer_flood(client, much, sizeof much);
    if (stage.last == SPUN)
        fail_because(EXPECT_BYTES,
                     "A client wrote without reading. After %zu bytes the server read no more. It "
                     "should have blocked in send, but it was in a busy loop.",
                     sent);
    /* SIGSTOP and SIGCONT end a blocked send(2) early: signal(7). They also interrupt epoll_wait,
       and no header says what a program must do then. */
    if (!blocked_in_epoll(server->pid)) {
        program_pause(server);
        program_resume(server);
    }
    expect_echo_of_rest(client, much, sizeof much, sent);
    expect_farewell(client);
}

SCENARIO(
    short_receives, 1, "server: handles short reads",
    "recv may return fewer bytes than the client has sent, at any time: send these back, and call "
    "it again.",
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

SCENARIO(short_sends, 2, "server: handles short writes",
         "send returns how many bytes it took. Call it again with the rest until all bytes are "
         "sent.",
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

SCENARIO(
    interrupted, 1, "server: looks at errno only after a call has failed",
    "errno says something only when a call has returned -1: after any other result, 0 as well, "
    "it is what an earlier call has left. EINTR means that nothing has happened yet: call "
    "recv or send again.",
    "Errors have names")
{
    static const int left[] = {EINTR, EAGAIN, ECONNRESET};
    char message[100];
    struct program *server = start_server();
    struct peer *client;
    for (size_t i = 0; i < sizeof left / sizeof left[0]; i++) {
        stale_errno(server, left[i]);
        client = connect_client(server, "A client, while errno keeps an old error,");
        fill_letters(message, sizeof message);
        expect_echo(client, message, sizeof message);
        expect_echo(client, message, 1);
        expect_farewell(client);
    }
    stale_errno(server, 0);
    client = connect_client(server, "The client");
    expect_echo(client, message, sizeof message);
    /* Without a signal handler, or with SA_RESTART, no signal can interrupt this program's calls.
     */
    if (!trust_interruptible(server))
        return;
    fault_error(server, GROUP_RECEIVING, EINTR, 2, 0);
    fault_error(server, GROUP_SENDING, EINTR, 2, 0);
    expect_echo(client, message, sizeof message);
    expect_echo(client, message, sizeof message);
}
