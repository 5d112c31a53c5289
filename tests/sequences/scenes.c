/* The scenes. The server is held after each of its calls, so that the states are those of that
   moment: nothing goes on until they have been read from the kernel. */
#include "grader/base/settings.h"
#include "grader/expect/scenario.h"
#include "grader/expect/server.h"
#include "grader/observe/connection.h"
#include "grader/observe/trace.h"
#include "grader/play/orders.h"
#include "grader/play/peer.h"
#include "grader/play/program.h"
#include "sequences/sequences.h"

#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HELD = 4, MOST_LOOKS = 20 };
static const enum probe_group held[HELD] = {GROUP_ACCEPTING, GROUP_RECEIVING, GROUP_SENDING,
                                            GROUP_CLOSING};

/* From here on `server` is that of LAB. */
static void take_programs_of(const char *lab)
{
    static char folder[4096];
    snprintf(folder, sizeof folder, "%s/%s", trees, lab);
    settings.programs = folder;
}

/* The server of the scene, held after each call that a row is about. */
static struct program *start_held_server(void)
{
    for (size_t i = 0; i < HELD; i++)
        gate_at_start(held[i], 0, true);
    return start_server();
}

static const char *name_of(int state)
{
    static const char *const names[] = {[TCP_ESTABLISHED] = "ESTABLISHED",
                                        [TCP_SYN_SENT] = "SYN-SENT",
                                        [TCP_SYN_RECV] = "SYN-RECEIVED",
                                        [TCP_FIN_WAIT1] = "FIN-WAIT-1",
                                        [TCP_FIN_WAIT2] = "FIN-WAIT-2",
                                        [TCP_TIME_WAIT] = "TIME-WAIT",
                                        [TCP_CLOSE] = "",
                                        [TCP_CLOSE_WAIT] = "CLOSE-WAIT",
                                        [TCP_LAST_ACK] = "LAST-ACK",
                                        [TCP_CLOSING] = "CLOSING"};
    bool is_known = state > 0 && (size_t)state < sizeof names / sizeof names[0];
    return is_known && names[state] != NULL ? names[state] : "";
}

static bool never(void *unused)
{
    (void)unused;
    return false;
}

/* A FIN that is not acknowledged yet: the other kernel may take 40 ms for that. */
static bool waits_for_acknowledgement(int state)
{
    return state == TCP_FIN_WAIT1 || state == TCP_CLOSING || state == TCP_LAST_ACK;
}

/* Waits until everything rests, and reads the states of both ends of PEER's connection. */
static void rest(const struct peer *peer, int *here, int *there)
{
    for (int looks = 0; looks < MOST_LOOKS; looks++) {
        stage_settle(NULL, never, NULL);
        connection_states(peer, here, there);
        if (!waits_for_acknowledgement(*here) && !waits_for_acknowledgement(*there))
            return;
    }
    grader_fault("a FIN was not acknowledged");
}

/* Adds a row, with the states of both ends of PEER's connection when everything rests. */
static void add_row(const struct peer *peer, const char *client, const char *arrow,
                    const char *label, const char *server)
{
    int here;
    int there;
    char *story = stage.result->story;
    size_t used = strlen(story);
    rest(peer, &here, &there);
    snprintf(story + used, sizeof stage.result->story - used,
             "%s" SEPARATOR "%s" SEPARATOR "%s" SEPARATOR "%s" SEPARATOR "%s" SEPARATOR "%s\n",
             name_of(here), client, arrow, label, server, name_of(there));
}

static void client_does(const struct peer *peer, const char *call, const char *label)
{
    add_row(peer, call, strcmp(label, "-") == 0 ? "" : ">", label, "");
}

/* The last call of GROUP that the server has made. */
static void last_call(const struct program *server, enum probe_group group, struct text *call)
{
    size_t count;
    struct step *steps = trace_steps(server, &count);
    for (size_t i = count; i > 0 && call->length == 0; i--)
        if (trace_group(&steps[i - 1].event) == group && steps[i - 1].event.is_socket)
            trace_call(call, &steps[i - 1].event);
    free(steps);
}

/* Waits until the server has made its next call of GROUP, adds its row, and lets it go on. ARROW is
   what travels to the client then: "<", or "" for nothing. */
static void server_does(struct program *server, enum probe_group group, const struct peer *peer,
                        const char *arrow, const char *label)
{
    struct text call = {0};
    if (gate_wait(server, group) != DONE)
        grader_fault("the server did not make the call that the scene has next");
    last_call(server, group, &call);
    add_row(peer, "", arrow, label, call.start != NULL ? call.start : "");
    text_free(&call);
    gate_next(server, group);
}

static void client_receives(struct peer *peer, size_t length, const char *call)
{
    char bytes[64];
    if (length > sizeof bytes || peer_receive(peer, bytes, length) != length)
        grader_fault("the client did not receive what the scene has next");
    client_does(peer, call, "-");
}

SCENE(run_echo, "One client of the echo server, from connect to the end")
{
    take_programs_of("1-echo");
    struct program *server = start_held_server();
    struct peer *client = peer_connect("client", "127.0.0.1", server->port);
    client_does(client, "connect = 0", "");
    server_does(server, GROUP_ACCEPTING, client, "", "");
    peer_send(client, "hello", 5);
    client_does(client, "send 5", "");
    server_does(server, GROUP_RECEIVING, client, "", "");
    server_does(server, GROUP_SENDING, client, "<", "");
    client_receives(client, 5, "recv = 5");
    peer_half_close(client);
    client_does(client, "shutdown", "FIN");
    server_does(server, GROUP_RECEIVING, client, "", "");
    server_does(server, GROUP_CLOSING, client, "<", "FIN");
    peer_close(client);
    client_does(client, "recv = 0, close", "-");
}

SCENE(run_time_wait, "The server ends while a client is connected")
{
    take_programs_of("1-echo");
    struct program *server = start_server();
    struct peer *client = peer_connect("client", "127.0.0.1", server->port);
    client_does(client, "connect = 0", "");
    peer_send(client, "hello", 5);
    char bytes[5];
    if (peer_receive(client, bytes, sizeof bytes) != sizeof bytes)
        grader_fault("no echo has come");
    add_row(client, "send 5, recv = 5", "=", "", "recv = 5, send = 5");
    program_terminate(server);
    add_row(client, "", "<", "FIN", "ends: killed by SIGTERM");
    peer_close(client);
    client_does(client, "recv = 0, close", "FIN");
}

SCENE(run_turns, "Two people take a turn each, and the client leaves")
{
    take_programs_of("2-chat");
    struct program *server = start_held_server();
    struct peer *client = peer_connect("client", "127.0.0.1", server->port);
    client_does(client, "connect = 0", "");
    server_does(server, GROUP_ACCEPTING, client, "", "");
    peer_send(client, "hel", 3);
    client_does(client, "send \"hel\"", "");
    server_does(server, GROUP_RECEIVING, client, "", "");
    peer_send(client, "lo\n", 3);
    client_does(client, "send \"lo\\n\"", "");
    server_does(server, GROUP_RECEIVING, client, "", "");
    program_type(server, "hi there\n", 9);
    server_does(server, GROUP_SENDING, client, "<", "");
    client_receives(client, 9, "recv = 9");
    peer_close(client);
    client_does(client, "close", "FIN");
    server_does(server, GROUP_RECEIVING, client, "", "");
    server_does(server, GROUP_CLOSING, client, "<", "FIN");
}
