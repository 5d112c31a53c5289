/* The client: it sends its message, and receives the echo. */
#include "grader/expect/complaint.h"
#include "grader/expect/people.h"
#include "lab-1/common.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Receives the client's message; fails the test if the bytes are not MESSAGE. */
static void expect_message(struct peer *server, const char *message)
{
    size_t length = strlen(message);
    char *bytes = calloc(length + 1, 1);
    if (bytes == NULL)
        grader_fault("calloc");
    stage.data = message;
    stage.data_length = length;
    size_t received = peer_receive(server, bytes, length);
    if (received == length) {
        char story[120];
        snprintf(story, sizeof story, _("The client sent %zu bytes, but not its message"), length);
        expect_same_bytes(story, message, bytes, length);
        free(bytes);
        return;
    }
    free(bytes);
    struct text text = {0};
    text_add(&text, _("The client should have sent %zu bytes. %zu arrived, "), length, received);
    add_ending(&text, server);
    fail_because(EXPECT_BYTES, "%s.", text.start);
}

static void expect_reply(struct program *client, const char *message)
{
    expect_exit(client, 0);
    expect_output(client, message, strlen(message));
}

/* Fills MESSAGE with SIZE - 1 letters, starts `client HOST PORT MESSAGE`, and receives it. */
static struct peer *take_message(struct program **client, const char *host, char *message,
                                 size_t size)
{
    fill_letters(message, size - 1);
    struct peer *server = meet_client_with(program_start, client, host, message);
    expect_message(server, message);
    return server;
}

/* Sends the whole echo in one piece. Expects the client to print it, and to end with status 0. */
static void echo_back(struct program *client, struct peer *server, const char *message)
{
    peer_send(server, message, strlen(message));
    expect_reply(client, message);
}

/* Returns whether the client sends a byte after its message, and keeps this byte for the cause. */
static bool receives_more(struct peer *server, char *extra)
{
    if (peer_receive(server, extra, 1) == 0)
        return false;
    stage.extra = (unsigned char)*extra;
    return true;
}

SCENARIO(client_message, 2, "client: sends its message and prints the echo",
         "Send the whole message, then receive exactly as many bytes.", "A stream has no messages")
{
    char message[31] = "";
    struct program *client;
    struct peer *server = take_message(&client, "127.0.0.1", message, sizeof message);
    echo_back(client, server, message);
    /* A client that sends more than its message would have sent it by now. */
    char extra;
    if (receives_more(server, &extra))
        fail_because(EXPECT_NOTHING,
                     "The client sent its %zu bytes, and then more. The first extra byte is "
                     "0x%02x.",
                     strlen(message), (unsigned char)extra);
}

SCENARIO(client_empty, 1, "client: handles an empty message",
         "If the length is 0, send nothing and receive nothing.", "A stream has no messages")
{
    struct program *client;
    struct peer *server = meet_client_with(program_start, &client, "127.0.0.1", "");
    expect_message(server, "");
    expect_reply(client, "");
    char extra;
    if (receives_more(server, &extra))
        fail_because(EXPECT_NOTHING,
                     "The message was empty, but the client sent something. The first byte is "
                     "0x%02x.",
                     (unsigned char)extra);
}

SCENARIO(client_long, 1, "client: sends and receives 60,000 bytes",
         "One send or one recv may not be enough. Loop until all bytes are done.",
         "A stream has no messages")
{
    static char message[60001];
    struct program *client;
    struct peer *server = take_message(&client, "127.0.0.1", message, sizeof message);
    echo_back(client, server, message);
}

struct progress {
    const struct program *program;
    uint64_t bytes;
};

static bool has_received(void *argument)
{
    const struct progress *progress = argument;
    return trace_received(progress->program) >= progress->bytes;
}

/* Sends MESSAGE in four pieces, the last byte alone, each after the client has received the one
   before. Otherwise the kernel might join them. */
static void reply_in_pieces(struct program *client, struct peer *server, const char *message)
{
    size_t length = strlen(message);
    const size_t ends[] = {1, length / 2, length - 1, length};
    size_t done = 0;
    program_watch(client);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        enum wait_result result;
        peer_push(server, message + done, ends[i] - done, &result);
        done = ends[i];
        struct progress progress = {client, done};
        /* If the probe does not see this, wait until the client blocks again. */
        if (stage_settle(NULL, has_received, &progress) == ENDED)
            return;
    }
}

SCENARIO(client_pieces, 1, "client: receives an echo that arrives in pieces",
         "Call recv until all bytes of the message are back. One recv may return only a few.",
         "A stream has no messages")
{
    char message[101] = "";
    struct program *client;
    fill_letters(message, sizeof message - 1);
    message[49] = message[99] = '\n'; /* an ordinary byte, even at the end of a piece */
    struct peer *server = meet_client_with(program_start, &client, "127.0.0.1", message);
    expect_message(server, message);
    reply_in_pieces(client, server, message);
    expect_reply(client, message);
}

SCENARIO(client_short_sends, 1, "client: handles short writes",
         "send returns how many bytes it took. Call it again with the rest.",
         "How much did send take?")
{
    char message[101] = "";
    struct program *client;
    fault_at_start(GROUP_SENDING, 0, 7, INT32_MAX, 0);
    struct peer *server = take_message(&client, "127.0.0.1", message, sizeof message);
    echo_back(client, server, message);
    trust_fault(client, GROUP_SENDING, "cut short");
}

SCENARIO(server_closes_early, 1, "client: reports that the server closed too early",
         "If recv returns 0 before all bytes are back, the client must fail, although recv reports "
         "no error.",
         "End of file, and reset")
{
    char message[41] = "";
    struct program *client;
    struct peer *server = take_message(&client, "127.0.0.1", message, sizeof message);
    peer_send(server, message, strlen(message) / 2);
    peer_close(server);
    expect_failure(client, NULL, NULL);
    if (has_words(&client->complained, "Success"))
        fail_because(EXPECT_COMPLAINT,
                     "The server sent half of the echo and closed the connection. The client "
                     "printed \"Success\": when recv returns 0, it does not set errno.");
    if (client->complained.length == 0)
        fail_because(EXPECT_COMPLAINT,
                     "The server sent half of the echo and closed the connection. The client ended "
                     "with an error, which is correct, but did not print the reason on standard "
                     "error.");
    expect_complained_of(client, NULL, NULL);
}

SCENARIO(connection_breaks, 1, "client: reports a broken connection",
         "If recv returns -1, complain(\"recv\") and return -1.", "End of file, and reset")
{
    char message[41] = "";
    struct program *client;
    struct peer *server = take_message(&client, "127.0.0.1", message, sizeof message);
    fault_error(client, GROUP_RECEIVING, ECONNRESET, INT32_MAX, 0);
    peer_send(server, message, strlen(message) / 2);
    program_settle(client);
    /* If the client receives with a call that the probe cannot make fail, reset the connection. */
    if (fault_hits(client, GROUP_RECEIVING) == 0)
        peer_reset(server);
    expect_failure(client, NULL, NULL);
    if (client->complained.length == 0 || has_words(&client->complained, "Success"))
        fail_because(
            EXPECT_COMPLAINT,
            "The server sent half of the echo, and then recv failed with ECONNRESET. The "
            "client ended with an error, which is correct. But it printed %s.",
            _(client->complained.length == 0 ? "nothing on standard error" : "\"Success\""));
    expect_complained_of(client, NULL, "reset");
}

SCENARIO(
    server_gone, 1, "client: tells when its send fails",
    "Send with MSG_NOSIGNAL, or ignore SIGPIPE: otherwise a send to a side that has left ends the "
    "program without a word. When send returns -1, complain.",
    "SIGPIPE")
{
    char message[41] = "";
    struct program *client;
    fill_letters(message, sizeof message - 1);
    gate_at_start(GROUP_SENDING, 0, false);
    struct peer *server = meet_client_with(program_start, &client, "127.0.0.1", message);
    program_watch(client);
    if (gate_wait(client, GROUP_SENDING) != DONE)
        not_tested_unseen(client, GROUP_SENDING, "hold until the server has gone");
    /* With the FIN before the RST, its very first send meets a connection that is gone. */
    peer_half_close(server);
    peer_reset(server);
    gate_open(client, GROUP_SENDING);
    expect_failure(client, NULL, NULL);
    if (client->complained.length == 0)
        fail_because(EXPECT_COMPLAINT,
                     "The server was gone before the client sent its message. The client ended "
                     "with an error, as it should, but did not say why on standard error.");
    expect_complained_of(client, NULL, NULL);
}

SCENARIO(server_answers_too_much, 1, "client: receives its echo and nothing after it",
         "Ask recv only for the bytes that are still missing.", "A stream has no messages")
{
    char message[41] = "";
    char answer[80];
    struct program *client;
    struct peer *server = take_message(&client, "127.0.0.1", message, sizeof message);
    snprintf(answer, sizeof answer, "%sand this is too much", message);
    peer_send(server, answer, strlen(answer));
    expect_reply(client, message);
}

SCENARIO(server_is_silent, 1, "client: waits for a slow server",
         "recv blocks until something arrives; you need no loop for that.",
         "A stream has no messages")
{
    char message[41] = "";
    struct program *client;
    time_limit_at_start(); /* whoever waits for a while only, gives up here */
    struct peer *server = take_message(&client, "127.0.0.1", message, sizeof message);
    bool busy = keeps_busy(client, 1500);
    if (client->ended)
        fail_because(EXPECT_RUNNING,
                     "The server had received the message, and had not answered yet. The client "
                     "should have waited, but it ended.");
    if (busy)
        fail_because(EXPECT_RUNNING,
                     "The server had received the message, and had not answered yet. The client "
                     "should have blocked in recv, but it was in a busy loop.");
    echo_back(client, server, message);
}

/* Starts a client for HOST, where there is no server, while a server listens on the same port of
   127.0.0.1. Fails the test if the client connects to that one. */
static struct program *must_not_connect(const char *host, const char *why)
{
    char port[8];
    struct peer *listener = peer_listen("another server");
    snprintf(port, sizeof port, "%u", listener->port);
    struct program *client = program_start("client", host, port, "hello", NULL);
    if (peer_accept(listener, "another server") != NULL)
        fail_because(EXPECT_CONNECT,
                     "The test ran `client %s %s hello`, but %s. The client connected to port %s "
                     "of another host, 127.0.0.1. It must connect to HOST.",
                     host, port, _(why), port);
    return client;
}

SCENARIO(refused, 1, "client: reports \"Connection refused\"",
         "If no address answers, complain(\"connect\") about the last one, and return -1.",
         "Errors have names")
{
    char port[8];
    /* Bound, so that no other program gets the port, but not listening. */
    struct peer *nobody = peer_bind("nobody");
    snprintf(port, sizeof port, "%u", nobody->port);
    struct program *client = program_start("client", "127.0.0.1", port, "hello", NULL);
    expect_failure(client, "Connection refused", NULL);
    expect_complained_of(client, "connect", "Connection refused");
    expect_closed_after(client, "connect", CALL_CONNECT);
    /* With an empty message, only tcp_connect can notice it. */
    client = program_start("client", "127.0.0.1", port, "", NULL);
    expect_failure(client, "Connection refused", NULL);
    /* All of 127.0.0.0/8 is this machine, and each address is another host to the client. */
    client = must_not_connect("127.0.0.2", "no server listens there");
    expect_failure(client, "Connection refused", NULL);
}

SCENARIO(
    localhost, 1, "client: finds the server by name",
    "Look HOST up: getaddrinfo turns a name, or an address in digits, into a list of addresses.",
    "Names and addresses")
{
    char message[31] = "";
    struct program *client;
    struct peer *server = take_message(&client, "localhost", message, sizeof message);
    echo_back(client, server, message);
}

SCENARIO(next_address, 1, "client: tries the next address of a name",
         "getaddrinfo returns a list. Try each address with a new socket, and close the sockets "
         "that failed.",
         "Names and addresses")
{
    char message[31] = "";
    struct program *client;
    /* The probe inserts addresses without a server before the real ones, and after them. */
    fault_at_start(GROUP_LOOKING_UP, 0, 0, 1, 0);
    struct peer *server = take_message(&client, "localhost", message, sizeof message);
    echo_back(client, server, message);
    if (fault_hits(client, GROUP_LOOKING_UP) == 0)
        not_tested("The client does not look up names with getaddrinfo.");
}

SCENARIO(unknown_host, 1, "client: reports an unknown host",
         "getaddrinfo returns its own error code; gai_strerror turns it into words.",
         "Names and addresses")
{
    static const int unknown[] = {EAI_NONAME, EAI_AGAIN, EAI_FAIL};
    char message[31] = "";
    struct program *client;
    struct peer *server = take_message(&client, "127.0.0.1", message, sizeof message);
    echo_back(client, server, message);
    /* .invalid never exists: RFC 6761. */
    client = must_not_connect("no-such-host.invalid", "there is no such host");
    if (has_complained_of(client, "connect", NULL))
        fail_because(EXPECT_COMPLAINT,
                     "There is no such host, so there is no address to connect to. The client "
                     "called connect nevertheless, and complained about it.");
    expect_failure(client, NULL, NULL);
    const struct text *words = &client->complained;
    if (words->length == 0)
        fail_because(
            EXPECT_COMPLAINT,
            "`client no-such-host.invalid PORT …` ended with an error, which is correct, but "
            "should have printed the reason. It printed: nothing.");
    /* errno, strerror, and gai_strerror of errno all give the wrong words. */
    if (has_words(words, "Success") || has_words(words, "Unknown error"))
        fail_because(
            EXPECT_COMPLAINT,
            "`client no-such-host.invalid PORT …` ended with an error, which is correct, but "
            "should have printed the reason. It printed: %s. getaddrinfo does not set "
            "errno; gai_strerror says what its result means.",
            _(has_words(words, "Success") ? "Success" : "Unknown error"));
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        if (has_complained_of(client, gai_strerror(unknown[i]), "getaddrinfo"))
            fail_because(EXPECT_COMPLAINT,
                         "`client no-such-host.invalid PORT …` should have printed the call, then "
                         "the reason: `client: getaddrinfo: %s`. It printed the reason first.",
                         gai_strerror(unknown[i]));
    expect_complained_of(client, NULL, NULL);
}

VALGRIND(client_memcheck, 2, "client: is clean under valgrind",
         "valgrind reports the line that uses memory that is not yours or not initialized, and the "
         "memory and descriptors that leak. Free the list of addresses with freeaddrinfo.",
         "What valgrind sees")
{
    static char message[3001] = "";
    struct program *client;
    fill_letters(message, sizeof message - 1);
    /* The first address does not answer. Nothing that belongs to it may be left at the end. */
    fault_at_start(GROUP_LOOKING_UP, 0, 0, 1, 0);
    struct peer *server = meet_client_with(program_start_memcheck, &client, "localhost", message);
    expect_message(server, message);
    reply_in_pieces(client, server, message);
    expect_reply(client, message);
    expect_closed_once(client, "echo_ask must leave conn open; main closes it.");
    expect_clean(client, 0);
}
