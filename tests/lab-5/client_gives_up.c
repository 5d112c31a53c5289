/* The client: when it gives up. */
#include "lab-5/client.h"

#include <errno.h>
#include <string.h>

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

SCENARIO(silence, 4, "client: gives up after the stated number of tries",
         "-n says how many datagrams are sent altogether, the first among them. After the last "
         "wait: complain, and return -1.",
         "Giving up")
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

SLOW(nobody_there, 2, "client: gives up when nobody listens",
     "ECONNREFUSED counts as a lost datagram: wait, and try again, as often as it was told.",
     "Nobody there")
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

SCENARIO(server_returns, 2, "client: gets its answer when the server comes back",
         "ECONNREFUSED says that nobody listens at this moment. The next try may meet "
         "somebody.",
         "Nobody there")
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
    ask_and_answer(client, server, 1, "before");
    fault_error(client, GROUP_SENDING, EBADF, INT32_MAX, 0);
    type_line(client, "hello");
    dialogue_did("\"2 hello\" was to be asked, and sending failed with EBADF, for good.");
    enum wait_result result = program_wait(client);
    trust_fault(client, GROUP_SENDING, "make fail");
    if (result != DONE)
        fail_dialogue(client, server, "The client should have said so, and ended.");
    expect_failure(client, "Bad file descriptor", NULL);
}

SCENARIO(client_unusable, 1, "client: ends when its socket cannot be used at all",
         "EBADF will not go away, however long the client waits: complain() with the name of the "
         "call, and return -1 at once.",
         "Giving up")
{
    expect_end_of_sending();
    struct peer *server = datagram_open("The server");
    struct program *client = start_client(server, "2", LONG);
    ask_and_answer(client, server, 1, "before");
    fault_error(client, GROUP_RECEIVING, EBADF, INT32_MAX, 0);
    type_line(client, "hello");
    expect_question(client, server, "2 hello");
    /* The call it may be in already brings the first one still. */
    for (int i = 0; i < 2; i++)
        datagram_send(server, got.from, "1 rubbish", 9);
    dialogue_did("\"2 hello\" was asked, and receiving failed with EBADF, for good.");
    enum wait_result result = program_wait(client);
    trust_fault(client, GROUP_RECEIVING, "make fail");
    if (result != DONE)
        fail_dialogue(client, server, "The client should have said so, and ended.");
    expect_failure(client, "Bad file descriptor", NULL);
}
