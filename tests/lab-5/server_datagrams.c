/* The server: datagrams of every size and content, and those over the limit. */
#include "lab-5/common.h"

#include <poll.h>
#include <string.h>

struct message {
    const char *bytes;
    size_t length;
    bool came;
};

/* Expects that all COUNT datagrams come back to CLIENT, in any order. */
static void expect_all(struct peer *client, struct message *messages, size_t count,
                       const char *what)
{
    for (size_t n = 0; n < count; n++) {
        struct text text = {0};
        if (!datagram_receive(client, &got)) {
            text_add(&text, _("%s %zu of %zu answers arrived"), _(what), n, count);
            add_outcome(&text);
            fail_because(EXPECT_DATAGRAM, "%s.", text.start);
        }
        size_t i = 0;
        while (i < count && (messages[i].came || messages[i].length != got.length ||
                             memcmp(messages[i].bytes, got.bytes, got.length) != 0))
            i++;
        if (i < count) {
            messages[i].came = true;
            expect_from_server(&got, what);
            continue;
        }
        stage.data = messages[n].bytes;
        stage.data_length = messages[n].length;
        text_add(&text, _("%s Answer number %zu, of %zu bytes, is equal to none of these:\n  "),
                 _(what), n + 1, got.length);
        text_harmless(&text, got.bytes, got.length, 70, false);
        fail_because(EXPECT_DATAGRAM, "%s", text.start);
    }
}

SCENARIO(three_datagrams, 2, "server: answers three datagrams with three",
         "One recvfrom receives one whole datagram: answer it with one sendto.",
         "A datagram is a message")
{
    struct message messages[] = {
        {.bytes = "AB", .length = 2},
        {.bytes = "CD\n", .length = 3},
        {.bytes = "the third of the three, and the longest", .length = 39},
    };
    struct program *server = start_datagram_server();
    struct peer *client = datagram_open("The client");
    expect_answer(server, client, "hello", 5);
    /* All three wait when the server goes on. */
    program_pause(server);
    for (size_t i = 0; i < 3; i++)
        datagram_send(client, server->port, messages[i].bytes, messages[i].length);
    program_resume(server);
    expect_all(client, messages, 3, "The client sent three datagrams, of 2, 3 and 39 bytes.");
}

SCENARIO(empty_datagram, 1, "server: answers an empty datagram with an empty one",
         "If recvfrom returns 0, a client has sent an empty datagram. It is not end of file.",
         "A datagram is a message")
{
    struct program *server = start_datagram_server();
    struct peer *client = datagram_open("The client");
    expect_answer(server, client, "hello", 5);
    expect_answer(server, client, "", 0);
    datagram_send(client, server->port, "again", 5);
    expect_datagram(client, "again", 5, "After an empty datagram the client sent one of 5 bytes.");
}

SCENARIO(binary, 2, "server: sends back bytes of every value, even 0",
         "A datagram is bytes, not text: use the length that recvfrom returned, not strlen.",
         "A datagram is a message")
{
    char bytes[600];
    struct program *server = start_datagram_server();
    struct peer *client = datagram_open("The client");
    fill_bytes(bytes, sizeof bytes);
    expect_answer(server, client, bytes, sizeof bytes);
    /* Zeros first, and then only zeros. */
    memset(bytes, 0, 10);
    expect_answer(server, client, bytes, 20);
    expect_answer(server, client, bytes, 10);
    /* Each byte is the only one, the first, and the last. */
    for (int byte = 0; byte < 256; byte++) {
        const char both[] = {(char)byte, 'a', (char)byte};
        expect_answer(server, client, both, 1);
        expect_answer(server, client, both, 3);
    }
}

SCENARIO(largest, 2, "server: answers the largest possible datagram",
         "A datagram may have up to 65,507 bytes. recvfrom drops what does not fit into your "
         "buffer.",
         "The largest datagram")
{
    struct program *server = start_datagram_server();
    struct peer *client = datagram_open("The client");
    fill_bytes(largest_data, DATAGRAM_MOST);
    expect_answer(server, client, largest_data, 2000);
    expect_answer(server, client, largest_data, DATAGRAM_MOST);
    expect_answer(server, client, largest_data, 3);
}

struct overlong {
    struct program *server;
    struct peer *client;
    size_t complained; /* before */
    bool answered;
};

static bool is_told_or_answered(void *argument)
{
    struct overlong *overlong = argument;
    overlong->answered = overlong->answered || datagram_take(overlong->client, &got);
    return overlong->answered || overlong->server->ended ||
           overlong->server->complained.length > overlong->complained;
}

/* Sends a datagram of LENGTH bytes, more than LIMIT. Expects a message and no answer. */
static void expect_refusal(struct program *server, struct peer *client, size_t limit, size_t length)
{
    struct overlong overlong = {server, client, server->complained.length, false};
    struct text text = {0};
    stage.data = largest_data;
    stage.data_length = length;
    datagram_send(client, server->port, largest_data, length);
    client->wants = POLLIN;
    stage_wait(client, is_told_or_answered, &overlong);
    if (!overlong.answered) { /* an answer may follow the message */
        program_settle(server);
        is_told_or_answered(&overlong);
    }
    client->wants = 0;
    text_add(&text,
             _("`server -l %zu 0` got a datagram of %zu bytes. It should have reported that the "
               "datagram is too long, and should not have answered it. "),
             limit, length);
    stage.explained = overlong.answered && got.length < limit; /* it is not one that was cut */
    if (overlong.answered)
        fail_because(EXPECT_NOTHING, "%sBut it answered with %zu bytes.", text.start, got.length);
    if (server->complained.length > overlong.complained) {
        const char *said = server->complained.start + overlong.complained;
        if (strstr(said, "too long") != NULL) {
            text_free(&text);
            return;
        }
        text_add(&text, _("It printed:\n  "));
        text_harmless(&text, said, strcspn(said, "\n"), 80, false);
        fail_because(EXPECT_COMPLAINT, "%s", text.start);
    }
    text_add(&text, _("It printed"));
    add_said(&text, server);
    add_outcome(&text);
    stage.explained = !server->ended; /* it is right that it sends nothing */
    fail_because(EXPECT_COMPLAINT, "%s.", text.start);
}

SCENARIO(too_long, 2, "server: reports a datagram over the limit, does not answer it",
         "Complain, send no answer, and go on with the next datagram. A buffer of exactly LIMIT "
         "bytes cannot show that there were more: use one byte more, or MSG_TRUNC.",
         "When a datagram is too long")
{
    enum { LIMIT = 1024 };
    stage.datagrams = true;
    struct program *server = expect_listening(program_start("server", "-l", "1024", "0", NULL));
    struct peer *client = datagram_open("The client");
    fill_letters(largest_data, DATAGRAM_MOST);
    expect_answer(server, client, largest_data, LIMIT);
    expect_refusal(server, client, LIMIT, LIMIT + 1);
    expect_answer(server, client, largest_data, LIMIT);
    expect_refusal(server, client, LIMIT, 9000);
    expect_refusal(server, client, LIMIT, DATAGRAM_MOST);
    expect_answer(server, client, largest_data, 5);
}

SCENARIO(burst, 1, "server: answers a burst of 60 datagrams",
         "Datagrams wait in the socket's queue. Receive them one by one.",
         "A datagram is a message")
{
    enum { COUNT = 60 };
    static char words[COUNT][8];
    static struct message messages[COUNT];
    struct program *server = start_datagram_server();
    struct peer *client = datagram_open("The client");
    expect_answer(server, client, "hello", 5);
    program_pause(server);
    for (size_t i = 0; i < COUNT; i++) {
        fill_letters(words[i], sizeof words[i]);
        messages[i] = (struct message){.bytes = words[i], .length = sizeof words[i]};
        datagram_send(client, server->port, words[i], sizeof words[i]);
    }
    program_resume(server);
    expect_all(client, messages, COUNT, "The client sent 60 datagrams of 8 bytes, all at once.");
}
