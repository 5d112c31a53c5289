/* Lab 5: client and server are both the reference, and the test is the network between them. It
   loses datagrams, and lets others come late. */
#include "grader/expect/datagrams.h"
#include "grader/expect/scenario.h"
#include "grader/play/datagram.h"
#include "sequences/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_DATAGRAMS = 10 };

static struct peer *network;
static struct program *server;
static struct program *client;
static struct datagram passing[MOST_DATAGRAMS]; /* by their numbers in the rows */
static int count;
static uint16_t client_port;
static size_t shown;    /* so much of the client's console has been seen, */
static size_t timeouts; /* and so many waits that ended without one */

/* The client waits for an answer for WAIT ms: long enough for all that the test does meanwhile. */
static void start_both(const char *wait)
{
    char port[8];
    take_programs_of("5-udp");
    network = datagram_open("the network");
    server = start_datagram_server();
    snprintf(port, sizeof port, "%u", network->port);
    client = program_start("client", "-n", "5", "-w", wait, "127.0.0.1", port, NULL);
}

/* The last call of PROGRAM on a socket that has moved a datagram. */
static void add_last_call(struct text *text, const struct program *program, enum probe_group group)
{
    size_t steps;
    struct step *step = trace_steps(program, &steps);
    for (size_t i = steps; i > 0 && text->length == 0; i--)
        if (trace_group(&step[i - 1].event) == group && step[i - 1].event.is_socket &&
            step[i - 1].event.result > 0) {
            step[i - 1].event.port = 0; /* another one in each run */
            trace_call(text, &step[i - 1].event);
        }
    free(step);
}

/* Adds the row of a call of PROGRAM that has sent or received datagram NUMBER. */
static void row_of(const struct program *program, enum probe_group group, const char *arrow,
                   const char *label, const char *margin)
{
    struct text call = {0};
    everything_rests();
    add_last_call(&call, program, group);
    const char *words = call.start != NULL ? call.start : "";
    bool is_left = program == client;
    write_row(margin, is_left ? words : "", arrow, label, is_left ? "" : words, "", "");
    text_free(&call);
}

static void sent(const struct program *program, bool lost)
{
    char arrow[16];
    char label[24];
    const struct datagram *datagram = &passing[count];
    snprintf(label, sizeof label, "%.20s", datagram->bytes);
    snprintf(arrow, sizeof arrow, lost ? "%cx" : "%c%d", program == client ? '>' : '<', count);
    row_of(program, GROUP_SENDING, arrow, label, "");
}

/* Adds a row if a wait of the client has ended without a datagram since the last question. It may
   take two calls: the first may end a moment too early. */
static void add_timeout(void)
{
    struct text call = {0};
    size_t steps;
    size_t found = 0;
    struct step *step = trace_steps(client, &steps);
    for (size_t i = 0; i < steps; i++) {
        const struct probe_event *event = &step[i].event;
        bool waited = trace_group(event) == GROUP_WAITING && !trace_is_pending(event);
        if (waited && event->result == 0 && ++found > timeouts && call.start == NULL)
            trace_call(&call, event);
    }
    free(step);
    timeouts = found;
    if (call.start != NULL)
        write_row("time-out", call.start, "", "", "", "", "");
    text_free(&call);
}

/* Takes the next datagram out of the network. Returns its number. */
static int next_one(void)
{
    count++;
    if (count >= MOST_DATAGRAMS || !datagram_receive(network, &passing[count]))
        grader_fault("no datagram has come where the scene has one");
    return count;
}

/* The client's next question, which is lost, or under way from now on. Returns its number. */
static int asks(bool lost)
{
    int number = next_one();
    client_port = passing[number].from;
    add_timeout();
    sent(client, lost);
    return number;
}

/* Question NUMBER comes to the server. Returns the number of its answer. */
static int comes_to_server(int number, bool lost)
{
    char arrow[16];
    snprintf(arrow, sizeof arrow, ".%d", number);
    datagram_send(network, server->port, passing[number].bytes, passing[number].length);
    int answer = next_one();
    row_of(server, GROUP_RECEIVING, arrow, "", "");
    sent(server, lost);
    return answer;
}

/* Answer NUMBER comes to the client. The margin says what it makes of it. */
static void comes_to_client(int number)
{
    char arrow[16];
    snprintf(arrow, sizeof arrow, ".%d", number);
    datagram_send(network, client_port, passing[number].bytes, passing[number].length);
    everything_rests();
    row_of(client, GROUP_RECEIVING, arrow, "", client->said.length > shown ? "shown" : "dropped");
    shown = client->said.length;
}

SCENE_OF_DATAGRAMS(run_lost, "A question is lost, and then an answer")
{
    start_both("1200");
    program_type(client, "one\n", 4);
    asks(true);
    comes_to_server(asks(false), true);
    comes_to_client(comes_to_server(asks(false), false));
}

SCENE_OF_DATAGRAMS(run_late, "An answer comes late, while the client waits for another one")
{
    start_both("3000");
    program_type(client, "one\n", 4);
    int slow = comes_to_server(asks(false), false);
    int second = comes_to_server(asks(false), false);
    comes_to_client(slow);
    program_type(client, "two\n", 4);
    int right = comes_to_server(asks(false), false);
    comes_to_client(second);
    comes_to_client(right);
}
