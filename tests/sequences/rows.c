/* The rows: what they say, and when they are written down. */
#include "sequences/rows.h"

#include "grader/base/settings.h"
#include "grader/expect/server.h"
#include "grader/explain/actors.h"
#include "grader/explain/query.h"
#include "grader/observe/connection.h"
#include "grader/observe/trace.h"
#include "grader/play/orders.h"

#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LOOKS = 20 };

static bool many;       /* several peers, and several processes or threads: the rows name them */
static bool peer_right; /* the test plays the server, on the right */

void rows_name_who(void)
{
    many = true;
}

void rows_have_peer_right(void)
{
    peer_right = true;
}

/* ---- the states ---- */

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

void everything_rests(void)
{
    stage_settle(NULL, never, NULL);
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
        everything_rests();
        connection_states(peer, here, there);
        if (!waits_for_acknowledgement(*here) && !waits_for_acknowledgement(*there))
            return;
    }
    grader_fault("a FIN was not acknowledged");
}

/* ---- the rows ---- */

void write_row(const char *left_margin, const char *left, const char *arrow, const char *label,
               const char *right, const char *right_margin, const char *who)
{
    char *story = stage.result->story;
    size_t used = strlen(story);
    size_t room = sizeof stage.result->story - used;
    int length = snprintf(story + used, room,
                          "%s" SEPARATOR "%s" SEPARATOR "%s" SEPARATOR "%s" SEPARATOR "%s" SEPARATOR
                          "%s" SEPARATOR "%s\n",
                          left_margin, left, arrow, label, right, right_margin, who);
    if (length < 0 || (size_t)length >= room)
        grader_fault("the scene has too many rows");
}

void add_row(const struct peer *peer, const char *left, const char *arrow, const char *label,
             const char *right)
{
    int here;
    int there;
    rest(peer, &here, &there);
    const char *mine = name_of(here);
    const char *other = name_of(there);
    write_row(peer_right ? other : mine, left, arrow, label, right, peer_right ? mine : other,
              many && !peer_right ? peer->name : "");
}

void peer_does(const struct peer *peer, const char *call, const char *label)
{
    bool is_silent = strcmp(label, "-") == 0;
    const char *arrow = is_silent ? "" : peer_right ? "<" : ">";
    add_row(peer, peer_right ? "" : call, arrow, is_silent ? "" : label, peer_right ? call : "");
}

void peer_receives(struct peer *peer, size_t length, const char *call)
{
    char bytes[64];
    if (length > sizeof bytes || peer_receive(peer, bytes, length) != length)
        grader_fault("the peer did not receive what the scene has next");
    peer_does(peer, call, "-");
}

/* ---- the calls of the program ---- */

/* The calls of PROGRAM, as far as it takes to tell who made one. */
static struct evidence calls_of(const struct program *program)
{
    struct evidence e = {.program.pid = program->pid};
    e.steps = trace_steps(program, &e.count);
    return e;
}

/* The mark of the child with the number PID. */
static void add_child(struct text *text, const struct evidence *e, int64_t pid)
{
    char mark[ACTOR_SIZE] = "";
    const struct step *forked = LAST(e, NULL, .call = IS(CALL_FORK), .result = IS(pid));
    if (forked != NULL)
        actor_started(mark, e, forked);
    text_add(text, " = %s", mark);
}

/* The call, and who made it. Numbers of processes differ from run to run: their marks do not. */
static void add_call(struct text *text, const struct evidence *e, const struct step *step)
{
    char mark[ACTOR_SIZE] = "";
    struct probe_event event;
    memcpy(&event, &step->event, sizeof event);
    event.port = 0;
    if (many)
        actor_mark(mark, e, step);
    if (many && mark[0] == '\0') /* it is about to fork for the first time */
        snprintf(mark, sizeof mark, "P");
    text_add(text, "%s%s", mark, mark[0] != '\0' ? " " : "");
    enum probe_group group = trace_group(&event);
    bool starts = group == GROUP_FORKING || group == GROUP_THREADING;
    if (starts || (group == GROUP_REAPING && event.result > 0)) {
        text_add(text, "%s()", trace_name(&event));
        if (!starts) {
            add_child(text, e, event.result);
            return;
        }
        actor_started(mark, e, step);
        text_add(text, " → %s", mark);
        return;
    }
    trace_call(text, &event);
}

static bool is_call_of(const struct step *step, enum probe_group group, int32_t tid)
{
    bool moves = group == GROUP_RECEIVING || group == GROUP_SENDING || group == GROUP_CLOSING;
    return trace_group(&step->event) == group && (step->event.is_socket || !moves) &&
           (tid == 0 || step->event.tid == tid);
}

static char *last_call(const struct program *program, enum probe_group group, int32_t tid)
{
    struct text call = {0};
    struct evidence e = calls_of(program);
    for (size_t i = e.count; i > 0 && call.length == 0; i--)
        if (is_call_of(&e.steps[i - 1], group, tid))
            add_call(&call, &e, &e.steps[i - 1]);
    free(e.steps);
    return call.start != NULL ? call.start : strdup("");
}

static char *last_call_named(const struct program *program, enum probe_call name)
{
    struct text call = {0};
    struct evidence e = calls_of(program);
    const struct step *step = LAST(&e, NULL, .call = IS(name), .how = RETURNED);
    if (step != NULL)
        add_call(&call, &e, step);
    free(e.steps);
    return call.start != NULL ? call.start : strdup("");
}

static void add_call_row(const struct peer *peer, char *call, const char *arrow, const char *label)
{
    add_row(peer, peer_right ? call : "", arrow, label, peer_right ? "" : call);
    free(call);
}

void program_did(struct program *program, enum probe_group group, const struct peer *peer,
                 const char *arrow, const char *label)
{
    if (gate_wait(program, group) != DONE)
        grader_fault("the program did not make the call that the scene has next");
    int32_t tid = gate_holds_whom(program, group);
    add_call_row(peer, last_call(program, group, tid), arrow, label);
}

void program_does(struct program *program, enum probe_group group, const struct peer *peer,
                  const char *arrow, const char *label)
{
    program_did(program, group, peer, arrow, label);
    gate_next(program, group);
}

void last_call_did(const struct program *program, enum probe_call call, const struct peer *peer,
                   const char *arrow, const char *label)
{
    everything_rests();
    add_call_row(peer, last_call_named(program, call), arrow, label);
}

void waits(const struct program *program, const char *actor, const struct peer *peer)
{
    struct text call = {0};
    char mark[ACTOR_SIZE] = "";
    everything_rests();
    struct evidence e = calls_of(program);
    for (size_t i = e.count; i > 0 && call.length == 0; i--) {
        actor_mark(mark, &e, &e.steps[i - 1]);
        if (strcmp(mark, actor) == 0)
            add_call(&call, &e, &e.steps[i - 1]);
    }
    free(e.steps);
    if (call.start == NULL)
        grader_fault("nobody waits whom the scene has next");
    add_call_row(peer, call.start, "", "");
}

/* ---- the programs ---- */

void take_programs_of(const char *lab)
{
    static char folder[4096];
    snprintf(folder, sizeof folder, "%s/%s", trees, lab);
    settings.programs = folder;
}

static const enum probe_group held[] = {GROUP_ACCEPTING, GROUP_RECEIVING, GROUP_SENDING,
                                        GROUP_CLOSING,   GROUP_FORKING,   GROUP_THREADING};
enum { HELD = sizeof held / sizeof held[0] };

struct program *start_held_server(void)
{
    for (size_t i = 0; i < HELD; i++)
        gate_at_start(held[i], 0, true);
    return start_server();
}

void hold_from_now_on(struct program *program)
{
    everything_rests();
    for (size_t i = 0; i < HELD; i++)
        gate_arm(program, held[i], 0, true);
}
