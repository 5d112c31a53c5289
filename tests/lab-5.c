/* Lab 5, UDP: what goes to and fro in datagrams, and what becomes of those that do not arrive. */
#include "grader/base/settings.h"
#include "grader/expect/datagrams.h"
#include "grader/expect/dialogue.h"
#include "grader/expect/scenario.h"
#include "grader/observe/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#undef SCENARIO
#undef SLOW
#undef VALGRIND
#define SCENARIO ENTRY
#define SLOW SLOW_ENTRY
#define VALGRIND VALGRIND_ENTRY

static struct datagram got;   /* the datagram that came last */
static struct datagram asked; /* the client's last question */
static char largest_data[DATAGRAM_MOST + 1];

static const uint64_t MS = 1000000; /* in ns */

/* ---- the server: where it receives ---- */

/* Nobody asks for a while. A server that sleeps until somebody does takes no time for it. */
static void expect_idleness(struct program *server)
{
    enum { IDLE_MS = 1200 };
    static const char did[] = "The client got its answer, and then nobody asked for a moment.";
    struct text text = {0};
    if (keeps_busy(server, IDLE_MS))
        fail_because("%s The server should have slept until a datagram comes; it kept the "
                     "processor busy.",
                     did);
    if (!server->ended)
        return;
    text_add(&text, "%s The server should have gone on waiting", did);
    add_outcome(&text);
    fail_because("%s.", text.start);
}

static void one_question(void)
{
    char hello[26];
    struct program *server = start_datagram_server();
    struct peer *client = datagram_open("The client");
    fill_letters(hello, sizeof hello);
    expect_answer(server, client, hello, sizeof hello);
    program_settle(server);
    if (datagram_take(client, &got))
        fail_because("The client sent one datagram, and got it back. Then one more came, of %zu "
                     "bytes: one question has one answer.",
                     got.length);
    expect_idleness(server);
    /* The same bytes may be the same question, whose answer was lost. */
    datagram_send(client, server->port, hello, sizeof hello);
    expect_datagram(client, hello, sizeof hello,
                    "The client sent a datagram of 26 bytes, and then the same one once more.");
}

static bool has_decided(void *argument)
{
    const struct program *server = argument;
    return server->ended || has_words(&server->said, "listening");
}

/* Starts `server PORT`. NULL if somebody else has taken PORT in the meantime. */
static struct program *serve_at(uint16_t port)
{
    char number[8];
    snprintf(number, sizeof number, "%u", port);
    stage.datagrams = true;
    struct program *server = program_start("server", number, NULL);
    server->asked_port = port;
    stage_wait(NULL, has_decided, server);
    return server->ended && !datagram_port_free(port) ? NULL : expect_listening(server);
}

static void port_asked(void)
{
    char hello[20];
    struct program *server = NULL;
    uint16_t port = 0;
    for (int attempt = 0; attempt < 3 && server == NULL; attempt++)
        server = serve_at(port = datagram_free_port());
    if (server == NULL)
        not_tested("Every port that the test chose was taken by somebody else.");
    struct peer *client = datagram_open("The client");
    char what[120];
    snprintf(what, sizeof what, "`server %u` was started, and the client sent 20 bytes to port %u.",
             port, port);
    fill_letters(hello, sizeof hello);
    datagram_send(client, port, hello, sizeof hello);
    expect_datagram(client, hello, sizeof hello, what);
}

static void every_address(void)
{
    char hello[20];
    struct program *server = start_datagram_server();
    struct peer *client = datagram_open("The client");
    fill_letters(hello, sizeof hello);
    expect_answer(server, client, hello, sizeof hello);
    fill_letters(hello, sizeof hello);
    /* All of 127.0.0.0/8 is this machine. */
    datagram_send_to(client, "127.0.0.2", server->port, hello, sizeof hello);
    expect_datagram(client, hello, sizeof hello,
                    "The client sent 20 bytes to 127.0.0.2, which is this machine as well.");
}

static void port_taken(void)
{
    char hello[20];
    char number[8];
    struct program *server = start_datagram_server();
    struct peer *client = datagram_open("The client");
    fill_letters(hello, sizeof hello);
    expect_answer(server, client, hello, sizeof hello);
    snprintf(number, sizeof number, "%u", server->port);
    struct program *second = program_start("server", number, NULL);
    second->asked_port = server->port;
    stage.note_count = 0; /* the ladder is about the second server */
    stage_wait(NULL, has_decided, second);
    if (!second->ended && has_words(&second->said, "listening"))
        fail_because("`server %s` was started while another server had port %s. It should have "
                     "said that the address is in use; it says that it listens, and now one of the "
                     "two gets nothing.",
                     number, number);
    expect_failure(second, "Address already in use", NULL);
    if (!has_words(&second->complained, "bind"))
        fail_because("The server ended with an error, as it should, and should have said which "
                     "call has failed, bind. It said:\n  %.*s",
                     (int)strcspn(second->complained.start, "\n"), second->complained.start);
    expect_closed_after(second, "bind", CALL_BIND);
}

/* ---- the server: who gets what ---- */

static void two_peers(void)
{
    enum { TURNS = 4 };
    char words[30];
    struct program *server = start_datagram_server();
    struct peer *first = datagram_open("The first client");
    struct peer *second = datagram_open("The second client");
    for (size_t i = 0; i < TURNS; i++) {
        fill_letters(words, sizeof words);
        expect_answer(server, first, words, 10 + i);
        fill_letters(words, sizeof words);
        expect_answer(server, second, words, 20 + i);
    }
    /* Both are under way at the same time. */
    char others[16];
    fill_letters(words, sizeof words);
    fill_letters(others, sizeof others);
    program_pause(server);
    datagram_send(second, server->port, others, sizeof others);
    datagram_send(first, server->port, words, sizeof words);
    program_resume(server);
    expect_datagram(first, words, sizeof words,
                    "The second client sent 16 bytes, and the first client 30 bytes.");
    expect_datagram(second, others, sizeof others,
                    "The second client sent 16 bytes, and the first client 30 bytes.");
}

static void hundred_peers(void)
{
    enum { CLIENTS = 100 };
    static char words[CLIENTS][12];
    struct peer *clients[CLIENTS];
    struct program *server = start_datagram_server();
    /* The first one shows that the server works at all. */
    for (size_t i = 0; i < CLIENTS; i++) {
        clients[i] = datagram_open("One of 100 clients");
        fill_letters(words[i], sizeof words[i]);
    }
    expect_answer(server, clients[0], words[0], sizeof words[0]);
    fill_letters(words[0], sizeof words[0]);
    program_pause(server);
    for (size_t i = 0; i < CLIENTS; i++)
        datagram_send(clients[i], server->port, words[i], sizeof words[i]);
    program_resume(server);
    for (size_t i = 0; i < CLIENTS; i++)
        expect_datagram(clients[i], words[i], sizeof words[i],
                        "100 clients sent 12 bytes each, at the same time.");
}

/* ---- the server: datagrams of every kind ---- */

struct message {
    const char *bytes;
    size_t length;
    bool came;
};

/* COUNT datagrams come back to CLIENT, in whatever order: the header does not promise one. */
static void expect_all(struct peer *client, struct message *messages, size_t count,
                       const char *what)
{
    for (size_t n = 0; n < count; n++) {
        struct text text = {0};
        if (!datagram_receive(client, &got)) {
            text_add(&text, "%s %zu of %zu answers came", what, n, count);
            add_outcome(&text);
            fail_because("%s.", text.start);
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
        text_add(&text,
                 "%s Answer number %zu is a datagram of %zu bytes that is none of these:\n  ", what,
                 n + 1, got.length);
        text_harmless(&text, got.bytes, got.length, 70, false);
        fail_because("%s", text.start);
    }
}

static void three_datagrams(void)
{
    struct message messages[] = {
        {.bytes = "AB", .length = 2},
        {.bytes = "CD\n", .length = 3},
        {.bytes = "the third of the three, and the longest", .length = 39},
    };
    struct program *server = start_datagram_server();
    struct peer *client = datagram_open("The client");
    expect_answer(server, client, "hello", 5);
    /* All three are there when the server progress. */
    program_pause(server);
    for (size_t i = 0; i < 3; i++)
        datagram_send(client, server->port, messages[i].bytes, messages[i].length);
    program_resume(server);
    expect_all(client, messages, 3, "The client sent three datagrams, of 2, 3 and 39 bytes.");
}

static void empty_datagram(void)
{
    struct program *server = start_datagram_server();
    struct peer *client = datagram_open("The client");
    expect_answer(server, client, "hello", 5);
    expect_answer(server, client, "", 0);
    datagram_send(client, server->port, "again", 5);
    expect_datagram(client, "again", 5, "After an empty datagram the client sent one of 5 bytes.");
}

static void binary(void)
{
    char bytes[600];
    struct program *server = start_datagram_server();
    struct peer *client = datagram_open("The client");
    fill_bytes(bytes, sizeof bytes);
    expect_answer(server, client, bytes, sizeof bytes);
    /* A zero first, and nothing but zeros. */
    memset(bytes, 0, 10);
    expect_answer(server, client, bytes, 20);
    expect_answer(server, client, bytes, 10);
}

static void largest(void)
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

/* What the server has said where nobody looks for errors. */
static void add_said(struct text *text, const struct program *server)
{
    const char *line = server->said.start != NULL ? strchr(server->said.start, '\n') : NULL;
    text_add(text, " nothing on standard error");
    if (line == NULL || line[1] == '\0')
        return;
    text_add(text, "; on standard output it said \"");
    text_harmless(text, line + 1, strcspn(line + 1, "\n"), 80, false);
    text_add(text, "\"");
}

/* A datagram of LENGTH bytes, more than LIMIT, is told of, and not answered. */
static void expect_refusal(struct program *server, struct peer *client, size_t limit, size_t length)
{
    struct overlong overlong = {server, client, server->complained.length, false};
    struct text text = {0};
    stage.data = largest_data;
    stage.data_length = length;
    datagram_send(client, server->port, largest_data, length);
    client->wants = POLLIN;
    stage_wait(client, is_told_or_answered, &overlong);
    if (!overlong.answered) { /* an answer may follow what it says */
        program_settle(server);
        is_told_or_answered(&overlong);
    }
    client->wants = 0;
    text_add(&text,
             "`server -l %zu 0` got a datagram of %zu bytes, and should have said that it "
             "is too long. ",
             limit, length);
    stage.explained = overlong.answered && got.length < limit; /* it is not one that was cut */
    if (overlong.answered)
        fail_because("%sIt answered with %zu bytes: its sender should get nothing.", text.start,
                     got.length);
    if (server->complained.length > overlong.complained) {
        const char *said = server->complained.start + overlong.complained;
        if (strstr(said, "too long") != NULL) {
            text_free(&text);
            return;
        }
        text_add(&text, "It said:\n  ");
        text_harmless(&text, said, strcspn(said, "\n"), 80, false);
        fail_because("%s", text.start);
    }
    text_add(&text, "It said");
    add_said(&text, server);
    add_outcome(&text);
    stage.explained = !server->ended; /* that it sends nothing is right */
    fail_because("%s.", text.start);
}

static void too_long(void)
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

static void burst(void)
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

/* ---- the server: what goes wrong with one of them ---- */

/* A new client asks SERVER; WHY begins the story: "After a client had gone,". */
static void expect_served(struct program *server, const char *why)
{
    char hello[20];
    char what[200];
    struct peer *next = datagram_open("The next client");
    snprintf(what, sizeof what, "%s the next client sent 20 bytes.", why);
    fill_letters(hello, sizeof hello);
    datagram_send(next, server->port, hello, sizeof hello);
    expect_datagram(next, hello, sizeof hello, what);
    peer_close(next);
}

static void peer_gone(void)
{
    struct program *server = start_datagram_server();
    expect_served(server, "Before anything had gone wrong,");
    for (int turn = 0; turn < 3; turn++) {
        struct peer *client = datagram_open("A client that goes");
        program_pause(server);
        datagram_send(client, server->port, "hello", 5);
        peer_close(client);
        program_resume(server);
        expect_served(server, "A client had sent a datagram and closed its socket. After that");
    }
}

/* Receiving, or sending, fails with ERROR once. */
static void not_reached(const struct program *server, enum probe_group group)
{
    if (fault_hits(server, group) == 0)
        not_tested("The server does not %s with a call that the probe could make fail.",
                   group == GROUP_SENDING ? "send" : "receive");
}

static void receiving_fails(void)
{
    static const int errors[] = {ECONNREFUSED, EHOSTUNREACH, ENETUNREACH};
    struct program *server = start_datagram_server();
    expect_served(server, "Before anything had gone wrong,");
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        char why[120];
        snprintf(why, sizeof why, "Receiving had failed with %s. After that",
                 strerrorname_np(errors[i]));
        /* More often than somebody who counts errors puts up with. */
        fault_error(server, GROUP_RECEIVING, errors[i], i == 0 ? 12 : 1, 0);
        /* The call it was already in may bring this one still; the call after it fails. */
        expect_served(server, why);
        expect_served(server, why);
        not_reached(server, GROUP_RECEIVING);
    }
}

struct complaint {
    const struct program *server;
    size_t before;
};

static bool has_complained(void *argument)
{
    const struct complaint *complaint = argument;
    return complaint->server->complained.length > complaint->before || complaint->server->ended;
}

static void sending_fails(void)
{
    static const int errors[] = {ENOBUFS, ECONNREFUSED, EHOSTUNREACH, EPERM};
    struct program *server = start_datagram_server();
    expect_served(server, "Before anything had gone wrong,");
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        char what[160];
        const char *name = strerrorname_np(errors[i]);
        struct complaint complaint = {server, server->complained.length};
        struct peer *client = datagram_open("The client");
        fault_error(server, GROUP_SENDING, errors[i], 1, 0);
        datagram_send(client, server->port, "first", 5);
        stage_wait(client, has_complained, &complaint);
        not_reached(server, GROUP_SENDING);
        if (server->complained.length == complaint.before && !server->ended) {
            struct text text = {0};
            text_add(&text,
                     "Sending an answer failed with %s. The server should have said so with "
                     "complain(); it said",
                     name);
            add_said(&text, server);
            fail_because("%s.", text.start);
        }
        snprintf(what, sizeof what,
                 "Sending an answer had failed with %s. After that the client sent \"second\".",
                 name);
        datagram_send(client, server->port, "second", 6);
        expect_datagram(client, "second", 6, what);
        peer_close(client);
    }
}

static void interrupted(void)
{
    struct program *server = start_datagram_server();
    struct peer *client = datagram_open("The client");
    expect_answer(server, client, "hello", 5);
    fault_error(server, GROUP_RECEIVING, EINTR, 2, 0);
    for (int turn = 0; turn < 2; turn++) {
        static const char *const words[] = {"again", "still"};
        datagram_send(client, server->port, words[turn], 5);
        expect_datagram(client, words[turn], 5,
                        "Receiving had failed with EINTR. Then the client sent "
                        "5 bytes.");
    }
    not_reached(server, GROUP_RECEIVING);
    fault_error(server, GROUP_SENDING, EINTR, 2, 0);
    datagram_send(client, server->port, "once more", 9);
    expect_datagram(client, "once more", 9,
                    "The client sent 9 bytes, and sending the answer failed with EINTR: it had to "
                    "be sent once more.");
    not_reached(server, GROUP_SENDING);
}

static void socket_unusable(void)
{
    struct program *server = start_datagram_server();
    struct peer *client = datagram_open("The client");
    expect_answer(server, client, "hello", 5);
    fault_error(server, GROUP_RECEIVING, EBADF, INT32_MAX, 0);
    /* The calls it was already in, one in each of its threads, may bring the first ones still. */
    for (int i = 0; i < 8; i++)
        datagram_send(client, server->port, "hello", 5);
    enum wait_result result = program_wait(server);
    not_reached(server, GROUP_RECEIVING);
    if (result != DONE)
        fail_because("Receiving failed with EBADF, for good. The server should have said so and "
                     "ended; it %s.",
                     result == SPUN ? "tries again without end" : "goes on");
    expect_exit(server, 1);
    if (server->complained.length == 0)
        fail_because("Receiving failed with EBADF, for good. The server ended, as it should, but "
                     "did not say why on standard error.");
}

/* How many descriptors SERVER has open while it waits; -1: not known. */
static int count_descriptors(struct program *server)
{
    program_settle(server);
    return procfs_count_descriptors(server->pid);
}

static void descriptors(void)
{
    enum { CLIENTS = 50 };
    struct program *server = start_datagram_server();
    expect_served(server, "Before the others came,");
    int before = count_descriptors(server);
    for (int i = 0; i < CLIENTS; i++)
        expect_served(server, "One after another, 50 clients came:");
    int after = count_descriptors(server);
    if (before == -1 || after == -1)
        not_tested("The system does not let the test look at the server's descriptors.");
    if (after > before)
        fail_because("When the first client had been answered, the server had %d descriptors "
                     "open. After %d more it has %d.",
                     before, CLIENTS, after);
}

static void server_memcheck(void)
{
    enum { LIMIT = 2000 };
    struct peer *client = datagram_open("The client");
    struct peer *other = datagram_open("Another client");
    struct program *server =
        expect_listening(program_start_memcheck("server", "-l", "2000", "0", NULL));
    fill_bytes(largest_data, DATAGRAM_MOST);
    expect_answer(server, client, largest_data, 600);
    expect_answer(server, client, largest_data, LIMIT);
    expect_answer(server, client, largest_data, 0);
    struct peer *gone = datagram_open("A client that goes");
    datagram_send(gone, server->port, "hello", 5);
    peer_close(gone);
    expect_answer(server, client, largest_data, 5);
    /* What becomes of these, too_long judges. */
    datagram_send(other, server->port, largest_data, LIMIT + 1);
    datagram_send(other, server->port, largest_data, DATAGRAM_MOST);
    program_settle(server);
    program_terminate(server);
    expect_clean(server, 1);
}

/* ---- the client: a question and its answer ---- */

/* Time-outs: one that no test lets pass, and one that tests wait for. */
#define LONG "20000"
#define SHORT "30"
#define MANY "200" /* tries: more than any test needs */

/* Starts `client -n TRIES -w WAIT HOST PORT`, to ask SERVER. */
static struct program *start_client(const struct peer *server, const char *tries, const char *wait)
{
    char port[8];
    asked.length = 0;
    stage.note_count = 0; /* the ladder is about this client */
    snprintf(port, sizeof port, "%u", server->port);
    return program_start("client", "-n", tries, "-w", wait, "127.0.0.1", port, NULL);
}

/* The client's next datagram, into `got`. Fails the test if none comes. */
static void receive_question(const struct program *client, struct peer *server)
{
    if (datagram_receive(server, &got))
        return;
    struct text said = {0};
    if (client->complained.length > 0) {
        text_add(&said, " On standard error it said: \"");
        text_harmless(&said, client->complained.start, strcspn(client->complained.start, "\n"), 80,
                      false);
        text_add(&said, "\".");
    }
    fail_dialogue(client, server, "A datagram should have come to the server; none came.%s",
                  said.start != NULL ? said.start : "");
}

/* The next datagram is WORDS ("1 hello"). More copies of the question before do not count: a client
   that had to wait may have sent one in the meantime. */
static void expect_question_bytes(const struct program *client, struct peer *server,
                                  const char *words, size_t length)
{
    struct text text = {0};
    do
        receive_question(client, server);
    while (asked.length > 0 && got.length == asked.length &&
           memcmp(got.bytes, asked.bytes, got.length) == 0);
    asked = got;
    stage.data = words;
    stage.data_length = length;
    if (got.length == length && memcmp(got.bytes, words, got.length) == 0)
        return;
    text_add(&text, "the datagram \"");
    text_harmless(&text, words, length, 40, false);
    text_add(&text, "\" (%zu bytes) should have come. This one came: \"", length);
    text_harmless(&text, got.bytes, got.length, 60, false);
    text_add(&text, "\" (%zu bytes).", got.length);
    stage.back = got.bytes;
    stage.back_length = got.length;
    fail_because("A line was typed at the client's keyboard, and %s", text.start);
}

static void expect_question(const struct program *client, struct peer *server, const char *words)
{
    expect_question_bytes(client, server, words, strlen(words));
}

/* What was received last goes back to where it came from. */
static void send_back(struct peer *server)
{
    datagram_send(server, got.from, got.bytes, got.length);
}

static void expect_answer_shown(struct program *client, const char *words)
{
    struct text text = {0};
    text_add(&text, "server says: %s\n", words);
    expect_console(client, text.start);
    text_free(&text);
}

/* Types LINE, and answers it as a good server would; NUMBER is its number. */
static void ask(struct program *client, struct peer *server, int number, const char *line)
{
    char words[100];
    snprintf(words, sizeof words, "%d %s", number, line);
    type_line(client, line);
    expect_question(client, server, words);
    send_back(server);
    expect_answer_shown(client, line);
}

/* Ctrl-D: the client ends well. */
static void end_client(struct program *client)
{
    type_end(client);
    expect_exit(client, 0);
}

static void client_question(void)
{
    struct peer *server = datagram_open("The server");
    struct program *client = start_client(server, "2", LONG);
    ask(client, server, 1, "hello");
    /* A question is any bytes. */
    type_bytes(client, "a\0b\n", 4);
    expect_question_bytes(client, server, "2 a\0b", 5);
    datagram_send(server, got.from, "2 zero", 6);
    expect_answer_shown(client, "zero");
    end_client(client);
    if (datagram_take(server, &got))
        fail_because("The client asked two questions, got their answers, and showed them. But it "
                     "sent another datagram, of %zu bytes.",
                     got.length);
}

static void client_numbers(void)
{
    enum { MOST = 1000 };
    static const char *const lines[] = {"one",   "two",   "3 is a number", "",    " five",   "six",
                                        "seven", "eight", "nine",          "ten", "eleven  "};
    struct peer *server = datagram_open("The server");
    struct program *client = start_client(server, "2", LONG);
    for (int i = 0; i < (int)(sizeof lines / sizeof lines[0]); i++)
        ask(client, server, i + 1, lines[i]);
    /* More than a byte counts, and more than three digits. */
    for (int number = (int)(sizeof lines / sizeof lines[0]) + 1; number <= MOST; number++)
        ask(client, server, number, "and so on");
    end_client(client);
}

/* ---- the client: datagrams that get lost ---- */

/* A wait so short is over in a test; when the machine is busy, it may be over before the test has
   answered. Then the test tries again with a longer one: it is right who is right once. */
static const char *const waits[] = {"20", "100", "700"};
enum { WAITS = sizeof waits / sizeof waits[0], TRIES = 4 };

/* The next question is lost K times; its last copy is answered. False when the client has ended
   without: then *SEEN datagrams had come. */
static bool answer_after(struct program *client, struct peer *server, int k, const char *line,
                         int *seen)
{
    char words[40];
    snprintf(words, sizeof words, "%d %s", k + 1, line);
    type_line(client, line);
    for (*seen = 0; *seen <= k; ++*seen) {
        if (*seen == 0)
            expect_question(client, server, words);
        else if (!datagram_receive(server, &got))
            return false;
        if (*seen < k)
            datagram_lose(server, &got);
    }
    send_back(server);
    char shown[60];
    snprintf(shown, sizeof shown, "server says: %s\n", line);
    return wait_shown(client, shown);
}

static void first_lost(void)
{
    static const char *const words[TRIES] = {"red", "green", "blue", "white"};
    for (int attempt = 0;; attempt++) {
        /* Another one: to this one an earlier client may have sent something at its end. */
        struct peer *server = datagram_open("The server");
        struct program *client = start_client(server, "4", waits[attempt]);
        int k = 0;
        int seen = 0;
        while (k < TRIES && answer_after(client, server, k, words[k], &seen))
            k++;
        if (k == TRIES) {
            end_client(client);
            return;
        }
        if (client->ended && attempt < WAITS - 1)
            continue;
        if (seen <= k)
            fail_dialogue(
                client, server,
                "It was lost %d time%s; with -n 4 it should have been sent again after %s "
                "ms without an answer, up to 4 times altogether.",
                seen, seen == 1 ? "" : "s", waits[attempt]);
        fail_dialogue(
            client, server,
            "With -n 4, it was lost %d time%s; the datagram after that was answered at once, "
            "and the answer should have been shown.",
            k, k == 1 ? "" : "s");
    }
}

struct idleness {
    const struct program *client;
    uint64_t until;
};

static bool is_idle_no_more(void *argument)
{
    const struct idleness *idleness = argument;
    return idleness->client->ended || stage_now() > idleness->until;
}

/* Nothing is typed for longer than the client waits for an answer: no clock of its may go on. */
static void expect_patience(struct program *client, struct peer *server)
{
    enum { IDLE_MS = 80 };
    struct idleness idleness = {client, stage_now() + IDLE_MS * MS};
    /* Asleep, as it should be, it ends the wait; the time does not go on faster for that. */
    while (!is_idle_no_more(&idleness))
        stage_settle(stage.waiting, is_idle_no_more, &idleness);
    dialogue_did("\"hello\" was answered, and then nothing was typed for longer than -w " SHORT
                 ".");
    if (client->ended)
        fail_dialogue(client, server, "The client should have waited for the next line.");
}

static void same_datagram(void)
{
    enum { COPIES = 3 };
    static struct datagram first;
    struct peer *server = datagram_open("The server");
    struct program *client = start_client(server, MANY, SHORT);
    type_line(client, "hello");
    expect_question(client, server, "1 hello");
    first = got;
    for (int i = 1; i < COPIES; i++) {
        datagram_lose(server, &got);
        receive_question(client, server);
        if (got.length != first.length || memcmp(got.bytes, first.bytes, got.length) != 0) {
            struct text text = {0};
            text_harmless(&text, got.bytes, got.length, 60, false);
            fail_because("The datagram \"1 hello\" was lost. The client should have sent the same "
                         "one again; it sent \"%s\" (%zu bytes).",
                         text.start, got.length);
        }
        if (got.from != first.from)
            fail_because("The datagram \"1 hello\" came from port %u and was lost. The client sent "
                         "it again from port %u: an answer to the first would not find it any "
                         "more.",
                         first.from, got.from);
    }
    send_back(server);
    expect_answer_shown(client, "hello");
    expect_patience(client, server);
    ask(client, server, 2, "again");
    if (got.from != first.from)
        fail_because("The client's first question came from port %u, its second from port %u. It "
                     "has one socket, as long as it is open.",
                     first.from, got.from);
    end_client(client);
}

static void late_answer(void)
{
    struct peer *server = datagram_open("The server");
    struct program *client = start_client(server, MANY, SHORT);
    type_line(client, "hello");
    expect_question(client, server, "1 hello");
    uint16_t port = got.from;
    receive_question(client, server);
    dialogue_did("The server got \"1 hello\" twice, and then answered the first of the two.");
    datagram_send(server, port, "1 hello", 7);
    expect_answer_shown(client, "hello");
    end_client(client);
}

/* ---- the client: answers that are none ---- */

static void duplicates(void)
{
    struct peer *server = datagram_open("The server");
    struct program *client = start_client(server, MANY, LONG);
    static const char *const lines[] = {"red", "green", "blue"};
    for (int i = 0; i < 3; i++) {
        char words[20];
        snprintf(words, sizeof words, "%d %s", i + 1, lines[i]);
        type_line(client, lines[i]);
        expect_question(client, server, words);
        send_back(server);
        send_back(server);
        dialogue_did("\"%s\" was asked, and its answer came twice, as all answers before.",
                     lines[i]);
        expect_answer_shown(client, lines[i]);
    }
    end_client(client);
    expect_console(client, "");
}

static void old_answer(void)
{
    struct peer *server = datagram_open("The server");
    struct program *client = start_client(server, MANY, SHORT);
    type_line(client, "old");
    expect_question(client, server, "1 old");
    uint16_t port = got.from;
    receive_question(client, server);
    datagram_send(server, port, "1 old", 5);
    expect_answer_shown(client, "old");
    type_line(client, "new");
    expect_question(client, server, "2 new");
    datagram_send(server, port, "1 old", 5);
    datagram_send(server, port, "2 new", 5);
    dialogue_did(
        "\"old\" had been asked twice, and was answered. Then \"new\" was asked; the second "
        "answer to \"old\" came, and after it the answer to \"new\".");
    expect_answer_shown(client, "new");
    end_client(client);
    expect_console(client, "");
}

/* The client still waits for its answer: it has shown nothing, sent nothing and not ended. WHAT
   begins the story. */
static void expect_no_effect(struct program *client, struct peer *server, const char *what)
{
    dialogue_did("%s", what);
    program_settle(client);
    if (client->ended)
        fail_dialogue(client, server, "The client should have waited on for its answer.");
    if (is_shown(client, "server says"))
        fail_dialogue(client, server, "The client should have shown nothing yet.");
    if (datagram_take(server, &got))
        fail_dialogue(client, server,
                      "The client should have waited on, as if nothing had come; it "
                      "sent its question again at once.");
}

/* The number of the question has two digits, and other numbers begin or end as it does. */
static void expect_all_digits(struct program *client, struct peer *server)
{
    enum { NUMBER = 12 };
    static const char *const wrong[] = {"1 wrong", "2 wrong", "112 wrong", "120 wrong",
                                        "012 wrong"};
    for (int number = 2; number < NUMBER; number++)
        ask(client, server, number, "more");
    type_line(client, "hello");
    expect_question(client, server, "12 hello");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        datagram_send(server, got.from, wrong[i], strlen(wrong[i]));
    expect_no_effect(
        client, server,
        "\"12 hello\" was asked. These came from the server: \"1 wrong\", \"2 wrong\", "
        "\"112 wrong\", \"120 wrong\" and \"012 wrong\".");
    datagram_send(server, got.from, "12 right", 8);
    dialogue_did("At last \"12 right\" came.");
    expect_answer_shown(client, "right");
}

static void almost_right(void)
{
    /* In this order: behind "1" stands what the one before it left in the buffer. */
    static const char *const wrong[] = {"12 wrong", "2 wrong",  "1",        "",        "1wrong",
                                        "01 wrong", " 1 wrong", "wrong 1 ", "+1 wrong"};
    struct peer *server = datagram_open("The server");
    struct program *client = start_client(server, "2", LONG);
    type_line(client, "hello");
    expect_question(client, server, "1 hello");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        datagram_send(server, got.from, wrong[i], strlen(wrong[i]));
    expect_no_effect(client, server,
                     "\"1 hello\" was asked. These came from the server: \"12 wrong\", \"2 "
                     "wrong\", \"1\", an empty datagram, \"1wrong\", \"01 wrong\" and such.");
    /* An answer may be longer than its question. */
    static const char right[] = "1 right, and longer than the question";
    datagram_send(server, got.from, right, sizeof right - 1);
    dialogue_did("At last \"%s\" came.", right);
    expect_answer_shown(client, right + 2);
    expect_all_digits(client, server);
    end_client(client);
}

static void stranger(void)
{
    struct peer *server = datagram_open("The server");
    struct peer *neighbour = datagram_open("A stranger");
    struct peer *far = datagram_open_at("A stranger elsewhere", "127.0.0.2", server->port);
    struct program *client = start_client(server, "2", LONG);
    type_line(client, "hello");
    expect_question(client, server, "1 hello");
    uint16_t port = got.from;
    datagram_send(neighbour, port, "1 lies", 6);
    if (far != NULL)
        datagram_send(far, port, "1 more lies", 11);
    expect_no_effect(client, server,
                     "\"1 hello\" was asked. Somebody with another port, and somebody with the "
                     "server's port at another address, answered it; the server did not.");
    datagram_send(server, port, "1 truth", 7);
    dialogue_did("Two strangers and then the server itself answered \"1 hello\".");
    expect_answer_shown(client, "truth");
    end_client(client);
}

/* ---- the client: how long it waits ---- */

enum { EVERY_MS = 10, LIMIT_MS = 2500 };

/* Something that goes on while the client waits for its answer. */
struct bother {
    struct program *client;
    struct peer *server;
    struct peer *stranger; /* who sends rubbish; NULL: the client is stopped and continued */
    uint16_t port;
    uint64_t last;
    uint64_t until;
    bool interrupts; /* its calls fail with EINTR besides */
    bool asked_again;
};

static bool bother(void *argument)
{
    struct bother *bother = argument;
    while (!bother->asked_again && datagram_take(bother->server, &got)) /* not "1 before", late */
        bother->asked_again = strcmp(got.bytes, "2 hello") == 0;
    if (bother->asked_again || stage_now() > bother->until || bother->client->ended)
        return true;
    if (stage_now() < bother->last + EVERY_MS * MS)
        return false;
    bother->last = stage_now();
    if (bother->stranger != NULL) {
        datagram_send(bother->stranger, bother->port, "1 rubbish", 9);
        datagram_send(bother->server, bother->port, "0 rubbish", 9);
        return false;
    }
    program_pause(bother->client);
    program_resume(bother->client);
    if (!bother->interrupts)
        return false;
    /* What comes wakes the client up, and its next calls are interrupted. */
    fault_error(bother->client, GROUP_RECEIVING, EINTR, 1, 0);
    fault_error(bother->client, GROUP_WAITING, EINTR, 1, 0);
    datagram_send(bother->server, bother->port, "0 rubbish", 9);
    return false;
}

/* A program that has an alarm for its clock may take every EINTR for it. */
static bool has_an_alarm(const struct program *program)
{
    size_t count;
    bool found = false;
    struct step *steps = trace_steps(program, &count);
    for (size_t i = 0; i < count; i++) {
        const struct probe_event *event = &steps[i].event;
        found = found || ((event->call == CALL_SIGACTION || event->call == CALL_SIGNAL) &&
                          event->asked == SIGALRM);
    }
    free(steps);
    return found;
}

/* The client asks with -w WAIT, and is bothered until it asks again; then it gets its answer. WHAT
   says how it is bothered. */
static void bother_until_second_try(bool rubbish, const char *wait, const char *what)
{
    struct peer *server = datagram_open("The server");
    struct peer *stranger = rubbish ? datagram_open("A stranger") : NULL;
    struct program *client = start_client(server, MANY, wait);
    ask(client, server, 1, "before");
    bool interrupts = !rubbish && !has_an_alarm(client); /* now: it takes a while */
    type_line(client, "hello");
    expect_question(client, server, "2 hello");
    struct bother bothering = {.client = client,
                               .server = server,
                               .stranger = stranger,
                               .port = got.from,
                               .interrupts = interrupts,
                               .until =
                                   stage_now() + (uint64_t)(LIMIT_MS * settings.patience) * MS};
    datagram_lose(server, &got);
    server->wants = POLLIN;
    stage_wait(server, bother, &bothering);
    server->wants = 0;
    fault_off(client, GROUP_RECEIVING);
    fault_off(client, GROUP_WAITING);
    dialogue_did("With -w %s \"2 hello\" was asked and lost; %s.", wait, what);
    if (!bothering.asked_again && client->ended)
        fail_dialogue(client, server, "The client should have waited on, and then asked again.");
    if (!bothering.asked_again)
        fail_because("With -w %s \"2 hello\" was asked and lost; %s. The client should have asked "
                     "again after %s ms; it had not after %d ms. Does its wait begin anew each "
                     "time?",
                     wait, what, wait, LIMIT_MS);
    send_back(server);
    expect_answer_shown(client, "hello");
    end_client(client);
}

static void rubbish(void)
{
    bother_until_second_try(true, "150",
                            "then rubbish came all the time, from the server and from "
                            "somebody else");
}

static void wait_interrupted(void)
{
    struct peer *server = datagram_open("The server");
    struct program *client = start_client(server, "2", LONG);
    ask(client, server, 1, "before");
    if (!has_an_alarm(client)) {
        fault_error(client, GROUP_RECEIVING, EINTR, 1, 0);
        fault_error(client, GROUP_WAITING, EINTR, 1, 0);
    }
    type_line(client, "hello");
    expect_question(client, server, "2 hello");
    program_settle(client);
    /* For calls with SO_RCVTIMEO, among others, this is an interruption: signal(7). */
    program_pause(client);
    program_resume(client);
    uint16_t port = got.from;
    expect_no_effect(client, server,
                     "With -w " LONG " \"2 hello\" was asked, and the wait was interrupted "
                     "(EINTR).");
    datagram_send(server, port, "2 hello", 7);
    dialogue_did(
        "\"2 hello\" was asked, the wait was interrupted (EINTR), and then the answer came.");
    expect_answer_shown(client, "hello");
    end_client(client);
    bother_until_second_try(false, "150",
                            "then the client was stopped and continued (SIGSTOP, SIGCONT), "
                            "again and again");
}

/* The client sleeps until its answer comes, but not for ever. */
static void expect_limited_sleep(void)
{
    enum { LOOK_MS = 150 };
    struct peer *server = datagram_open("The server");
    struct program *client = start_client(server, "2", LONG);
    type_line(client, "hello");
    expect_question(client, server, "1 hello");
    datagram_lose(server, &got);
    dialogue_did("With -w " LONG " \"1 hello\" was asked and lost.");
    if (keeps_busy(client, LOOK_MS))
        fail_dialogue(client, server,
                      "The client should have slept until an answer comes or its time is over.");
    if (stage.last == STALLED)
        fail_dialogue(
            client, server,
            "The client should have waited for 20 seconds, and then asked again; it waits "
            "without a limit.");
    program_terminate(client);
}

/* Waits with -w 60: three after a first question, one after a second. */
enum { GAPS = 4, WAIT_MS = 60 };

/* So long after the last datagram came the next one, in milliseconds. */
static long next_gap(struct program *client, struct peer *server)
{
    uint64_t last = got.time;
    datagram_lose(server, &got);
    receive_question(client, server);
    return (long)((got.time - last) / MS);
}

/* False when one is clearly less than it has to be, or more than it may be. The clock of a busy
   machine is not to be trusted: what it did not let run is not the client's fault, and who calls
   tries again, unless a gap is *FAR too long. */
static bool gaps_are_right(long gaps[GAPS], bool *far)
{
    enum {
        LEAST = 45, /* some waits end by the kernel's ticks, of 10 ms at most */
        LATE_MS = 50,
        FAR_MS = 500
    };
    static const long most[GAPS] = {WAIT_MS, 2L * WAIT_MS, 4L * WAIT_MS, WAIT_MS};
    struct peer *server = datagram_open("The server");
    struct program *client =
        start_client(server, "10000", "60"); /* who never waits is still there */
    bool right = true;
    for (int i = 0; i < GAPS; i++) {
        if (i == 0 || i == GAPS - 1) {
            type_line(client, i == 0 ? "hello" : "again");
            expect_question(client, server, i == 0 ? "1 hello" : "2 again");
        }
        double delayed = procfs_delayed_seconds_of(client->pid);
        gaps[i] = next_gap(client, server);
        delayed = procfs_delayed_seconds_of(client->pid) - delayed;
        double late = LATE_MS * settings.patience + delayed * 1000;
        right = right && gaps[i] >= LEAST && (double)(gaps[i] - most[i]) <= late;
        *far = *far || (double)(gaps[i] - most[i]) > late + FAR_MS;
        if (i < GAPS - 2)
            continue;
        send_back(server);
        expect_answer_shown(client, i < GAPS - 1 ? "hello" : "again");
    }
    end_client(client);
    return right;
}

static void pauses(void)
{
    enum { ATTEMPTS = 3 };
    long gaps[GAPS];
    bool far = false;
    expect_limited_sleep();
    for (int attempt = 0; attempt < ATTEMPTS && !far; attempt++)
        if (gaps_are_right(gaps, &far))
            return;
    fail_because("`client -w 60` was run, and nobody answered the first three tries of its first "
                 "question, and the first of its second. For each question the second try should "
                 "have come 60 ms after the first, and each wait after that should have been as "
                 "long as the one before, or up to twice as long. The waits were %ld, %ld and %ld "
                 "ms for the first question, and %ld ms for the second.",
                 gaps[0], gaps[1], gaps[2], gaps[3]);
}

/* ---- the client: when it gives up ---- */

/* True when a wait of MS that began at BEGUN is over: a quarter may be lost to the kernel's ticks.
 */
static bool is_over(uint64_t begun, int ms)
{
    return stage_now() - begun >= (uint64_t)ms * MS * 3 / 4;
}

/* CLIENT, asked at the time BEGUN, has ended with status 1 and a reason, after TRIES waits of
   WAIT_MS. */
static void expect_giving_up(struct program *client, uint64_t begun, int tries, int wait_ms)
{
    expect_exit(client, 1);
    bool patient = is_over(begun, tries * wait_ms);
    long ms = (long)((stage_now() - begun) / MS);
    if (client->complained.length == 0 || has_words(&client->complained, "Success"))
        fail_because("There was no answer. The client ended with status 1, as it should, but did "
                     "not say why on standard error (complain_because).");
    if (!patient)
        fail_because("There was no answer. With -n %d -w %d the client should have waited %d times "
                     "%d ms; it gave up after %ld ms.",
                     tries, wait_ms, tries, wait_ms, ms);
}

static void silence(void)
{
    enum { MOST = 3, WAIT = 80 };
    int count = 1;
    struct peer *server = datagram_open("The server");
    struct program *client = start_client(server, "3", "80");
    uint64_t begun = stage_now();
    type_line(client, "hello");
    expect_question(client, server, "1 hello");
    uint64_t last = got.time;
    for (datagram_lose(server, &got); count <= MOST && datagram_receive(server, &got); count++) {
        datagram_lose(server, &got);
        last = got.time;
    }
    bool waited = is_over(last, WAIT);
    if (count > MOST)
        fail_because("Nobody answered \"1 hello\". With -n 3 the client should have sent it three "
                     "times and given up; it sent it again.");
    if (!client->ended)
        fail_dialogue(client, server,
                      "Nobody answered. With -n 3 the client should have sent it three "
                      "times and given up; %d came.",
                      count);
    if (count < MOST)
        fail_because("Nobody answered \"1 hello\". With -n 3 the client should have sent it three "
                     "times before it gave up; it sent it %s.",
                     count == 1 ? "once" : "twice");
    if (!waited)
        fail_because("Nobody answered \"1 hello\". With -n 3 -w 80 the client should have waited "
                     "80 ms for the answer to the third try too, before it gave up; it ended "
                     "earlier.");
    expect_giving_up(client, begun, MOST, WAIT);
}

/* Nobody listens, and the client knows at once: it sleeps until its time is over all the same. */
static void expect_sleep_though_refused(void)
{
    enum { LOOK_MS = 150 };
    struct peer *server = datagram_open("The server");
    struct program *client = start_client(server, "2", LONG);
    datagram_leave(server);
    type_line(client, "hello");
    dialogue_did("With -w " LONG
                 " \"hello\" was asked while nobody listened at the server's port.");
    if (keeps_busy(client, LOOK_MS))
        fail_dialogue(client, server,
                      "The client should have slept until its time is over; it kept the processor "
                      "busy.");
    if (client->ended)
        fail_dialogue(client, server, "The client should have waited, and then tried again.");
    program_terminate(client);
}

/* All that is sent is refused. */
static void expect_waits_for_refused_tries(void)
{
    struct peer *server = datagram_open("The server");
    struct program *client = start_client(server, "3", "40");
    fault_error(client, GROUP_SENDING, ECONNREFUSED, INT32_MAX, 0);
    uint64_t begun = stage_now();
    type_line(client, "hello");
    dialogue_did("Each time \"1 hello\" was sent, sending failed with ECONNREFUSED.");
    expect_giving_up(client, begun, 3, 40);
}

static void nobody_there(void)
{
    struct peer *server = datagram_open("The server");
    struct program *client = start_client(server, "4", "40");
    uint64_t begun = stage_now();
    type_line(client, "hello");
    expect_question(client, server, "1 hello");
    datagram_leave(server);
    datagram_lose(server, &got);
    dialogue_did("\"1 hello\" was asked and lost, and then nobody listened at the server's port.");
    expect_giving_up(client, begun, 4, 40);
    expect_waits_for_refused_tries();
    expect_sleep_though_refused();
}

struct sendings {
    const struct program *client;
    size_t bytes;
};

static bool has_sent(void *argument)
{
    const struct sendings *sendings = argument;
    return atomic_load(&sendings->client->trace->sent) >= sendings->bytes ||
           sendings->client->ended;
}

static void server_returns(void)
{
    struct peer *server = datagram_open("The server");
    datagram_leave(server);
    struct program *client = start_client(server, MANY, "20");
    struct sendings sendings = {client, 3 * strlen("1 hello")};
    program_watch(client);
    /* Who sends finds out, or who receives. */
    fault_error(client, GROUP_SENDING, ECONNREFUSED, 1, 0);
    type_line(client, "hello");
    stage_wait(server, has_sent, &sendings);
    datagram_return(server);
    if (client->ended)
        fail_dialogue(client, server,
                      "Nobody listened at the server's port, for a moment (Connection "
                      "refused). The client should have tried again.");
    dialogue_did(
        "\"hello\" was typed while nobody listened at the server's port. Then the server came "
        "back.");
    expect_question(client, server, "1 hello");
    send_back(server);
    expect_answer_shown(client, "hello");
    end_client(client);
}

/* No datagram can be sent any more: the client says so, and does not wait for an answer. */
static void expect_end_of_sending(void)
{
    struct peer *server = datagram_open("The server");
    struct program *client = start_client(server, "2", LONG);
    ask(client, server, 1, "before");
    fault_error(client, GROUP_SENDING, EBADF, INT32_MAX, 0);
    type_line(client, "hello");
    dialogue_did("\"2 hello\" was to be asked, and sending failed with EBADF, for good.");
    enum wait_result result = program_wait(client);
    if (fault_hits(client, GROUP_SENDING) == 0)
        not_tested("The client does not send with a call that the probe could make fail.");
    if (result != DONE)
        fail_dialogue(client, server, "The client should have said so, and ended.");
    expect_failure(client, "Bad file descriptor", NULL);
}

static void client_unusable(void)
{
    expect_end_of_sending();
    struct peer *server = datagram_open("The server");
    struct program *client = start_client(server, "2", LONG);
    ask(client, server, 1, "before");
    fault_error(client, GROUP_RECEIVING, EBADF, INT32_MAX, 0);
    type_line(client, "hello");
    expect_question(client, server, "2 hello");
    /* The call it may be in already brings the first one still. */
    for (int i = 0; i < 2; i++)
        datagram_send(server, got.from, "1 rubbish", 9);
    dialogue_did("\"2 hello\" was asked, and receiving failed with EBADF, for good.");
    enum wait_result result = program_wait(client);
    if (fault_hits(client, GROUP_RECEIVING) == 0)
        not_tested("The client does not receive with a call that the probe could make fail.");
    if (result != DONE)
        fail_dialogue(client, server, "The client should have said so, and ended.");
    expect_failure(client, "Bad file descriptor", NULL);
}

/* ---- the client: how much it can ask ---- */

static void question_too_long(void)
{
    enum { LETTERS = 65506, MUCH = 200 * 1000 };
    static char words[MUCH + 1];
    struct peer *server = datagram_open("The server");
    struct program *client = start_client(server, "2", LONG);
    ask(client, server, 1, "short");
    end_client(client);
    fill_letters(words, LETTERS);
    client = start_client(server, "2", "50");
    type_line(client, words);
    if (datagram_receive(server, &got))
        fail_because("A question of 65,506 bytes was typed. With its number and a space that is "
                     "one byte more than fits into a datagram, and none should have come; one of "
                     "%zu bytes came.",
                     got.length);
    expect_failure(client, "Message too long", NULL);
    expect_exit(client, 1);
    /* So much that a buffer it was copied into unseen is gone, and what lies behind it. */
    fill_letters(words, MUCH);
    client = start_client(server, "2", "50");
    if (fcntl(client->in, F_SETPIPE_SZ, 2 * MUCH) == -1)
        return; /* the keyboard has no room for it */
    type_line(client, words);
    if (datagram_receive(server, &got))
        fail_because("A question of 200,000 bytes was typed, and nothing should have been sent; a "
                     "datagram of %zu bytes came.",
                     got.length);
    expect_failure(client, "Message too long", NULL);
    expect_exit(client, 1);
}

static void largest_question(void)
{
    enum { LETTERS = 65505 };
    static char words[DATAGRAM_MOST + 1] = "1 ";
    struct peer *server = datagram_open("The server");
    struct program *client = start_client(server, "2", LONG);
    fill_letters(words + 2, LETTERS);
    type_line(client, words + 2);
    expect_question(client, server, words);
    send_back(server);
    expect_answer_shown(client, words + 2);
    end_client(client);
}

/* ---- the client: whom it asks ---- */

static void two_clients(void)
{
    struct peer *server = datagram_open("The server");
    struct program *clients[2];
    uint16_t ports[2];
    for (int i = 0; i < 2; i++) {
        clients[i] = start_client(server, "2", LONG);
        ask(clients[i], server, 1, "hello");
        ports[i] = got.from;
    }
    type_line(clients[0], "red");
    expect_question(clients[0], server, "2 red");
    type_line(clients[1], "blue");
    expect_question(clients[1], server, "2 blue");
    datagram_send(server, ports[0], "2 red", 5);
    datagram_send(server, ports[1], "2 blue", 6);
    expect_answer_shown(clients[0], "red");
    expect_answer_shown(clients[1], "blue");
    end_client(clients[0]);
    end_client(clients[1]);
}

static void localhost(void)
{
    char port[8];
    struct peer *server = datagram_open("The server");
    snprintf(port, sizeof port, "%u", server->port);
    /* Who asks for addresses of any family gets ::1 first, as many a machine has it. */
    fault_at_start(GROUP_LOOKING_UP, 0, AF_INET6, 1, 0);
    struct program *client = program_start("client", "-w", LONG, "localhost", port, NULL);
    ask(client, server, 1, "hello");
    end_client(client);
}

static void unknown_host(void)
{
    struct peer *server = datagram_open("The server");
    struct program *client = start_client(server, "2", LONG);
    ask(client, server, 1, "hello");
    end_client(client);
    /* .invalid never exists: RFC 6761. */
    stage.note_count = 0;
    client = program_start("client", "no-such-host.invalid", "7", NULL);
    expect_failure(client, NULL, NULL);
    const struct text *words = &client->complained;
    if (words->length == 0 || has_words(words, "Success"))
        fail_because("`client no-such-host.invalid 7` ended with an error, as it should, and "
                     "should have said why. It said: %s",
                     words->length == 0 ? "nothing."
                                        : "Success. getaddrinfo does not set errno; "
                                          "gai_strerror knows what its result means.");
}

/* ---- both, with a bad network between them ---- */

/*
 * Between the clients and the link stands the test itself, and passes on what comes; so it sees
 * each try. Luck may be bad for long, and a client that doubles its waits would then wait for
 * minutes: a question that has come MERCY times goes around the link, to the server and back.
 * And a network that is choked loses more: of a queue that has become too long the rest, and of
 * the tries of one question all but the first, second, fourth, eighth and so on. Else clients that
 * ask again faster than a busy machine can answer would keep it busy with answers that come too
 * late. For the same reason they are told to wait the longer, the longer it has taken to start the
 * server and the link.
 */
enum { ASKERS = 6, QUESTIONS = 167, MERCY = 3, AT_ONCE = 3, LOOK_MS = 1000, MOST_MS = 80 * 1000 };
static const double HOPELESS = 6; /* seconds */
static const double SLOWEST = 180;

struct asker {
    struct program *client;
    uint16_t port;      /* the client's; 0: it has not asked yet */
    struct peer *way;   /* towards the link */
    struct peer *round; /* around it */
    long number;        /* of the question it asks */
    int tries;
    int at_once; /* datagrams of it that have come in this look */
};

struct crossing {
    struct peer *front; /* what the clients ask */
    size_t shown;       /* bytes on all consoles together */
    size_t wanted;      /* so many there should be */
    double delayed;     /* procfs_delayed_seconds() at the last look */
    double passed;      /* seconds, of those in which a processor was free */
    double idle;        /* and so many since something was shown */
    uint64_t look;      /* when the next wait ends, whatever has happened */
    bool over;          /* all clients have ended, or the server has */
    uint16_t link;
    uint16_t server;
    const struct program *answers; /* the server's program */
    struct asker askers[ASKERS];
};

static struct asker *asker_at(struct crossing *crossing, uint16_t port)
{
    for (size_t i = 0; i < ASKERS; i++) {
        struct asker *asker = &crossing->askers[i];
        if (asker->port == 0)
            asker->port = port;
        if (asker->port == port)
            return asker;
    }
    return NULL; /* a client with more than one port */
}

static void pass_question(struct crossing *crossing)
{
    struct asker *asker = asker_at(crossing, got.from);
    if (asker == NULL)
        return;
    long number = strtol(got.bytes, NULL, 10);
    asker->tries = number == asker->number ? asker->tries + 1 : 1;
    asker->number = number;
    if (++asker->at_once > AT_ONCE)
        return;
    if ((asker->tries & (asker->tries - 1)) != 0)
        return;
    if (asker->tries <= MERCY)
        datagram_send(asker->way, crossing->link, got.bytes, got.length);
    else
        datagram_send(asker->round, crossing->server, got.bytes, got.length);
}

/* What is for the question that is asked now always passes. */
static void pass_answers(struct crossing *crossing, const struct asker *asker)
{
    for (int at_once = 0; datagram_take(asker->way, &got) || datagram_take(asker->round, &got);
         at_once++)
        if (at_once < AT_ONCE || strtol(got.bytes, NULL, 10) == asker->number)
            datagram_send(crossing->front, asker->port, got.bytes, got.length);
}

static bool all_are_through(void *argument)
{
    struct crossing *crossing = argument;
    for (size_t i = 0; i < ASKERS; i++)
        crossing->askers[i].at_once = 0;
    while (datagram_take(crossing->front, &got))
        pass_question(crossing);
    bool ended = true;
    size_t shown = 0;
    for (size_t i = 0; i < ASKERS; i++) {
        const struct asker *asker = &crossing->askers[i];
        pass_answers(crossing, asker);
        shown += asker->client->said.length;
        ended = ended && asker->client->ended;
    }
    crossing->shown = shown;
    crossing->over = ended || crossing->answers->ended;
    return crossing->over || stage_now() > crossing->look;
}

/* Waits for LOOK_MS, and gives up when there is no hope: nothing has been shown for long, or at
   this pace it would take minutes, since the waits are far too long. Time that no processor was
   free does not count: a thousand questions are a lot for a busy machine. */
static bool goes_on(struct crossing *crossing)
{
    uint64_t begun = stage_now();
    size_t shown = crossing->shown;
    crossing->look = begun + LOOK_MS * MS;
    if (stage_wait(stage.waiting, all_are_through, crossing) != DONE || crossing->over)
        return false;
    double delayed = procfs_delayed_seconds();
    double passed = (double)(stage_now() - begun) / 1e9 - (delayed - crossing->delayed);
    crossing->delayed = delayed;
    crossing->idle = crossing->shown == shown ? crossing->idle : 0;
    crossing->idle += passed > 0 ? passed : 0;
    crossing->passed += passed > 0 ? passed : 0;
    double hopeless = HOPELESS * settings.patience;
    return crossing->idle < hopeless &&
           (double)(begun - stage.opened) < MOST_MS * settings.patience * (double)MS &&
           (crossing->passed < hopeless ||
            crossing->passed * (double)crossing->wanted <
                SLOWEST * settings.patience * (double)crossing->shown);
}

/* What the clients are told with -w, in milliseconds, since starting has BEGUN: as little as makes
   sense where there is nothing else to do, and a sixteenth of what two programs took to start. */
static void choose_wait(char wait[8], uint64_t begun)
{
    enum { LEAST = 2, MOST = 50, PARTS = 16 };
    uint64_t part = (stage_now() - begun) / PARTS / MS;
    snprintf(wait, 8, "%d", part > MOST ? MOST : part < LEAST ? LEAST : (int)part);
}

static struct crossing open_crossing(void)
{
    char port[8];
    char wait[8];
    uint64_t begun = stage_now();
    struct program *server = start_datagram_server();
    snprintf(port, sizeof port, "%u", server->port);
    struct program *link =
        expect_listening(program_start("link", "0", "127.0.0.1", port, "--loss", "30",
                                       "--duplicate", "5", "--reorder", "10", NULL));
    struct crossing crossing = {.front = datagram_open("The network"),
                                .link = link->port,
                                .server = server->port,
                                .answers = server};
    crossing.front->wants = POLLIN;
    choose_wait(wait, begun);
    for (size_t i = 0; i < ASKERS; i++) {
        struct asker *asker = &crossing.askers[i];
        asker->way = datagram_open("The way to the link");
        asker->round = datagram_open("The way around");
        asker->way->wants = asker->round->wants = POLLIN;
        asker->client = start_client(crossing.front, "10000", wait);
    }
    return crossing;
}

static void through_the_link(void)
{
    struct text typed = {0};
    struct text wanted = {0};
    for (int i = 1; i <= QUESTIONS; i++) {
        text_add(&typed, "line %d\n", i);
        text_add(&wanted, "server says: line %d\n", i);
    }
    struct crossing crossing = open_crossing();
    for (size_t i = 0; i < ASKERS; i++) {
        type_bytes(crossing.askers[i].client, typed.start, typed.length);
        type_end(crossing.askers[i].client);
    }
    dialogue_did(
        "6 clients asked 167 questions each, `line 1` to `line 167`, through `link --loss 30 "
        "--duplicate 5 --reorder 10`.");
    crossing.wanted = ASKERS * wanted.length;
    crossing.delayed = procfs_delayed_seconds();
    while (goes_on(&crossing))
        continue;
    for (size_t i = 0; i < ASKERS; i++) {
        struct program *client = crossing.askers[i].client;
        const struct text *said = &client->said;
        if (client->ended && said->length == wanted.length &&
            memcmp(said->start, wanted.start, said->length) == 0)
            continue;
        size_t same = 0;
        while (same < said->length && same < wanted.length &&
               said->start[same] == wanted.start[same])
            same++;
        size_t lines = 0;
        for (size_t at = 0; at < same; at++)
            lines += said->start[at] == '\n';
        client->console_read = 0;
        stage.note_count = 0; /* of thousands; the client's own calls tell more */
        while (same > 0 && said->start[same - 1] != '\n')
            same--;
        client->console_read = same;
        fail_dialogue(client, NULL,
                      "All answers should have been shown, in this order. One of the "
                      "clients showed the first %zu of them as it should.",
                      lines);
    }
    text_free(&typed);
    text_free(&wanted);
}

static void client_memcheck(void)
{
    char port[8];
    struct peer *server = datagram_open("The server");
    struct peer *neighbour = datagram_open("A stranger");
    snprintf(port, sizeof port, "%u", server->port);
    struct program *client =
        program_start_memcheck("client", "-n", "60", "-w", "100", "localhost", port, NULL);
    type_line(client, "hello");
    expect_question(client, server, "1 hello");
    datagram_lose(server, &got);
    receive_question(client, server);
    send_back(server);
    expect_answer_shown(client, "hello");
    type_line(client, "");
    expect_question(client, server, "2 ");
    uint16_t from = got.from;
    datagram_send(neighbour, from, "2 lies", 6);
    datagram_send(server, from, "1 hello", 7);
    datagram_send(server, from, "2", 1);
    datagram_send(server, from, "", 0);
    datagram_send(server, from, "2 ", 2);
    expect_answer_shown(client, "");
    type_line(client, "much");
    expect_question(client, server, "3 much");
    memset(largest_data, 'x', DATAGRAM_MOST);
    largest_data[0] = '3';
    largest_data[1] = ' ';
    datagram_send(server, from, largest_data, DATAGRAM_MOST);
    expect_answer_shown(client, largest_data + 2);
    end_client(client);
    expect_clean(client, 0);
}

/* ---- the table ---- */

static const struct scenario *const scenarios[] = {
    SCENARIO(one_question, 4, "server: answers a datagram",
             "recvfrom tells how many bytes came, and from whom; sendto sends so many back there.",
             "No connection at all"),
    SCENARIO(port_asked, 2, "server: receives on the port it was asked for",
             "A port goes into a sockaddr_in in network byte order; bind gives it to the socket.",
             "No connection at all"),
    SCENARIO(every_address, 1, "server: can be reached at every address of the machine",
             "A socket that is bound to one address receives nothing that is sent to the others.",
             "No connection at all"),
    SCENARIO(port_taken, 3, "server: says so when another server has its port",
             "When bind fails, complain(\"bind\") says why, and udp_bind returns -1. For UDP, "
             "SO_REUSEADDR lets two sockets have one port: leave it out.",
             "No connection at all"),
    SCENARIO(two_peers, 4, "server: answers two clients by turns, each its own",
             "recvfrom fills in the address of the sender each time: the answer goes there.",
             "Everybody at one socket"),
    SCENARIO(hundred_peers, 2, "server: answers 100 clients at one socket",
             "One socket receives from everybody. What a client sent goes back to this client.",
             "Everybody at one socket"),
    SCENARIO(three_datagrams, 3, "server: answers three datagrams with three",
             "A datagram is received whole and by itself: one recvfrom, one sendto.",
             "A datagram is a message"),
    SCENARIO(empty_datagram, 2, "server: answers an empty datagram with an empty one",
             "recvfrom returning 0 is not an end: somebody has sent a datagram of 0 bytes.",
             "A datagram is a message"),
    SCENARIO(binary, 3, "server: answers bytes of every value, zeros among them",
             "A datagram is bytes, not text: its length is what recvfrom returned, not strlen.",
             "A datagram is a message"),
    SCENARIO(largest, 3, "server: answers the largest datagram there is",
             "A datagram may have up to 65,507 bytes, and what does not fit into the buffer is "
             "thrown away.",
             "The largest datagram"),
    SCENARIO(too_long, 4, "server: tells of a datagram over the limit, and answers nothing",
             "Say so on standard error, answer nothing, and go on with the next datagram. A buffer "
             "of exactly LIMIT bytes cannot show that there was more: one byte more can, or "
             "MSG_TRUNC.",
             "When a datagram is too long"),
    SCENARIO(burst, 1, "server: answers a burst of 60 datagrams",
             "What has come waits in the socket's queue, one datagram after another. Take them one "
             "by one.",
             "A datagram is a message"),
    SCENARIO(peer_gone, 1, "server: survives a client that is gone before its answer",
             "That nobody takes an answer concerns one client. The others are still there.",
             "Everybody at one socket"),
    SCENARIO(receiving_fails, 3, "server: goes on when receiving reports one client's error",
             "ECONNREFUSED from recvfrom tells of an earlier answer that met a closed port: go on "
             "with the next datagram.",
             "Everybody at one socket"),
    SCENARIO(sending_fails, 3, "server: tells when an answer cannot be sent, and goes on",
             "complain(\"sendto\") says so, and the next datagram is somebody else's.",
             "Everybody at one socket"),
    SCENARIO(interrupted, 1, "server: goes on when a signal interrupts it",
             "EINTR means that nothing has happened yet: make the call again.",
             "Everybody at one socket"),
    SCENARIO(socket_unusable, 2, "server: ends when its socket cannot be used at all",
             "EBADF will not go away: say what failed, and return -1. A loop that goes on would "
             "never end.",
             "Everybody at one socket"),
    SCENARIO(descriptors, 1, "server: opens no descriptor for each client",
             "One socket is enough for everybody. Whoever opens another must close it.",
             "Everybody at one socket"),
    VALGRIND(server_memcheck, 3, "server: is clean under valgrind",
             "valgrind tells where memory is used that is not yours or not set, and which "
             "descriptors are still open.",
             "What valgrind sees"),
    SCENARIO(client_question, 4, "client: asks a question and shows its answer",
             "A question travels as its number, a space and its bytes; the answer looks the same. "
             "What follows the space is shown.",
             "Numbers against late answers"),
    SCENARIO(client_numbers, 3, "client: counts its questions",
             "The first question is number 1, and each has one more than the one before. An empty "
             "line is a question too.",
             "Numbers against late answers"),
    SCENARIO(first_lost, 5, "client: asks again when a question is lost",
             "Nobody tells about a lost datagram: wait with a limit of time, then send it again.",
             "Nobody tells you about a loss"),
    SCENARIO(same_datagram, 3, "client: sends the same datagram again, from the same port",
             "A question keeps its number, its bytes and its socket, however often it is sent.",
             "Nobody tells you about a loss"),
    SCENARIO(late_answer, 2, "client: takes an answer to an earlier try",
             "All tries of a question have the same number: an answer to any of them will do.",
             "Numbers against late answers"),
    SCENARIO(duplicates, 3, "client: shows an answer that comes twice only once",
             "The second copy waits in the socket when the next question is asked: its number "
             "tells that it is old.",
             "Numbers against late answers"),
    SCENARIO(old_answer, 3, "client: does not take an old answer for the new one",
             "An answer begins with the number of its question. Another number is an answer to "
             "something else.",
             "Numbers against late answers"),
    SCENARIO(almost_right, 2, "client: takes no answer that only looks similar",
             "Compare all digits and the space behind them, and no more bytes than have come.",
             "Numbers against late answers"),
    SCENARIO(stranger, 4, "client: takes no answer from a stranger",
             "Anybody can send to the client's port. Compare the sender's address and port with "
             "the server's, or connect the socket.",
             "Answers from strangers"),
    SCENARIO(rubbish, 2, "client: is not kept waiting by a stream of rubbish",
             "Work out when the wait ends before it begins. What comes meanwhile does not move "
             "that moment.",
             "How long to wait"),
    SCENARIO(silence, 4, "client: gives up after the stated number of tries",
             "-n says how many datagrams are sent altogether, the first among them. After the last "
             "wait: complain, and return -1.",
             "Giving up"),
    SLOW(pauses, 2, "client: waits as long as it was told before each try",
         "-w is in milliseconds. poll takes these; a timeval has microseconds, and select may "
         "change it.",
         "How long to wait"),
    SLOW(nobody_there, 2, "client: gives up when nobody listens",
         "ECONNREFUSED counts as a lost datagram: wait, and try again, as often as it was told.",
         "Nobody there"),
    SCENARIO(server_returns, 2, "client: gets its answer when the server comes back",
             "ECONNREFUSED says that nobody listens at this moment. The next try may meet "
             "somebody.",
             "Nobody there"),
    SLOW(wait_interrupted, 1, "client: waits on when a signal interrupts its wait",
         "After EINTR the wait goes on with what is left of it: nothing is sent, nothing is "
         "over.",
         "How long to wait"),
    SCENARIO(
        client_unusable, 1, "client: ends when its socket cannot be used at all",
        "EBADF will not go away, however long the client waits: complain() with the name of the "
        "call, and return -1 at once.",
        "Giving up"),
    SCENARIO(question_too_long, 2, "client: tells when a question is too long",
             "More than 65,507 bytes do not fit into a datagram: send fails with EMSGSIZE, and "
             "trying again will not help.",
             "The largest datagram"),
    SCENARIO(largest_question, 1, "client: asks and shows 65,505 bytes",
             "Number, space and question may have 65,507 bytes together, and so may the answer.",
             "The largest datagram"),
    SCENARIO(two_clients, 1, "client: does not mind another client on the same machine",
             "The kernel chooses a free port for each client. A port of your own choice may be "
             "taken.",
             "No connection at all"),
    SCENARIO(localhost, 1, "client: finds the server by name",
             "getaddrinfo turns a name, or an address in digits, into addresses to send to. With "
             "AF_UNSPEC the first may be one of IPv6, where the server is not: ask for AF_INET.",
             "No connection at all"),
    SCENARIO(unknown_host, 1, "client: tells when a host cannot be found",
             "getaddrinfo returns its own error number; gai_strerror puts it into words.",
             "No connection at all"),
    SLOW(through_the_link, 3, "both: 1,000 questions come through a bad network",
         "30 of 100 datagrams are lost, some come twice or late. Numbers and tries are made "
         "for this.",
         "Nobody tells you about a loss"),
    VALGRIND(client_memcheck, 2, "client: is clean under valgrind",
             "valgrind tells where memory is used that is not yours or not set, and what is still "
             "allocated or open at the end. freeaddrinfo gives a list of addresses back.",
             "What valgrind sees"),
};

const struct lab lab_5 = {.name = "5-udp",
                          .handout = "handouts/en/5-udp.md",
                          .scenarios = scenarios,
                          .count = sizeof scenarios / sizeof scenarios[0],
                          .tasks = 512};
