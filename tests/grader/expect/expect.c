#include "grader/expect/expect.h"

#include "grader/expect/trust.h"
#include "grader/observe/connection.h"
#include "grader/observe/trace.h"
#include "grader/play/begun.h"
#include "grader/play/orders.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>

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

/* ---- starting ---- */

static struct program *the_program(void)
{
    return stage.programs[stage.program_count - 1];
}

/* What the program wrote, quoted, for the end of a story. */
static void add_words(struct text *text, const struct program *program)
{
    const struct text *words =
        program->complained.length > 0 ? &program->complained : &program->said;
    if (words->length == 0) {
        text_add(text, " It said nothing.");
        return;
    }
    /* On lines of its own, as the program wrote it. */
    text_add(text, " It said:");
    text_quote(text, words->start, words->length, 600);
}

static const char *read_number(const char *text, const char *before, long *number)
{
    const char *found = text == NULL ? NULL : strstr(text, before);
    char *end;
    if (found == NULL)
        return NULL;
    *number = strtol(found + strlen(before), &end, 10);
    return *end == '\n' ? end : NULL;
}

static bool says_its_port(void *argument)
{
    struct program *server = argument;
    long port;
    if (read_number(server->said.start, "listening on port ", &port) == NULL || port < 1 ||
        port > UINT16_MAX)
        return false;
    server->port = (uint16_t)port;
    return true;
}

_Noreturn void fail_before(const char *did, struct program *program)
{
    struct text text = {0};
    program_look(program);
    if (program->ended) {
        program_must_have_begun(program);
        text_add(&text, "The %s was started, and ended before it %s: ", program->role, did);
        program_ending(&text, program);
        text_add(&text, ".");
    } else {
        text_add(&text, "The %s was started, and never %s.", program->role, did);
    }
    add_words(&text, program);
    fail_because("%s", text.start);
}

static _Noreturn void fail_start(struct program *server)
{
    fail_before("listened", server);
}

static bool has_a_queue(void *argument)
{
    const struct program *server = argument;
    return server->ended || connection_queue(server->port) != -1;
}

/* Waits until SERVER says its port. Who says so before it calls listen is waited for as well: one
   test is about that, and the others do not depend on which of the two they meet. */
static enum wait_result wait_for_port(struct program *server, int asked)
{
    server->asked_port = asked;
    enum wait_result result = stage_wait(NULL, says_its_port, server);
    if (result == DONE && !stage.datagrams)
        stage_settle(NULL, has_a_queue, server);
    return result;
}

struct program *expect_listening(struct program *server)
{
    int asked = server->asked_port == -1 ? 0 : server->asked_port;
    if (wait_for_port(server, asked) != DONE)
        fail_start(server);
    return server;
}

struct program *start_server(void)
{
    return expect_listening(program_start("server", "0", NULL));
}

struct program *start_server_memcheck(void)
{
    return expect_listening(program_start_memcheck("server", "0", NULL));
}

struct program *start_server_helgrind(void)
{
    return expect_listening(program_start_helgrind("server", "0", NULL));
}

struct program *start_server_with_operator(void)
{
    return expect_listening(program_start("server", "-i", "0", NULL));
}

struct program *start_server_that_repeats(void)
{
    return expect_listening(program_start("server", "-e", "0", NULL));
}

static struct program *launch_server(uint16_t port)
{
    char number[8];
    snprintf(number, sizeof number, "%u", port);
    return program_start("server", number, NULL);
}

bool try_server_on(uint16_t port)
{
    return wait_for_port(launch_server(port), port) == DONE;
}

struct program *start_server_on(uint16_t port)
{
    struct program *server = launch_server(port);
    enum wait_result result = wait_for_port(server, port);
    if (result == ENDED && peer_port_taken(port))
        return NULL;
    if (result != DONE)
        fail_start(server);
    return server;
}

struct peer *connect_client(struct program *server, const char *name)
{
    return peer_connect(name, "127.0.0.1", server->port);
}

/* ---- exchanging ---- */

void add_ending(struct text *text, const struct peer *peer)
{
    struct program *program = the_program();
    enum wait_result last = stage.last;
    /* If it is about to end, that is what there is to tell. */
    if (last == DONE && !program->ended)
        program_settle(program);
    stage.last = last;
    if (peer != NULL && peer->finished)
        text_add(text, "then the %s closed the connection", program->role);
    else if (peer != NULL && peer->reset)
        text_add(text, "then the connection was reset");
    else if (program->ended) {
        text_add(text, "then the %s ended: ", program->role);
        program_ending(text, program);
    } else if (stage.last == STALLED)
        text_add(text, "then nothing more: the %s waits, and nothing is on its way", program->role);
    else if (stage.last == SPUN)
        text_add(text, "then nothing more, while the %s kept the processor busy", program->role);
    else
        text_add(text, "then nothing more, however long the test waited");
}

static void add_byte(struct text *text, unsigned char byte)
{
    if (isprint(byte))
        text_add(text, "'%c'", byte);
    else
        text_add(text, "0x%02x", byte);
}

static void compare(const struct peer *client, const char *data, const char *back, size_t length,
                    size_t received)
{
    struct text text = {0};
    for (size_t i = 0; i < received; i++) {
        if (data[i] == back[i])
            continue;
        text_add(&text, "%s sent %zu %s, and other bytes came back: number %zu should be ",
                 client->name, length, text_plural(length, "byte", "bytes"), i + 1);
        enum wait_result last = stage.last;
        program_settle(the_program()); /* the trace explains: all of it */
        stage.last = last;
        stage.back = back;
        stage.back_length = received;
        add_byte(&text, (unsigned char)data[i]);
        text_add(&text, " and is ");
        add_byte(&text, (unsigned char)back[i]);
        text_add(&text, ".");
        fail_because("%s", text.start);
    }
    if (received == length)
        return;
    text_add(&text, "%s sent %zu %s; ", client->name, length, text_plural(length, "byte", "bytes"));
    if (received == 0)
        text_add(&text, "nothing came back");
    else
        text_add(&text, "%zu came back", received);
    text_add(&text, ", ");
    add_ending(&text, client);
    text_add(&text, ".");
    fail_because("%s", text.start);
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
                       client->finished ? "end of file" : "connection reset");
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
        fail_because("%s sent %zu %s, got %zu back, and then %zu more that it had not sent.",
                     client->name, client->sent, text_plural(client->sent, "byte", "bytes"),
                     client->received - extra, extra);
    if (client->reset)
        fail_because("%s closed its sending side and expected the end of the stream; the "
                     "connection was reset instead.",
                     client->name);
    if (!ended) {
        text_add(&text, "%s closed its sending side and expected the server to close as well; ",
                 client->name);
        add_ending(&text, client);
        fail_because("%s.", text.start);
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
        text_add(&text, "%s, the next client could not connect (%s)", why,
                 result != DONE ? "no answer" : strerror(error));
        program_settle(server);
        if (server->ended) {
            text_add(&text, ": the server has ended, ");
            program_ending(&text, server);
        }
        fail_because("%s.", text.start);
    }
    enum wait_result pushed;
    char back[sizeof hello];
    peer_push(next, hello, sizeof hello, &pushed);
    size_t received = peer_receive(next, back, sizeof back);
    if (received < sizeof back || memcmp(hello, back, sizeof back) != 0) {
        text_add(&text, "%s, the next client sent %zu bytes and got %zu back; ", why, sizeof hello,
                 received);
        add_ending(&text, next);
        fail_because("%s.", text.start);
    }
    peer_close(next);
}

/* ---- endings of programs ---- */

static void expect_end(struct program *program)
{
    struct text text = {0};
    if (program_wait(program) == DONE)
        return;
    text_add(&text, "The %s should have ended by now; ", program->role);
    text_add(&text, stage.last == SPUN ? "it keeps the processor busy." : "it is still waiting.");
    fail_because("%s", text.start);
}

static _Noreturn void fail_ending(const struct program *program, const char *expected)
{
    struct text text = {0};
    text_add(&text, "The %s should have ended with %s. It ended with: ", program->role, expected);
    program_ending(&text, program);
    text_add(&text, ".");
    add_words(&text, program);
    fail_because("%s", text.start);
}

void expect_exit(struct program *program, int status)
{
    char expected[32];
    expect_end(program);
    snprintf(expected, sizeof expected, "exit status %d", status);
    if (!WIFEXITED(program->status) || WEXITSTATUS(program->status) != status)
        fail_ending(program, expected);
}

void expect_no_pause(const struct program *server, int error)
{
    if (trace_retries(server, GROUP_ACCEPTING, error).slept > 0)
        fail_because("accept failed with %s, which passes at once. The server should have called "
                     "it again without a pause, for the next client is waiting; it slept first.",
                     strerrorname_np(error));
}

void expect_closed_after(const struct program *program, const char *name, enum probe_call call)
{
    if (trace_leaves_open(program, call))
        fail_because("%s failed, and the %s said so. It should have closed the socket before it "
                     "returned -1; the socket stayed open: nobody else knows its number.",
                     name, program->role);
}

void expect_closed_once(const struct program *program, const char *owner)
{
    trust_closes(program);
    if (trace_closes_twice(program))
        fail_because("A connection was closed twice: the second close failed with EBADF. %s",
                     owner);
}

static bool says(const struct text *text, const char *words)
{
    return words != NULL && text->start != NULL && strcasestr(text->start, words) != NULL;
}

void expect_failure(struct program *program, const char *words, const char *or_words)
{
    struct text text = {0};
    expect_end(program);
    if (!WIFEXITED(program->status) || WEXITSTATUS(program->status) == 0)
        fail_ending(program, "an error status (1)");
    if (words == NULL || says(&program->complained, words) || says(&program->complained, or_words))
        return;
    text_add(&text,
             "The %s ended with an error, as it should, and should have said why (\"%s\") on "
             "standard error.",
             program->role, words);
    add_words(&text, program);
    fail_because("%s", text.start);
}

enum { TRIES = 20 }; /* enough to see that it goes on and on */

struct ending {
    const struct program *server;
    int error;
};

static bool has_ended_or_tries_on(void *argument)
{
    const struct ending *ending = argument;
    return ending->server->ended ||
           trace_failures(ending->server, GROUP_ACCEPTING, ending->error) >= TRIES;
}

void expect_end_of_service(struct program *server, int error)
{
    struct ending ending = {server, error};
    program_watch(server);
    stage_wait(NULL, has_ended_or_tries_on, &ending);
    if (!server->ended && fault_hits(server, GROUP_ACCEPTING) == 0)
        not_tested("The server does not accept with a call that the probe could make fail.");
    if (!server->ended)
        fail_because("accept failed with %s, which is an error of the listener itself. "
                     "tcp_accept and serve should have returned -1, and so the server have ended; "
                     "it %s.",
                     strerrorname_np(error),
                     stage.last == SPUN   ? "keeps the processor busy"
                     : stage.last == DONE ? "tries again and again"
                                          : "is still there");
    expect_failure(server, NULL, NULL);
    expect_closed_once(server, "serve leaves the listener open, and main closes it.");
}

void expect_output(struct program *program, const void *data, size_t length)
{
    const struct text *said = &program->said;
    struct text text = {0};
    if (said->length == length + 1 && memcmp(said->start, data, length) == 0 &&
        said->start[length] == '\n')
        return;
    text_add(&text, "The %s should have printed the %zu %s of the reply and a newline. It printed ",
             program->role, length, text_plural(length, "byte", "bytes"));
    if (said->length == 0) {
        text_add(&text, "nothing.");
    } else {
        text_add(&text, "%zu %s: ", said->length, text_plural(said->length, "byte", "bytes"));
        text_harmless(&text, said->start, said->length, 200, false);
    }
    fail_because("%s", text.start);
}
