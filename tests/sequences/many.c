/* Labs 3 and 4: many clients at a time. */
#include "grader/expect/scenario.h"
#include "sequences/rows.h"

#include <stdio.h>
#include <string.h>

/* ---- lab 3 ---- */

/* Connects NAME, whom a new child serves. The parent stays in fork until the child has closed what
   it does not need: otherwise both would close at the same time. */
static struct peer *connect_to_child(struct program *server, const char *name)
{
    struct peer *client = peer_connect(name, "127.0.0.1", server->port);
    peer_does(client, "connect = 0", "");
    program_does(server, GROUP_ACCEPTING, client, "", "");
    program_did(server, GROUP_FORKING, client, "", "");
    program_does(server, GROUP_CLOSING, client, "", "");
    gate_next(server, GROUP_FORKING);
    program_does(server, GROUP_CLOSING, client, "", "");
    return client;
}

static void talk_to_child(struct program *server, struct peer *client)
{
    peer_send(client, "hello\n", 6);
    peer_does(client, "send 6", "");
    program_does(server, GROUP_RECEIVING, client, "", "");
    program_does(server, GROUP_SENDING, client, "<", "");
    peer_receives(client, 6, "recv = 6");
}

SCENE(run_fork, "Two clients, a process for each: who closes what")
{
    take_programs_of("3-fork");
    rows_name_who();
    struct program *server = start_held_server();
    struct peer *first = connect_to_child(server, "A");
    talk_to_child(server, first);
    connect_to_child(server, "B");
    talk_to_child(server, first);
}

SCENE(run_child_ends, "One of two clients leaves: its process ends, and the parent reaps it")
{
    take_programs_of("3-fork");
    rows_name_who();
    struct program *server = start_server();
    struct peer *first = connect_and_speak(server, "A");
    struct peer *second = connect_and_speak(server, "B");
    waits(server, "C1", first);
    waits(server, "C2", second);
    hold_from_now_on(server);
    gate_arm(server, GROUP_REAPING, 0, false);
    peer_close(first);
    peer_does(first, "close", "FIN");
    program_does(server, GROUP_RECEIVING, first, "", "");
    program_does(server, GROUP_CLOSING, first, "<", "FIN");
    if (gate_wait(server, GROUP_REAPING) != DONE || children_zombies() != 1)
        grader_fault("the parent does not reap when a child has ended");
    add_row(first, "", "", "", "C1 has ended: a zombie");
    gate_next(server, GROUP_REAPING); /* held again in front of the next waitpid */
    if (gate_wait(server, GROUP_REAPING) != DONE || children_zombies() != 0)
        grader_fault("the parent does not look whether more children have ended");
    last_call_did(server, CALL_WAITPID, first, "", "");
    gate_open(server, GROUP_REAPING);
    last_call_did(server, CALL_WAITPID, first, "", "");
    talk_to_child(server, second);
}

/* ---- lab 4 ---- */

/* Connects NAME, who reads what the room says about it. OTHERS are in the room already. */
static struct peer *enter(struct program *server, const char *name, struct peer *const *others)
{
    char bytes[64];
    enum { JOINED = 15 }; /* `[40284] joined` and a newline: no port of a client is shorter */
    struct peer *client = peer_connect(name, "127.0.0.1", server->port);
    if (peer_receive(client, bytes, JOINED) != JOINED)
        grader_fault("no joined has come");
    for (; *others != NULL; others++)
        if (peer_receive(*others, bytes, JOINED) != JOINED)
            grader_fault("no joined has come to the others");
    return client;
}

/* The room sends MEMBER what SPEAKER did. It arrives before anything goes to the next one: so it is
   MEMBER's. */
static void is_told(struct program *server, struct peer *member, const struct peer *speaker,
                    const char *words)
{
    char line[40];
    char bytes[sizeof line];
    char call[40];
    int length = snprintf(line, sizeof line, "[%d] %s\n", speaker->port, words);
    program_did(server, GROUP_SENDING, member, "<", "");
    if (peer_receive(member, bytes, (size_t)length) != (size_t)length ||
        memcmp(bytes, line, (size_t)length) != 0)
        grader_fault("a member did not get the line that the scene has next");
    snprintf(call, sizeof call, "recv \"[%s] %s\"", speaker->name, words);
    peer_does(member, call, "-");
    gate_next(server, GROUP_SENDING);
}

SCENE(run_room, "A line for the others in the room, and one of three leaves")
{
    take_programs_of("4-pthread");
    rows_name_who();
    struct program *server = start_server();
    struct peer *members[4] = {NULL};
    members[0] = enter(server, "A", members);
    members[1] = enter(server, "B", members);
    members[2] = enter(server, "C", members);
    waits(server, "T2", members[0]);
    waits(server, "T3", members[1]);
    waits(server, "T4", members[2]);
    hold_from_now_on(server);
    peer_send(members[0], "hello\n", 6);
    peer_does(members[0], "send \"hello\"", "");
    program_does(server, GROUP_RECEIVING, members[0], "", "");
    is_told(server, members[2], members[0], "hello");
    is_told(server, members[1], members[0], "hello");
    peer_close(members[0]);
    peer_does(members[0], "close", "FIN");
    program_does(server, GROUP_RECEIVING, members[0], "", "");
    is_told(server, members[2], members[0], "left");
    is_told(server, members[1], members[0], "left");
    program_does(server, GROUP_CLOSING, members[0], "<", "FIN");
}
