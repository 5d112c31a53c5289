/* Lab 1, echo: what the server and the client do, as seen from the other side. */
#include "grader/expect/scenario.h"
#include "grader/observe/blocked.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#undef SCENARIO
#undef SLOW
#undef VALGRIND
#define SCENARIO ENTRY
#define SLOW SLOW_ENTRY
#define VALGRIND VALGRIND_ENTRY

/* ---- the server: where it listens ---- */

/* Starts a server on PORT that is held as soon as it has said that it listens. NULL if somebody
   else has taken the port in the meantime. */
static struct program *start_and_hold(uint16_t port)
{
    char number[8];
    snprintf(number, sizeof number, "%u", port);
    gate_at_start(GROUP_SHOWING, 0, true);
    struct program *server = program_start("server", number, NULL);
    server->asked_port = port;
    program_watch(server);
    while (gate_wait(server, GROUP_SHOWING) == DONE) {
        program_look(server);
        if (has_words(&server->said, "listening on port"))
            break;
        gate_next(server, GROUP_SHOWING); /* whatever else it wants to say */
    }
    return server->ended && peer_port_taken(port) ? NULL : expect_listening(server);
}

static void port_asked(void)
{
    struct program *server = NULL;
    uint16_t port = 0;
    for (int attempt = 0; attempt < 3 && server == NULL; attempt++)
        server = start_and_hold(port = peer_free_port());
    if (server == NULL)
        not_tested("Every port that the test chose was taken by somebody else.");
    bool listened = connection_queue(port) != -1;
    if (!listened) { /* perhaps it will */
        gate_open(server, GROUP_SHOWING);
        program_settle(server);
    }
    struct peer *client = peer_begin_connect("The client", "127.0.0.1", port);
    int error = 0;
    if (peer_end_connect(client, &error) != DONE || error != 0)
        fail_because("`server %u` was started. A client that connects to port %u gets: %s.", port,
                     port, error != 0 ? strerror(error) : "no answer");
    if (!listened)
        fail_because("The server said \"listening on port %u\", and at that moment nobody listened "
                     "there: who had come right then would have been refused. tcp_listen should "
                     "have called listen before it returned.",
                     port);
    gate_open(server, GROUP_SHOWING);
}

static void every_address(void)
{
    char hello[20];
    struct program *server = start_server();
    struct peer *client = connect_client(server, "A client at 127.0.0.1");
    fill_letters(hello, sizeof hello);
    expect_echo(client, hello, sizeof hello);
    peer_close(client);
    /* All of 127.0.0.0/8 is this machine. */
    client = peer_connect("A client that uses the address 127.0.0.2", "127.0.0.2", server->port);
    expect_echo(client, hello, sizeof hello);
}

static void port_in_use(void)
{
    char number[8];
    struct peer *owner = peer_listen("another server");
    snprintf(number, sizeof number, "%u", owner->port);
    struct program *server = program_start("server", number, NULL);
    expect_failure(server, "Address already in use", NULL);
    /* Said by main, after tcp_listen has returned something else than -1. */
    if (has_words(&server->complained, "getsockname:") ||
        has_words(&server->said, "listening on port"))
        fail_because("bind failed, because the port was taken, and tcp_listen said so. It should "
                     "have returned -1 then; what it returned was taken for a listening socket.");
    if (has_words(&server->complained, "listen:"))
        fail_because("bind failed, because the port was taken, and tcp_listen said so. It should "
                     "have returned then; it went on with listen.");
    expect_closed_after(server, "bind", CALL_BIND);
}

static void restart(void)
{
    char hello[20];
    fill_letters(hello, sizeof hello);
    /* A port could be taken by somebody else in between; not three times. */
    for (int attempt = 0; attempt < 3; attempt++) {
        uint16_t port = peer_free_port();
        struct program *server = start_server_on(port);
        if (server == NULL)
            continue;
        struct peer *client = connect_client(server, "A client");
        expect_echo(client, hello, sizeof hello);
        /* The server's side closes first, so its end of the connection stays in TIME_WAIT. */
        program_terminate(server);
        size_t extra;
        peer_receive_end(client, &extra);
        peer_close(client);
        if (try_server_on(port))
            return;
    }
    fail_because("A server was ended while a client was connected, and started again on the same "
                 "port. The second time it could not listen.");
}

/* ---- the server: the echo ---- */

static void one_message(void)
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

static void several_messages(void)
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

static void long_message(void)
{
    static char message[5000];
    struct peer *client = connect_client(start_server(), "The client");
    fill_letters(message, sizeof message);
    expect_echo(client, message, sizeof message);
    expect_farewell(client);
}

static void binary(void)
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

static void byte_by_byte(void)
{
    char bytes[50];
    struct peer *client = connect_client(start_server(), "The client");
    fill_letters(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        expect_echo(client, &bytes[i], 1);
}

static void half_close(void)
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

static void silent_client(void)
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

enum { MEGABYTE = 1000 * 1000, SMALL_BUFFERS = 64 * 1024 };
static char megabyte[MEGABYTE];

/* A server and a client between which not much can be under way: so the server's send blocks. */
static struct peer *join_with_small_buffers(struct program *server, const char *name)
{
    atomic_store(&server->orders->buffers, SMALL_BUFFERS);
    peer_buffers(SMALL_BUFFERS);
    struct peer *client = connect_client(server, name);
    peer_buffers(0);
    return client;
}

static void slow_reader(void)
{
    struct program *server = start_server();
    struct peer *client =
        join_with_small_buffers(server, "A client that reads 1000 bytes at a time");
    fill_bytes(megabyte, sizeof megabyte);
    expect_echo_in_chunks(client, megabyte, sizeof megabyte, 1000);
}

static void not_reading(void)
{
    struct program *server = start_server();
    struct peer *client = join_with_small_buffers(server, "A client that first only writes");
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

/* ---- the server: calls that do less than was asked ---- */

static void short_receives(void)
{
    char message[100];
    struct program *server = start_server();
    struct peer *client = connect_client(server, "The client");
    fill_letters(message, sizeof message);
    expect_echo(client, message, sizeof message);
    fault_limit(server, GROUP_RECEIVING, 3);
    expect_echo(client, message, sizeof message);
    expect_echo(client, message, sizeof message);
    if (fault_hits(server, GROUP_RECEIVING) == 0)
        not_tested("The server does not receive with a call that the probe could cut short.");
}

static void short_sends(void)
{
    char message[100];
    struct program *server = start_server();
    struct peer *client = connect_client(server, "The client");
    fill_letters(message, sizeof message);
    expect_echo(client, message, sizeof message);
    fault_limit(server, GROUP_SENDING, 5);
    expect_echo(client, message, sizeof message);
    if (fault_hits(server, GROUP_SENDING) == 0)
        not_tested("The server does not send with a call that the probe could cut short.");
}

static void interrupted(void)
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

/* ---- the server: clients that vanish ---- */

static void reset_waiting(void)
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

static void reset_during(void)
{
    struct program *server = start_server();
    struct peer *client = join_with_small_buffers(server, "The client");
    fill_bytes(megabyte, sizeof megabyte);
    expect_echo(client, megabyte, 1000);
    peer_flood(client, megabyte, sizeof megabyte);
    peer_reset(client);
    expect_service(server, "After a client had vanished while the server was sending to it");
}

static void reset_after(void)
{
    char hello[20];
    struct program *server = start_server();
    struct peer *client = connect_client(server, "The client");
    fill_letters(hello, sizeof hello);
    expect_echo(client, hello, sizeof hello);
    peer_reset(client);
    expect_service(server, "After a client had vanished instead of closing");
}

static void vanish_after_sending(void)
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

static void broken_connection(void)
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
        if (fault_hits(server, GROUP_RECEIVING) == 0)
            not_tested("The server does not receive with a call that the probe could make fail.");
        text_add(&text, "Receiving failed with ECONNRESET, for good. The server should have closed "
                        "the connection; ");
        add_ending(&text, client);
        fail_because("%s.", text.start);
    }
    fault_off(server, GROUP_RECEIVING);
    expect_service(server, "After receiving had failed with ECONNRESET");
}

/* ---- the server: one client after another ---- */

/* An ordinary end is no failure of recv, nor of anything else. */
static void expect_no_complaint(struct program *server)
{
    static const char *const calls[] = {"server: recv", "server: send", "server: accept"};
    struct text said = {0};
    program_look(server);
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        if (!has_words(&server->complained, calls[i]))
            continue;
        text_quote(&said, server->complained.start, server->complained.length, 300);
        fail_because("A client was served, and closed its connection in the ordinary way: nothing "
                     "had failed. The server complained nevertheless:%s",
                     said.start);
    }
}

/* serve.h: disconnected, whatever the session returned. */
static uint16_t expect_breaking_off_told(struct program *server)
{
    char hello[20];
    char line[40];
    struct peer *client = connect_client(server, "A client that vanishes");
    fill_letters(hello, sizeof hello);
    snprintf(line, sizeof line, "[%u] disconnected", client->port);
    expect_echo(client, hello, sizeof hello);
    expect_no_complaint(server);
    peer_reset(client);
    if (program_wait_line(server, line) != DONE)
        fail_because("A client vanished, so its session ended with -1. The server's console should "
                     "have said \"%s\" nevertheless.",
                     line);
    return client->port;
}

static void expect_said_once(const struct program *server, uint16_t port, const char *words)
{
    char line[40];
    size_t count = 0;
    int length = snprintf(line, sizeof line, "[%u] %s\n", port, words);
    for (const char *at = server->said.start; (at = strstr(at, line)) != NULL; at += length)
        count++;
    if (count > 1)
        fail_because("A client with port %u came, and left. The server's console should have said "
                     "\"%.*s\" once; it said so %zu times.",
                     port, length - 1, line, count);
}

static void console(void)
{
    char hello[20];
    char line[40];
    struct program *server = start_server();
    struct peer *client = connect_client(server, "The client");
    /* Two different bytes, so that it shows if they are not put in order. */
    while (client->port >> 8 == (client->port & 0xff)) {
        peer_close(client);
        client = connect_client(server, "The client");
    }
    fill_letters(hello, sizeof hello);
    expect_echo(client, hello, sizeof hello);
    uint16_t port = client->port;
    static const char *const words[] = {"connected", "disconnected"};
    for (size_t i = 0; i < 2; i++) {
        if (i == 1)
            expect_farewell(client);
        snprintf(line, sizeof line, "[%u] %s", port, words[i]);
        if (program_wait_line(server, line) == DONE)
            continue;
        struct text said = {0};
        text_quote(&said, server->said.start, server->said.length, 300);
        bool nothing = server->said.start == NULL || strchr(server->said.start, '[') == NULL;
        fail_because("A client with port %u %s. The server's console should have said \"%s\". It "
                     "said:%s%s",
                     port, i == 0 ? "was served" : "left", line, said.start,
                     nothing ? "\nIf that was printed with printf, it waits in a buffer until "
                               "fflush or the end of the program: console_tell writes at once."
                             : "");
    }
    uint16_t ports[] = {port, expect_breaking_off_told(server)};
    program_settle(server);
    for (size_t i = 0; i < 4; i++)
        expect_said_once(server, ports[i / 2], words[i % 2]);
}

static void ten_clients(void)
{
    char message[60];
    struct program *server = start_server();
    for (size_t i = 0; i < 10; i++) {
        struct peer *client = connect_client(server, "A client, one of ten after another,");
        fill_letters(message, sizeof message);
        expect_echo(client, message, 20 + 4 * i);
        expect_farewell(client);
    }
}

enum { WAITING = 16 };

static void waiting_clients(void)
{
    char hello[WAITING][20];
    struct peer *waiting[WAITING];
    char first_hello[20];
    struct program *server = start_server();
    struct peer *first = connect_client(server, "The first client");
    fill_letters(first_hello, sizeof first_hello);
    expect_echo(first, first_hello, sizeof first_hello);
    for (size_t i = 0; i < WAITING; i++) {
        int error = 0;
        waiting[i] =
            peer_begin_connect("A client that had waited its turn", "127.0.0.1", server->port);
        if (peer_end_connect(waiting[i], &error) != DONE || error != 0)
            fail_because("While the first client was being served, 16 others connected, to wait "
                         "for their turn. Number %zu got no connection: the queue was full.",
                         i + 1);
        fill_letters(hello[i], sizeof hello[i]);
        peer_send(waiting[i], hello[i], sizeof hello[i]);
    }
    expect_echo(first, first_hello, sizeof first_hello);
    expect_farewell(first);
    for (size_t i = 0; i < WAITING; i++) {
        expect_back(waiting[i], hello[i], sizeof hello[i]);
        expect_farewell(waiting[i]);
    }
}

static void descriptors(void)
{
    enum { CLIENTS = 200 };
    char hello[4];
    struct program *server = start_server();
    fill_letters(hello, sizeof hello);
    struct peer *client = connect_client(server, "The first client");
    expect_echo(client, hello, sizeof hello);
    long before = descriptors_at_rest(server);
    peer_close(client);
    for (int i = 0; i < CLIENTS; i++) {
        client = connect_client(server, "A client, one of 200 after another,");
        expect_echo(client, hello, sizeof hello);
        if (i % 10 == 9)
            peer_reset(client);
        else
            peer_close(client);
    }
    client = connect_client(server, "The last client");
    expect_echo(client, hello, sizeof hello);
    expect_few_descriptors(server, before, 0,
                           "While the first client was connected, the server had",
                           "After 200 others had come and gone, and with one connected");
    expect_closed_once(server, "echo_session leaves conn open, and serve closes it.");
}

/* ---- the server: accept fails ---- */

/* The first calls of accept fail with ERROR; then everything goes on. */
static void accept_fails_with(int error, const char *why)
{
    enum { MANY_TIMES = 12 }; /* more than somebody who counts errors puts up with */
    fault_at_start(GROUP_ACCEPTING, error, 0, 1, 0);
    struct program *server = start_server();
    expect_service(server, why);
    if (fault_hits(server, GROUP_ACCEPTING) == 0)
        not_tested("The server does not accept with a call that the probe could make fail.");
    expect_no_pause(server, error);
    fault_error(server, GROUP_ACCEPTING, error, MANY_TIMES, 0);
    expect_service(server, why);
    expect_service(server, why);
}

static void accept_interrupted(void)
{
    accept_fails_with(EINTR, "After accept had failed with EINTR");
}

static void accept_aborted(void)
{
    accept_fails_with(ECONNABORTED, "After accept had failed with ECONNABORTED");
}

/* The client that waits during a shortage may be served late or let go: tcp.h. */
static void let_one_go(struct program *server)
{
    size_t extra;
    struct peer *client = connect_client(server, "A client that may be let go");
    peer_half_close(client);
    peer_receive_end(client, &extra);
    peer_close(client);
}

/* accept of SERVER has failed with ERROR: it has said so. */
static void expect_accept_complaint(struct program *server, int error)
{
    program_look(server);
    if (!has_words(&server->complained, strerror(error)))
        fail_because("accept failed with %s. The server should have said so on standard error: "
                     "\"accept: %s\".",
                     strerrorname_np(error), strerror(error));
}

/* accept of SERVER has failed with ERROR, twice or more: it let 10 ms pass at least once. */
static void expect_paused(const struct program *server, int error)
{
    struct retries retries = trace_retries(server, GROUP_ACCEPTING, error);
    trust_next_accept(server, error);
    if (retries.paused > 0 || (retries.at_once == 0 && retries.brief == 0))
        return;
    fail_because("accept failed with %s. The server should have let a moment pass, 10 to 1000 ms, "
                 "before it tried again; it tried again %s.",
                 strerrorname_np(error), retries.at_once > 0 ? "at once" : "too soon");
}

/* Each of them passes; here they have passed when accept is called again. */
static void shortages(void)
{
    static const int errors[] = {ENFILE, ENOBUFS, ENOMEM};
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        char why[64];
        snprintf(why, sizeof why, "After accept had failed with %s", strerrorname_np(errors[i]));
        fault_at_start(GROUP_ACCEPTING, errors[i], 0, 2, 0);
        struct program *server = start_server();
        let_one_go(server);
        expect_service(server, why);
        if (fault_hits(server, GROUP_ACCEPTING) == 0)
            not_tested("The server does not accept with a call that the probe could make fail.");
        expect_accept_complaint(server, errors[i]);
        expect_paused(server, errors[i]);
        program_terminate(server);
    }
}

/* The descriptor of the connection that the server accepted last, or -1. */
static int last_accepted(const struct program *server)
{
    int fd = -1;
    size_t count;
    struct step *steps = trace_steps(server, &count);
    for (size_t i = 0; i < count; i++)
        if (trace_group(&steps[i].event) == GROUP_ACCEPTING && steps[i].event.result >= 0)
            fd = (int)steps[i].event.result;
    free(steps);
    return fd;
}

/* The lowest number that no descriptor of PID has, if CONN had none. */
static int lowest_free(pid_t pid, int conn)
{
    for (int fd = 0; fd < 1000; fd++)
        if (fd == conn || !procfs_has_descriptor(pid, fd))
            return fd;
    return -1;
}

/* More than a busy machine makes of the second that tcp.h allows. */
static const uint64_t TOO_LONG_NS = 4000000000;

struct refusal {
    struct program *server;
    struct peer *client;
};

static bool has_failed_often(void *argument)
{
    const struct refusal *refusal = argument;
    char byte;
    struct retries retries = trace_retries(refusal->server, GROUP_ACCEPTING, EMFILE);
    return retries_tell(&retries) || retries.longest > TOO_LONG_NS || refusal->server->ended ||
           peer_peek(refusal->client, &byte) != -1;
}

/* accept of SERVER has failed with EMFILE, again and again since BEFORE: fails the test unless it
   paused for 10 to 1000 ms each time before it tried again, and did not use the processor
   meanwhile. */
static void expect_pauses(const struct program *server, const struct effort *before)
{
    struct retries retries = trace_retries(server, GROUP_ACCEPTING, EMFILE);
    if (retries_hurry(&retries) && retries.brief > 0)
        fail_because(
            "accept failed with EMFILE, because no descriptor was free. The server paused, "
            "but not for 10 ms, before it tried again, and again.");
    if (retries_hurry(&retries))
        fail_because("accept failed with EMFILE, because no descriptor was free. The server tried "
                     "again at once, and again: that keeps a processor busy until one is free.");
    if (have_been_busy(before))
        fail_because("accept failed with EMFILE, because no descriptor was free. The server let a "
                     "moment pass before it tried again, but kept the processor busy meanwhile: "
                     "it should have slept.");
    if (retries.longest > TOO_LONG_NS)
        fail_because("accept failed with EMFILE, because no descriptor was free. The server should "
                     "have let a moment pass, 1000 ms at most; it paused for more than %d seconds.",
                     (int)(TOO_LONG_NS / 1000000000));
}

static void no_descriptors(void)
{
    char hello[20];
    struct program *server = start_server();
    struct peer *first = connect_client(server, "The first client");
    fill_letters(hello, sizeof hello);
    expect_echo(first, hello, sizeof hello);
    int conn = last_accepted(server);
    int lowest = lowest_free(server->pid, conn);
    if (conn == -1 || lowest <= 0)
        not_tested("The test could not find out which descriptor is the connection.");
    /* From now on no new descriptor can be had: accept fails with EMFILE, for real. */
    atomic_store(&server->orders->descriptors, (uint32_t)lowest);
    program_watch(server);
    struct effort before = effort_now();
    struct peer *second = connect_client(server, "A client that comes while no descriptor is free");
    expect_farewell(first);
    struct refusal refusal = {server, second};
    enum wait_result result = stage_wait(second, has_failed_often, &refusal);
    if (server->ended || result == SPUN)
        fail_because("accept failed with EMFILE, because no descriptor was free. The server should "
                     "have gone on after a pause; it %s.",
                     server->ended ? "ended" : "kept the processor busy");
    expect_pauses(server, &before);
    char byte;
    bool was_let_go = peer_peek(second, &byte) == 0;
    expect_accept_complaint(server, EMFILE);
    atomic_store(&server->orders->descriptors, 0);
    peer_close(second);
    /* Whoever lets clients go may have met EMFILE once more by now, and let one more go. */
    if (was_let_go)
        let_one_go(server);
    expect_service(server, "After descriptors had run out for a while");
}

/* Not an error that passes: the listener is of no use any more, and serve returns. */
static void break_listener(int error)
{
    char hello[20];
    char words[80];
    struct program *server = start_server();
    struct peer *client = connect_client(server, "The client");
    fill_letters(hello, sizeof hello);
    expect_echo(client, hello, sizeof hello);
    fault_error(server, GROUP_ACCEPTING, error, INT32_MAX, 0);
    expect_farewell(client);
    /* A server that first looks whether somebody is there calls accept only now. */
    peer_begin_connect("The next client", "127.0.0.1", server->port);
    expect_end_of_service(server, error);
    snprintf(words, sizeof words, "accept: %s", strerror(error));
    expect_failure(server, words, NULL);
}

static void listener_broken(void)
{
    break_listener(EBADF);
    break_listener(EINVAL);
}

/* ---- the server under valgrind ---- */

static void server_memcheck(void)
{
    static char message[5000];
    struct program *server = start_server_memcheck();
    struct peer *client = connect_client(server, "The client");
    fill_bytes(message, sizeof message);
    expect_echo(client, message, 30);
    expect_echo(client, message, sizeof message);
    expect_farewell(client);
    client = connect_client(server, "A client that vanishes");
    expect_echo(client, message, 10);
    peer_reset(client);
    expect_service(server, "Under valgrind, after a client had vanished");
    client = connect_client(server, "The last client");
    expect_echo(client, message, sizeof message);
    expect_farewell(client);
    /* The server has left the last session when it waits for the next client: then it has said so.
     */
    char line[40];
    snprintf(line, sizeof line, "[%u] disconnected", client->port);
    program_wait_line(server, line);
    program_settle(server);
    program_terminate(server);
    expect_clean(server, 1);
}

/* ---- the client ---- */

/* Starts `client HOST PORT MESSAGE` and plays the server that it meets. */
static struct peer *meet_client(struct program **client, const char *host, const char *message,
                                bool memcheck)
{
    char port[8];
    struct peer *listener = peer_listen("the server");
    snprintf(port, sizeof port, "%u", listener->port);
    *client = memcheck ? program_start_memcheck("client", host, port, message, NULL)
                       : program_start("client", host, port, message, NULL);
    struct peer *server = peer_accept(listener, "The server");
    if (server == NULL)
        fail_before("connected to its server", *client);
    return server;
}

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

/* One byte more than the message; the cause will want to know which. */
static bool receives_more(struct peer *server, char *extra)
{
    if (peer_receive(server, extra, 1) == 0)
        return false;
    stage.extra = (unsigned char)*extra;
    return true;
}

static void client_message(void)
{
    char message[31] = "";
    struct program *client;
    fill_letters(message, sizeof message - 1);
    struct peer *server = meet_client(&client, "127.0.0.1", message, false);
    expect_message(server, message);
    peer_send(server, message, strlen(message));
    expect_reply(client, message);
    /* A client that sends more than its message would have sent it by now. */
    char extra;
    if (receives_more(server, &extra))
        fail_because("The client sent its %zu bytes, and then more: the first of them is 0x%02x.",
                     strlen(message), (unsigned char)extra);
}

static void client_empty(void)
{
    struct program *client;
    struct peer *server = meet_client(&client, "127.0.0.1", "", false);
    expect_message(server, "");
    expect_reply(client, "");
    char extra;
    if (receives_more(server, &extra))
        fail_because("The message was empty. The client sent something nevertheless: the first "
                     "byte is 0x%02x.",
                     (unsigned char)extra);
}

static void client_long(void)
{
    static char message[60001];
    struct program *client;
    fill_letters(message, sizeof message - 1);
    struct peer *server = meet_client(&client, "127.0.0.1", message, false);
    expect_message(server, message);
    peer_send(server, message, strlen(message));
    expect_reply(client, message);
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

static void client_pieces(void)
{
    char message[101] = "";
    struct program *client;
    fill_letters(message, sizeof message - 1);
    message[49] = message[99] = '\n'; /* a byte like any other, at the end of a piece as well */
    struct peer *server = meet_client(&client, "127.0.0.1", message, false);
    expect_message(server, message);
    reply_in_pieces(client, server, message);
    expect_reply(client, message);
}

static void client_short_sends(void)
{
    char message[101] = "";
    struct program *client;
    fill_letters(message, sizeof message - 1);
    fault_at_start(GROUP_SENDING, 0, 7, INT32_MAX, 0);
    struct peer *server = meet_client(&client, "127.0.0.1", message, false);
    expect_message(server, message);
    peer_send(server, message, strlen(message));
    expect_reply(client, message);
    if (fault_hits(client, GROUP_SENDING) == 0)
        not_tested("The client does not send with a call that the probe could cut short.");
}

static void server_closes_early(void)
{
    char message[41] = "";
    struct program *client;
    fill_letters(message, sizeof message - 1);
    struct peer *server = meet_client(&client, "127.0.0.1", message, false);
    expect_message(server, message);
    peer_send(server, message, strlen(message) / 2);
    peer_close(server);
    expect_failure(client, NULL, NULL);
    if (has_words(&client->complained, "Success"))
        fail_because("The server sent half of the echo and closed the connection. The client said "
                     "that this was a success: recv returning 0 does not set errno.");
    if (client->complained.length == 0)
        fail_because("The server sent half of the echo and closed the connection. The client "
                     "ended with an error, as it should, but did not say why on standard error.");
}

static void connection_breaks(void)
{
    char message[41] = "";
    struct program *client;
    fill_letters(message, sizeof message - 1);
    struct peer *server = meet_client(&client, "127.0.0.1", message, false);
    expect_message(server, message);
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
}

static void server_answers_too_much(void)
{
    char message[41] = "";
    char answer[80];
    struct program *client;
    fill_letters(message, sizeof message - 1);
    struct peer *server = meet_client(&client, "127.0.0.1", message, false);
    expect_message(server, message);
    snprintf(answer, sizeof answer, "%sand this is too much", message);
    peer_send(server, answer, strlen(answer));
    expect_reply(client, message);
}

static void server_is_silent(void)
{
    char message[41] = "";
    struct program *client;
    fill_letters(message, sizeof message - 1);
    struct peer *server = meet_client(&client, "127.0.0.1", message, false);
    expect_message(server, message);
    bool busy = keeps_busy(client, 1500);
    if (client->ended)
        fail_because("The server had the message and had not answered yet. The client should have "
                     "waited; it ended.");
    if (busy)
        fail_because("The server had the message and had not answered yet. The client should have "
                     "waited for it in recv; it kept the processor busy.");
    peer_send(server, message, strlen(message));
    expect_reply(client, message);
}

static void refused(void)
{
    char port[8];
    /* Bound, so that nobody else gets the port, but not listening. */
    struct peer *nobody = peer_bind("nobody");
    snprintf(port, sizeof port, "%u", nobody->port);
    struct program *client = program_start("client", "127.0.0.1", port, "hello", NULL);
    expect_failure(client, "Connection refused", NULL);
    expect_closed_after(client, "connect", CALL_CONNECT);
    /* Without a byte to send, nothing but tcp_connect can find out. */
    client = program_start("client", "127.0.0.1", port, "", NULL);
    expect_failure(client, "Connection refused", NULL);
}

static void localhost(void)
{
    char message[31] = "";
    struct program *client;
    fill_letters(message, sizeof message - 1);
    struct peer *server = meet_client(&client, "localhost", message, false);
    expect_message(server, message);
    peer_send(server, message, strlen(message));
    expect_reply(client, message);
}

static void next_address(void)
{
    char message[31] = "";
    struct program *client;
    fill_letters(message, sizeof message - 1);
    /* The probe puts addresses where nobody listens before the real ones, and after them. */
    fault_at_start(GROUP_LOOKING_UP, 0, 0, 1, 0);
    struct peer *server = meet_client(&client, "localhost", message, false);
    expect_message(server, message);
    peer_send(server, message, strlen(message));
    expect_reply(client, message);
    if (fault_hits(client, GROUP_LOOKING_UP) == 0)
        not_tested("The client does not look names up with getaddrinfo.");
}

static void unknown_host(void)
{
    char message[31] = "";
    struct program *client;
    fill_letters(message, sizeof message - 1);
    struct peer *server = meet_client(&client, "127.0.0.1", message, false);
    expect_message(server, message);
    peer_send(server, message, strlen(message));
    expect_reply(client, message);
    /* .invalid never exists: RFC 6761. */
    client = program_start("client", "no-such-host.invalid", "7", message, NULL);
    expect_failure(client, NULL, NULL);
    const struct text *words = &client->complained;
    if (words->length == 0)
        fail_because("`client no-such-host.invalid 7 …` ended with an error, as it should, and "
                     "should have said why. It said: nothing.");
    /* errno, or strerror, or gai_strerror of errno: none of them knows. */
    if (has_words(words, "Success") || has_words(words, "Unknown error"))
        fail_because("`client no-such-host.invalid 7 …` ended with an error, as it should, and "
                     "should have said why. It said: %s. getaddrinfo does not set errno; "
                     "gai_strerror knows what its result means.",
                     has_words(words, "Success") ? "Success" : "Unknown error");
}

static void client_memcheck(void)
{
    static char message[3001] = "";
    struct program *client;
    fill_letters(message, sizeof message - 1);
    /* An address that does not answer comes first: what belongs to it must be gone at the end. */
    fault_at_start(GROUP_LOOKING_UP, 0, 0, 1, 0);
    struct peer *server = meet_client(&client, "localhost", message, true);
    expect_message(server, message);
    reply_in_pieces(client, server, message);
    expect_reply(client, message);
    expect_closed_once(client, "echo_ask leaves conn open, and main closes it.");
    expect_clean(client, 0);
}

/* ---- the table ---- */

static const struct scenario *const scenarios[] = {
    SCENARIO(one_message, 4, "server: echoes one message",
             "recv tells how many bytes have arrived. Send back these, no more and no fewer.",
             "A stream has no messages"),
    SCENARIO(port_asked, 2, "server: listens on the port it was asked for",
             "A port goes into a sockaddr_in in network byte order.",
             "Ports travel in network byte order"),
    SCENARIO(several_messages, 3, "server: echoes several messages in one connection",
             "After an answer the conversation goes on: receive again, until recv returns 0.",
             "A stream has no messages"),
    SCENARIO(long_message, 4, "server: echoes a message longer than one recv",
             "One recv is one bite of the stream, not one message: go on until it returns 0.",
             "A stream has no messages"),
    SCENARIO(binary, 4, "server: echoes bytes of every value, zeros among them",
             "The stream is bytes, not text: strlen and printf's %s stop at a zero, recv's result "
             "does not.",
             "Bytes are not a string"),
    SCENARIO(byte_by_byte, 3, "server: answers each byte as it comes",
             "Do not wait for a buffer to be full, or for a newline: what has arrived goes back.",
             "A stream has no messages"),
    SLOW(silent_client, 1, "server: waits for a client that takes its time",
         "accept and recv wait by themselves until something comes.", "A stream has no messages"),
    SCENARIO(half_close, 3, "server: answers a client that has closed its sending side",
             "recv returning 0 means that no more will come. What was received before still goes "
             "back; then the connection is closed.",
             "End of file, and reset"),
    SCENARIO(console, 3, "server: says who comes and who goes",
             "accept fills in the client's address; its port is in network byte order there.",
             "One client after another"),
    SCENARIO(ten_clients, 3, "server: serves ten clients, one after another",
             "After a session the server goes back to accept.", "One client after another"),
    SCENARIO(waiting_clients, 3, "server: lets clients wait in the queue, and serves them in turn",
             "The kernel completes connections before accept takes them. The backlog given to "
             "listen says how many may wait.",
             "Two queues and a backlog"),
    SCENARIO(every_address, 3, "server: can be reached at every address of the machine",
             "A server that is bound to one address cannot be reached at the others.",
             "Which addresses a server answers on"),
    SCENARIO(port_in_use, 2, "server: says so when its port is taken",
             "When bind fails, complain(\"bind\") says why, and tcp_listen returns -1.",
             "Errors have names"),
    SCENARIO(restart, 2, "server: can be started again on the same port at once",
             "A connection that the server closed first stays in TIME_WAIT for a while, and holds "
             "the port unless SO_REUSEADDR is set before bind.",
             "Why a port stays taken"),
    SCENARIO(slow_reader, 2, "server: echoes a megabyte to a client that reads slowly",
             "send may take fewer bytes than it was given; the rest has to follow.",
             "How much did send take?"),
    SLOW(not_reading, 3, "server: echoes a megabyte to a client that first only writes",
         "A blocked send can be cut short, and then returns how much it took.",
         "How much did send take?"),
    SCENARIO(short_sends, 3, "server: finishes a send that took less than it was given",
             "send returns how many bytes it took. Call it again with the rest, until nothing is "
             "left.",
             "How much did send take?"),
    SCENARIO(short_receives, 1, "server: takes what recv gives, however little",
             "recv may return fewer bytes than have been sent, at any time.",
             "A stream has no messages"),
    SCENARIO(interrupted, 1, "server: goes on when a signal interrupts recv or send",
             "EINTR means that nothing has happened yet: make the call again.",
             "Errors have names"),
    SCENARIO(vanish_after_sending, 3, "server: survives sending to a client that has gone",
             "Sending on a connection that the other side has left raises SIGPIPE, which ends the "
             "program unless it is ignored or MSG_NOSIGNAL is given.",
             "SIGPIPE"),
    SCENARIO(reset_waiting, 1, "server: survives a client that vanishes while it waits",
             "accept may return a connection that is already broken: recv will say so.",
             "End of file, and reset"),
    SLOW(reset_during, 2, "server: survives a client that vanishes in mid-echo",
         "An error of one connection ends that conversation, not the server.",
         "End of file, and reset"),
    SCENARIO(reset_after, 1, "server: survives a client that vanishes after its echo",
             "recv fails with ECONNRESET: the conversation is over, and the next client waits.",
             "End of file, and reset"),
    SCENARIO(broken_connection, 1, "server: gives up a connection that is broken",
             "A broken connection does not heal: leave the loop and close it.",
             "End of file, and reset"),
    SCENARIO(descriptors, 3, "server: closes what it has opened, for 200 clients",
             "Each accept opens a descriptor. Whoever is done with it closes it, on every path.",
             "Who closes what"),
    SCENARIO(accept_interrupted, 1, "server: goes on when a signal interrupts accept",
             "EINTR from accept is no reason to end: try again.", "When accept fails"),
    SCENARIO(accept_aborted, 1, "server: goes on when a client is gone before accept takes it",
             "ECONNABORTED concerns one client; the next one is waiting.", "When accept fails"),
    SCENARIO(
        no_descriptors, 2, "server: waits a moment when no descriptor is free",
        "accept fails with EMFILE until a descriptor is closed. Without a pause, the loop burns "
        "a whole CPU. If tcp_accept returns, no later client is served.",
        "When accept fails"),
    SCENARIO(shortages, 1, "server: goes on when accept was short of memory or files",
             "ENFILE, ENOBUFS and ENOMEM pass, as EMFILE does: say so, wait a moment, and accept "
             "again.",
             "When accept fails"),
    SCENARIO(listener_broken, 1, "server: ends when the listener itself cannot be used",
             "EBADF, EINVAL and ENOTSOCK do not pass: complain(\"accept\"), and return -1 from "
             "tcp_accept, and then from serve.",
             "When accept fails"),
    VALGRIND(server_memcheck, 4, "server: is clean under valgrind",
             "valgrind tells where memory is used that is not yours or not set, and where a "
             "descriptor that is still open was opened.",
             "What valgrind sees"),
    SCENARIO(client_message, 3, "client: sends its message and prints the echo",
             "Send all of the message, then receive exactly as many bytes.",
             "A stream has no messages"),
    SCENARIO(client_empty, 1, "client: an empty message is its own echo",
             "With a length of 0 there is nothing to send and nothing to wait for.",
             "A stream has no messages"),
    SCENARIO(client_long, 3, "client: sends and receives 60,000 bytes",
             "Neither one send nor one recv need be enough.", "A stream has no messages"),
    SCENARIO(client_pieces, 3, "client: collects an echo that comes in pieces",
             "Receive until all bytes of the message are back; one recv may bring only a few.",
             "A stream has no messages"),
    SCENARIO(client_short_sends, 2, "client: finishes a send that took less than it was given",
             "send returns how many bytes it took. Call it again with the rest.",
             "How much did send take?"),
    SCENARIO(server_closes_early, 3, "client: tells when the server closes too early",
             "recv returning 0 before all bytes are back is an error for the client, although recv "
             "reports none.",
             "End of file, and reset"),
    SCENARIO(connection_breaks, 1, "client: tells when the connection breaks",
             "recv returning -1 is an error: say why, and give up.", "End of file, and reset"),
    SCENARIO(server_answers_too_much, 1, "client: takes its echo and nothing after it",
             "Ask recv for no more than what is missing.", "A stream has no messages"),
    SCENARIO(server_is_silent, 1, "client: waits for a server that takes its time",
             "recv waits by itself until something arrives.", "A stream has no messages"),
    SCENARIO(refused, 2, "client: tells when nobody listens",
             "When no address answers, say what the last connect failed with, and return -1.",
             "Errors have names"),
    SCENARIO(localhost, 2, "client: finds the server by name",
             "getaddrinfo turns a name, or an address in digits, into addresses to connect to.",
             "Names and addresses"),
    SCENARIO(next_address, 2, "client: tries the next address of a name",
             "getaddrinfo returns a list. Try one after another, with a new socket each, and close "
             "those that failed.",
             "Names and addresses"),
    SCENARIO(unknown_host, 2, "client: tells when a host cannot be found",
             "getaddrinfo returns its own error number; gai_strerror puts it into words.",
             "Names and addresses"),
    VALGRIND(client_memcheck, 3, "client: is clean under valgrind",
             "valgrind tells where memory is used that is not yours or not set, and what is still "
             "allocated or open at the end. freeaddrinfo gives a list of addresses back.",
             "What valgrind sees"),
};

const struct lab lab_1 = {.name = "1-echo",
                          .handout = "handouts/en/1-echo.md",
                          .scenarios = scenarios,
                          .count = sizeof scenarios / sizeof scenarios[0],
                          .tasks = 64};
