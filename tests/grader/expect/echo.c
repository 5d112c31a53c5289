#include "grader/expect/echo.h"

#include "grader/expect/driven.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

/* ---- data ---- */

static uint32_t random_number(void)
{
    static uint32_t state;
    if (state == 0 && getrandom(&state, sizeof state, 0) != sizeof state)
        grader_fault("getrandom");
    state = state * 1664525U + 1013904223U;
    return state >> 8;
}

void fill_letters(char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        bytes[i] = (char)('a' + random_number() % 26);
}

void fill_bytes(char *bytes, size_t length)
{
    /* From 1 to 254, so that what is special about 0 and 255 never decides by luck whether a
       message fails at its first byte. */
    uint32_t first = 1 + random_number() % 254;
    for (size_t i = 0; i < length; i++)
        bytes[i] = (char)(unsigned char)(first + i * 7);
    /* Not first, not last, and two together. */
    if (length >= 8)
        bytes[length / 2] = bytes[length / 2 + 1] = '\0';
}

/* ---- exchanging ---- */

static struct program *the_program(void)
{
    return stage.programs[stage.program_count - 1];
}

void add_ending(struct text *text, const struct peer *peer)
{
    struct program *program = the_program();
    enum wait_result last = stage.last;
    /* If the program is about to end, the report says so. */
    if (last == DONE && !program->ended)
        program_settle(program);
    stage.last = last;
    if (peer != NULL && peer->finished)
        text_add(text, _("then the %s closed the connection"), _(program->role));
    else if (peer != NULL && peer->reset)
        text_add(text, _("then the connection was reset"));
    else if (program->ended) {
        text_add(text, _("then the %s ended: "), _(program->role));
        program_ending(text, program);
    } else if ((stage.last == STALLED || stage.last == DONE) && driven_add_return(text, program))
        return;
    else if (stage.last == STALLED)
        text_add(text, _("and the %s is blocked: no bytes are on their way"), _(program->role));
    else if (stage.last == SPUN)
        text_add(text, _("and the %s is in a busy loop"), _(program->role));
    else if (stage.last == DONE) /* what it did is the fault, and nothing was waited for */
        text_add(text, _("and the %s is still running"), _(program->role));
    else
        text_add(text, _("and then the time limit of the test passed"));
}

static void add_byte(struct text *text, unsigned char byte)
{
    if (isprint(byte))
        text_add(text, "'%c'", byte);
    else
        text_add(text, "0x%02x", byte);
}

bool add_difference(struct text *text, const char *wanted, const char *got, size_t length)
{
    size_t i = 0;
    while (i < length && wanted[i] == got[i])
        i++;
    if (i == length)
        return false;
    text_add(text, _("byte number %zu should be "), i + 1);
    add_byte(text, (unsigned char)wanted[i]);
    text_add(text, _(", but is "));
    add_byte(text, (unsigned char)got[i]);
    return true;
}

void expect_same_bytes(const char *story, const char *wanted, const char *got, size_t length)
{
    struct text text = {0};
    text_add(&text, _("%s: "), story);
    if (add_difference(&text, wanted, got, length)) {
        enum wait_result last = stage.last;
        program_settle(the_program()); /* the trace explains: all of it */
        stage.last = last;
        stage.back = got;
        stage.back_length = length;
        fail_because(EXPECT_BYTES, "%s.", text.start);
    }
    text_free(&text);
}

static void compare(const struct peer *client, const char *data, const char *back, size_t length,
                    size_t received)
{
    char story[200];
    struct text text = {0};
    snprintf(story, sizeof story, _("%s sent %zu %s, but other bytes came back"), client->name,
             length, text_plural(length, "byte", "bytes"));
    expect_same_bytes(story, data, back, received);
    if (received == length)
        return;
    text_add(&text, _("%s sent %zu %s; "), client->name, length,
             text_plural(length, "byte", "bytes"));
    if (received == 0)
        text_add(&text, _("nothing came back"));
    else
        text_add(&text, _("%zu came back"), received);
    text_add(&text, _(", "));
    add_ending(&text, client);
    text_add(&text, _("."));
    fail_because(EXPECT_BYTES, "%s", text.start);
}

struct exchange {
    struct peer *client;
    const char *data;
    char *back;
    size_t length;
    size_t chunk;
    size_t sent;
    size_t received;
};

/* Wakes this side up once for many bytes when the other sends them one by one. */
static void wake_up_for(const struct peer *client, size_t bytes)
{
    enum { AT_MOST = 1000 };
    int least = bytes < AT_MOST ? (int)bytes : AT_MOST;
    setsockopt(client->fd, SOL_SOCKET, SO_RCVLOWAT, &least, sizeof least);
}

/* One step of sending and one of receiving, at most; true when all is back or no more can come. */
static bool all_is_back(void *argument)
{
    struct exchange *exchange = argument;
    struct peer *client = exchange->client;
    for (bool moved = true;
         moved && exchange->received < exchange->length && !client->finished && !client->reset;) {
        uint64_t begun = stage_now();
        size_t left = exchange->length - exchange->sent;
        size_t sent = left == 0 ? 0 : peer_send_some(client, exchange->data + exchange->sent, left);
        exchange->sent += sent;
        size_t most = exchange->length - exchange->received;
        ssize_t count = recv(client->fd, exchange->back + exchange->received,
                             most < exchange->chunk ? most : exchange->chunk, 0);
        if (count > 0) {
            exchange->received += (size_t)count;
            client->received += (size_t)count;
        }
        client->finished = count == 0;
        client->reset = client->reset || (count == -1 && errno != EAGAIN && errno != EINTR);
        moved = sent > 0 || count > 0;
        if (sent > 0)
            stage_note(client, begun, NOTE_SEND, (long)sent, NULL);
        if (client->finished || client->reset)
            stage_note(client, stage_now(), NOTE_OTHER, 0,
                       _(client->finished ? "end of file" : "connection reset"));
    }
    client->wants = exchange->sent < exchange->length ? POLLIN | POLLOUT : POLLIN;
    wake_up_for(client, exchange->length - exchange->received);
    return exchange->received == exchange->length || client->finished || client->reset;
}

static void go_through(struct exchange *exchange)
{
    struct peer *client = exchange->client;
    exchange->back = malloc(exchange->length);
    if (exchange->back == NULL)
        grader_fault("malloc");
    stage.data = exchange->data;
    stage.data_length = exchange->length;
    stage_wait(client, all_is_back, exchange);
    client->wants = 0;
    wake_up_for(client, 1);
    compare(client, exchange->data, exchange->back, exchange->length, exchange->received);
    free(exchange->back);
}

void expect_echo_in_chunks(struct peer *client, const void *data, size_t length, size_t chunk)
{
    struct exchange exchange = {.client = client, .data = data, .length = length, .chunk = chunk};
    go_through(&exchange);
}

void expect_echo_of_rest(struct peer *client, const void *data, size_t length, size_t sent)
{
    struct exchange exchange = {
        .client = client, .data = data, .length = length, .chunk = length, .sent = sent};
    go_through(&exchange);
}

void expect_echo(struct peer *client, const void *data, size_t length)
{
    expect_echo_in_chunks(client, data, length, length);
}

void expect_back(struct peer *client, const void *data, size_t length)
{
    char *back = malloc(length);
    if (back == NULL)
        grader_fault("malloc");
    stage.data = data;
    stage.data_length = length;
    size_t received = peer_receive(client, back, length);
    compare(client, data, back, length, received);
    free(back);
}

void expect_farewell(struct peer *client)
{
    size_t extra;
    struct text text = {0};
    peer_half_close(client);
    bool ended = peer_receive_end(client, &extra);
    if (extra > 0)
        fail_because(EXPECT_NOTHING,
                     "%s sent %zu %s, got %zu back, and then %zu more that it had not sent.",
                     client->name, client->sent, text_plural(client->sent, "byte", "bytes"),
                     client->received - extra, extra);
    if (client->reset)
        fail_because(EXPECT_CLOSE,
                     "%s closed its sending side. It should have got end of file, but the "
                     "connection was reset.",
                     client->name);
    if (!ended) {
        text_add(
            &text,
            _("%s closed its sending side. The server should have closed the connection. It did "
              "not, "),
            client->name);
        add_ending(&text, client);
        fail_because(EXPECT_CLOSE, "%s.", text.start);
    }
    peer_close(client);
}

void expect_service(struct program *server, const char *why)
{
    char hello[8];
    int error = 0;
    struct text text = {0};
    fill_letters(hello, sizeof hello);
    struct peer *next = peer_begin_connect("the next client", "127.0.0.1", server->port);
    enum wait_result result = peer_end_connect(next, &error);
    if (result != DONE || error != 0) {
        text_add(&text, _("%s, the next client could not connect (%s)"), _(why),
                 _(result != DONE ? "no answer" : strerror(error)));
        program_settle(server);
        if (server->ended) {
            text_add(&text, _(": the server has ended, "));
            program_ending(&text, server);
        }
        fail_because(EXPECT_CONNECT, "%s.", text.start);
    }
    enum wait_result pushed;
    char back[sizeof hello];
    peer_push(next, hello, sizeof hello, &pushed);
    size_t received = peer_receive(next, back, sizeof back);
    if (received < sizeof back || memcmp(hello, back, sizeof back) != 0) {
        text_add(&text, _("%s, the next client sent %zu bytes and got %zu back, "), _(why),
                 sizeof hello, received);
        add_ending(&text, next);
        fail_because(EXPECT_BYTES, "%s.", text.start);
    }
    peer_close(next);
}
