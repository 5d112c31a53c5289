/* The client: it sends its message, and collects the echo. */
#include "grader/expect/complaint.h"
#include "grader/expect/people.h"
#include "lab-1/common.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Receives the client's message; fails the test if it is another. */
static void expect_message(struct peer *server, const char *message)
{
    size_t length = strlen(message);
    char *bytes = calloc(length + 1, 1);
    if (bytes == NULL)
        grader_fault("calloc");
    stage.data = message;
    stage.data_length = length;
    size_t received = peer_receive(server, bytes, length);
    bool same = received == length && memcmp(bytes, message, length) == 0;
    free(bytes);
    if (same)
        return;
    struct text text = {0};
    text_add(&text, "The client should have sent %zu bytes; %zu came%s, ", length, received,
             received == length ? ", and they are not those of its message" : "");
    add_ending(&text, server);
    fail_because("%s.", text.start);
}

static void expect_reply(struct program *client, const char *message)
{
    expect_exit(client, 0);
    expect_output(client, message, strlen(message));
}

/* Starts `client HOST PORT MESSAGE` and receives the message: SIZE - 1 letters, which it fills in.
 */
static struct peer *take_message(struct program **client, const char *host, char *message,
                                 size_t size)
{
    fill_letters(message, size - 1);
    struct peer *server = meet_client_with(program_start, client, host, message);
    expect_message(server, message);
    return server;
}

/* The whole echo, in one piece; the client prints it and ends well. */
static void echo_back(struct program *client, struct peer *server, const char *message)
{
    peer_send(server, message, strlen(message));
    expect_reply(client, message);
}

/* One byte more than the message; the cause will want to know which. */
static bool receives_more(struct peer *server, char *extra)
{
    if (peer_receive(server, extra, 1) == 0)
        return false;
    stage.extra = (unsigned char)*extra;
    return true;
}

SCENARIO(client_message, 3, "client: sends its message and prints the echo",
         "Send all of the message, then receive exactly as many bytes.", "A stream has no messages")
{
    char message[31] = "";
    struct program *client;
    struct peer *server = take_message(&client, "127.0.0.1", message, sizeof message);
    echo_back(client, server, message);
    /* A client that sends more than its message would have sent it by now. */
    char extra;
    if (receives_more(server, &extra))
        fail_because("The client sent its %zu bytes, and then more: the first of them is 0x%02x.",
                     strlen(message), (unsigned char)extra);
}

SCENARIO(client_empty, 1, "client: an empty message is its own echo",
         "With a length of 0 there is nothing to send and nothing to wait for.",
         "A stream has no messages")
{
    struct program *client;
    struct peer *server = meet_client_with(program_start, &client, "127.0.0.1", "");
    expect_message(server, "");
    expect_reply(client, "");
    char extra;
    if (receives_more(server, &extra))
        fail_because("The message was empty. The client sent something nevertheless: the first "
                     "byte is 0x%02x.",
                     (unsigned char)extra);
}

SCENARIO(client_long, 3, "client: sends and receives 60,000 bytes",
         "Neither one send nor one recv need be enough.", "A stream has no messages")
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

/* Sends MESSAGE in three pieces, each after the client has taken the one before: until then the
   kernel might put them together. */
static void reply_in_pieces(struct program *client, struct peer *server, const char *message)
{
    size_t length = strlen(message);
    const size_t ends[] = {1, length / 2, length};
    size_t done = 0;
    program_watch(client);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        enum wait_result result;
        peer_push(server, message + done, ends[i] - done, &result);
        done = ends[i];
        struct progress progress = {client, done};
        /* If the probe does not see it, it is seen that the client waits again. */
        if (stage_settle(NULL, has_received, &progress) == ENDED)
            return;
    }
}

SCENARIO(client_pieces, 3, "client: collects an echo that comes in pieces",
         "Receive until all bytes of the message are back; one recv may bring only a few.",
         "A stream has no messages")
{
    char message[101] = "";
    struct program *client;
    fill_letters(message, sizeof message - 1);
    message[49] = message[99] = '\n'; /* a byte like any other, at the end of a piece as well */
    struct peer *server = meet_client_with(program_start, &client, "127.0.0.1", message);
    expect_message(server, message);
    reply_in_pieces(client, server, message);
    expect_reply(client, message);
}

SCENARIO(client_short_sends, 2, "client: finishes a send that took less than it was given",
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

SCENARIO(server_closes_early, 3, "client: tells when the server closes too early",
         "recv returning 0 before all bytes are back is an error for the client, although recv "
         "reports none.",
         "End of file, and reset")
{
    char message[41] = "";
    struct program *client;
    struct peer *server = take_message(&client, "127.0.0.1", message, sizeof message);
    peer_send(server, message, strlen(message) / 2);
    peer_close(server);
    expect_failure(client, NULL, NULL);
    if (has_words(&client->complained, "Success"))
        fail_because("The server sent half of the echo and closed the connection. The client said "
                     "that this was a success: recv returning 0 does not set errno.");
    if (client->complained.length == 0)
        fail_because("The server sent half of the echo and closed the connection. The client "
                     "ended with an error, as it should, but did not say why on standard error.");
    expect_complained_of(client, NULL, NULL);
}

SCENARIO(connection_breaks, 1, "client: tells when the connection breaks",
         "recv returning -1 is an error: say why, and give up.", "End of file, and reset")
{
    char message[41] = "";
    struct program *client;
    struct peer *server = take_message(&client, "127.0.0.1", message, sizeof message);
    fault_error(client, GROUP_RECEIVING, ECONNRESET, INT32_MAX, 0);
    peer_send(server, message, strlen(message) / 2);
    program_settle(client);
    /* Whoever receives with a call that the probe does not know meets a real reset. */
    if (fault_hits(client, GROUP_RECEIVING) == 0)
        peer_reset(server);
    expect_failure(client, NULL, NULL);
    if (client->complained.length == 0 || has_words(&client->complained, "Success"))
        fail_because("The server sent half of the echo, and then receiving failed with ECONNRESET. "
                     "The client ended with an error, as it should; it said %s.",
                     client->complained.length == 0 ? "nothing on standard error"
                                                    : "that this was a success");
    expect_complained_of(client, NULL, "reset");
}

SCENARIO(server_answers_too_much, 1, "client: takes its echo and nothing after it",
         "Ask recv for no more than what is missing.", "A stream has no messages")
{
    char message[41] = "";
    char answer[80];
    struct program *client;
    struct peer *server = take_message(&client, "127.0.0.1", message, sizeof message);
    snprintf(answer, sizeof answer, "%sand this is too much", message);
    peer_send(server, answer, strlen(answer));
    expect_reply(client, message);
}

SCENARIO(server_is_silent, 1, "client: waits for a server that takes its time",
         "recv waits by itself until something arrives.", "A stream has no messages")
{
    char message[41] = "";
    struct program *client;
    struct peer *server = take_message(&client, "127.0.0.1", message, sizeof message);
    bool busy = keeps_busy(client, 1500);
    if (client->ended)
        fail_because("The server had the message and had not answered yet. The client should have "
                     "waited; it ended.");
    if (busy)
        fail_because("The server had the message and had not answered yet. The client should have "
                     "waited for it in recv; it kept the processor busy.");
    echo_back(client, server, message);
}

/* Starts a client for HOST, where nobody is, while a server listens on the same port of this
   machine; fails the test if it goes there. */
static struct program *must_not_connect(const char *host, const char *why)
{
    char port[8];
    struct peer *listener = peer_listen("another server");
    snprintf(port, sizeof port, "%u", listener->port);
    struct program *client = program_start("client", host, port, "hello", NULL);
    if (peer_accept(listener, "another server") != NULL)
        fail_because("`client %s %s hello` was started, and %s. The client connected to port %s of "
                     "another host, 127.0.0.1: HOST must decide where it connects to.",
                     host, port, why, port);
    return client;
}

SCENARIO(refused, 2, "client: tells when nobody listens",
         "When no address answers, say what the last connect failed with, and return -1.",
         "Errors have names")
{
    char port[8];
    /* Bound, so that nobody else gets the port, but not listening. */
    struct peer *nobody = peer_bind("nobody");
    snprintf(port, sizeof port, "%u", nobody->port);
    struct program *client = program_start("client", "127.0.0.1", port, "hello", NULL);
    expect_failure(client, "Connection refused", NULL);
    expect_complained_of(client, "connect", "Connection refused");
    expect_closed_after(client, "connect", CALL_CONNECT);
    /* Without a byte to send, nothing but tcp_connect can find out. */
    client = program_start("client", "127.0.0.1", port, "", NULL);
    expect_failure(client, "Connection refused", NULL);
    /* All of 127.0.0.0/8 is this machine, and each address is another host to the client. */
    client = must_not_connect("127.0.0.2", "nobody listens there");
    expect_failure(client, "Connection refused", NULL);
}

SCENARIO(localhost, 2, "client: finds the server by name",
         "getaddrinfo turns a name, or an address in digits, into addresses to connect to.",
         "Names and addresses")
{
    char message[31] = "";
    struct program *client;
    struct peer *server = take_message(&client, "localhost", message, sizeof message);
    echo_back(client, server, message);
}

SCENARIO(next_address, 2, "client: tries the next address of a name",
         "getaddrinfo returns a list. Try one after another, with a new socket each, and close "
         "those that failed.",
         "Names and addresses")
{
    char message[31] = "";
    struct program *client;
    /* The probe puts addresses where nobody listens before the real ones, and after them. */
    fault_at_start(GROUP_LOOKING_UP, 0, 0, 1, 0);
    struct peer *server = take_message(&client, "localhost", message, sizeof message);
    echo_back(client, server, message);
    if (fault_hits(client, GROUP_LOOKING_UP) == 0)
        not_tested("The client does not look names up with getaddrinfo.");
}

SCENARIO(unknown_host, 2, "client: tells when a host cannot be found",
         "getaddrinfo returns its own error number; gai_strerror puts it into words.",
         "Names and addresses")
{
    char message[31] = "";
    struct program *client;
    struct peer *server = take_message(&client, "127.0.0.1", message, sizeof message);
    echo_back(client, server, message);
    /* .invalid never exists: RFC 6761. */
    client = must_not_connect("no-such-host.invalid", "there is no such host");
    if (has_complained_of(client, "connect", NULL))
        fail_because("There is no such host, so there is no address to connect to. The client "
                     "called connect nevertheless, and complained about it.");
    expect_failure(client, NULL, NULL);
    const struct text *words = &client->complained;
    if (words->length == 0)
        fail_because("`client no-such-host.invalid PORT …` ended with an error, as it should, and "
                     "should have said why. It said: nothing.");
    /* errno, or strerror, or gai_strerror of errno: none of them knows. */
    if (has_words(words, "Success") || has_words(words, "Unknown error"))
        fail_because("`client no-such-host.invalid PORT …` ended with an error, as it should, and "
                     "should have said why. It said: %s. getaddrinfo does not set errno; "
                     "gai_strerror knows what its result means.",
                     has_words(words, "Success") ? "Success" : "Unknown error");
    expect_complained_of(client, NULL, NULL);
}

VALGRIND(client_memcheck, 3, "client: is clean under valgrind",
         "valgrind tells where memory is used that is not yours or not set, and what is still "
         "allocated or open at the end. freeaddrinfo gives a list of addresses back.",
         "What valgrind sees")
{
    static char message[3001] = "";
    struct program *client;
    fill_letters(message, sizeof message - 1);
    /* An address that does not answer comes first: what belongs to it must be gone at the end. */
    fault_at_start(GROUP_LOOKING_UP, 0, 0, 1, 0);
    struct peer *server = meet_client_with(program_start_memcheck, &client, "localhost", message);
    expect_message(server, message);
    reply_in_pieces(client, server, message);
    expect_reply(client, message);
    expect_closed_once(client, "echo_ask leaves conn open, and main closes it.");
    expect_clean(client, 0);
}
