/* The client: when it gives up. */
#include "lab-5/client.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

static const char closed_by_main[] = "udp_ask leaves the socket open, and main closes it.";

/* Returns whether TRIES waits of MS each that began at BEGUN are over. */
static bool are_over(uint64_t begun, int tries, int ms)
{
    return stage_now() - begun >= (uint64_t)(tries * shortest_wait(ms)) * MS;
}

/* Expects that CLIENT, which asked at the time BEGUN, ends with status 1 and a message, after TRIES
   waits of WAIT_MS. */
static void expect_giving_up(struct program *client, uint64_t begun, int tries, int wait_ms)
{
    expect_exit(client, 1);
    bool patient = are_over(begun, tries, wait_ms);
    long ms = (long)((stage_now() - begun) / MS);
    if (client->complained.length == 0 || has_words(&client->complained, "Success"))
        fail_because(EXPECT_COMPLAINT,
                     "There was no answer. The client ended with status 1, which is correct, but "
                     "did not print the reason on standard error (complain_because).");
    expect_closed_once(client, closed_by_main);
    if (!patient)
        fail_because(EXPECT_TIME,
                     "There was no answer. With -n %d -w %d the client should have waited %d times "
                     "%d ms. It gave up after %ld ms.",
                     tries, wait_ms, tries, wait_ms, ms);
}

/* The first try has arrived and was lost. Loses the others, at most MOST of them, and returns how
   many arrived altogether. *SHORTEST gets the shortest time between two of them, in milliseconds.
 */
static int lose_tries(struct peer *server, int most, long *shortest)
{
    int count = 1;
    uint64_t last = got.time;
    *shortest = LONG_MAX;
    for (datagram_lose(server, &got); count <= most && datagram_receive(server, &got); count++) {
        datagram_lose(server, &got);
        long waited = (long)((got.time - last) / MS);
        *shortest = waited < *shortest ? waited : *shortest;
        last = got.time;
    }
    return count;
}

SLOW(silence, 3, "client: gives up after the given number of tries",
     "-n is the number of datagrams altogether, with the first one. After the last wait, "
     "complain and return -1.",
     "Giving up")
{
    enum { MOST = 3, WAIT = 150 };
    long shortest;
    struct peer *server = datagram_open("The server");
    struct program *client = start_client(server, "3", "150");
    uint64_t begun = stage_now();
    type_line(client, "hello");
    expect_question(client, server, "1 hello");
    int count = lose_tries(server, MOST, &shortest);
    bool waited = are_over(got.time, 1, WAIT);
    if (count > MOST)
        fail_because(EXPECT_NOTHING,
                     "The server did not answer \"1 hello\". With -n 3 the client should have sent "
                     "it three times and given up. It sent it again.");
    if (!client->ended)
        fail_dialogue(EXPECT_DATAGRAM, client, server,
                      "The server did not answer. With -n 3 the client should have sent it three "
                      "times and given up. It sent it %d times.",
                      count);
    if (count < MOST)
        fail_because(EXPECT_DATAGRAM,
                     "The server did not answer \"1 hello\". With -n 3 the client should have sent "
                     "it three times before it gave up. It sent it %s.",
                     _(count == 1 ? "once" : "twice"));
    if (shortest < shortest_wait(WAIT))
        fail_because(EXPECT_TIME,
                     "The server did not answer \"1 hello\". With -n 3 -w 150 the client should "
                     "have waited at least 150 ms before each further try. Once it waited %ld ms.",
                     shortest);
    if (!waited)
        fail_because(EXPECT_TIME,
                     "The server did not answer \"1 hello\". With -n 3 -w 150 the client should "
                     "have waited 150 ms after the third try too, before it gave up. It ended "
                     "earlier.");
    expect_giving_up(client, begun, MOST, WAIT);
}

/* No socket has the server's port, and the client gets ECONNREFUSED at once. It must still sleep
   until its wait is over. */
static void expect_sleep_though_refused(void)
{
    enum { LOOK_MS = 150 };
    struct peer *server = datagram_open("The server");
    struct program *client = start_client(server, "2", LONG);
    datagram_leave(server);
    type_line(client, "hello");
    dialogue_did("With -w " LONG " the client asked \"hello\" while no server had the port.");
    if (keeps_busy(client, LOOK_MS))
        fail_dialogue(EXPECT_TIME, client, server,
                      "The client should have slept until its wait was over, but it was in a busy "
                      "loop.");
    if (client->ended)
        fail_dialogue(EXPECT_RUNNING, client, server,
                      "The client should have waited, and then tried again.");
    program_terminate(client);
}

/* Every send fails with ECONNREFUSED. */
static void expect_waits_for_refused_tries(void)
{
    struct peer *server = datagram_open("The server");
    struct program *client = start_client(server, "3", "40");
    fault_error(client, GROUP_SENDING, ECONNREFUSED, INT32_MAX, 0);
    uint64_t begun = stage_now();
    type_line(client, "hello");
    dialogue_did("Each time the client sent \"1 hello\", the call failed with ECONNREFUSED.");
    expect_giving_up(client, begun, 3, 40);
}

SLOW(nobody_there, 1, "client: gives up when there is no server",
     "ECONNREFUSED counts as a lost datagram: wait, and try again, up to the given number of "
     "tries.",
     "Nobody there")
{
    struct peer *server = datagram_open("The server");
    struct program *client = start_client(server, "4", "40");
    uint64_t begun = stage_now();
    type_line(client, "hello");
    expect_question(client, server, "1 hello");
    datagram_leave(server);
    datagram_lose(server, &got);
    dialogue_did("\"1 hello\" was lost, and then no server had the port.");
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

SCENARIO(server_returns, 1, "client: gets its answer when the server comes back",
         "ECONNREFUSED means that there is no server at this moment. The next try may find one.",
         "Nobody there")
{
    struct peer *server = datagram_open("The server");
    datagram_leave(server);
    struct program *client = start_client(server, MANY, "20");
    struct sendings sendings = {client, 3 * strlen("1 hello")};
    program_watch(client);
    /* Either sending or receiving reports the error. */
    fault_error(client, GROUP_SENDING, ECONNREFUSED, 1, 0);
    type_line(client, "hello");
    stage_wait(server, has_sent, &sendings);
    datagram_return(server);
    if (client->ended)
        fail_dialogue(EXPECT_DATAGRAM, client, server,
                      "For a moment no server had the port (Connection refused). The client should "
                      "have tried again.");
    dialogue_did("\"hello\" was typed while no server had the port. Then the server came back.");
    expect_question(client, server, "1 hello");
    send_back(server);
    expect_answer_shown(client, "hello");
    end_client(client);
}

/* Every send fails with EBADF: the client must report it, and must not wait for an answer. */
static void expect_end_of_sending(void)
{
    struct peer *server = datagram_open("The server");
    struct program *client = start_client(server, "2", LONG);
    ask_and_answer(client, server, 1, "before");
    fault_error(client, GROUP_SENDING, EBADF, INT32_MAX, 0);
    type_line(client, "hello");
    dialogue_did("When the client sent \"2 hello\", every send failed with EBADF.");
    enum wait_result result = program_wait(client);
    trust_fault(client, GROUP_SENDING, "make fail");
    if (result != DONE)
        fail_dialogue(EXPECT_EXIT, client, server,
                      "The client should have reported that, and ended.");
    expect_failure(client, "Bad file descriptor", NULL);
    expect_closed_once(client, closed_by_main);
}

/* udp_open need not connect its socket. If it does, and that fails, it closes the socket. */
static void expect_end_of_opening(void)
{
    struct peer *server = datagram_open("The server");
    fault_at_start(GROUP_CONNECTING, ENETUNREACH, 0, 1, 0);
    struct program *client = start_client(server, "2", LONG);
    type_line(client, "hello");
    if (!datagram_receive(server, &got)) {
        dialogue_did("connect failed with ENETUNREACH.");
        expect_failure(client, strerror(ENETUNREACH), NULL);
        expect_closed_after(client, "connect", CALL_CONNECT);
        expect_closed_once(client, "udp_open closes the socket when it fails, and main does not.");
    }
    if (fault_hits(client, GROUP_CONNECTING) == 0)
        program_needs_no_fault(client);
    if (!client->ended)
        program_terminate(client);
}

SCENARIO(client_unusable, 1, "client: ends when its socket cannot be used",
         "After EBADF no later call can succeed: call complain() with the name of the call, and "
         "return -1 at once.",
         "Giving up")
{
    expect_end_of_opening();
    expect_end_of_sending();
    struct peer *server = datagram_open("The server");
    struct program *client = start_client(server, "2", LONG);
    ask_and_answer(client, server, 1, "before");
    fault_error(client, GROUP_RECEIVING, EBADF, INT32_MAX, 0);
    type_line(client, "hello");
    expect_question(client, server, "2 hello");
    /* A call that already waits may still receive the first one. */
    for (int i = 0; i < 2; i++)
        datagram_send(server, got.from, "1 rubbish", 9);
    dialogue_did("After the client sent \"2 hello\", every receive failed with EBADF.");
    enum wait_result result = program_wait(client);
    trust_fault(client, GROUP_RECEIVING, "make fail");
    if (result != DONE)
        fail_dialogue(EXPECT_EXIT, client, server,
                      "The client should have reported that, and ended.");
    expect_failure(client, "Bad file descriptor", NULL);
    expect_closed_once(client, closed_by_main);
}
