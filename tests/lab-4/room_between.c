/* The room: what others do between two lockings of one thread, or before a thread that was woken
   has the lock again; and no memory for a newcomer. */
#include "lab-4/room.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* ---- between two lockings ---- */

enum act { JOINS, LEAVES, SPEAKS };

enum { LINE = 64 };

/* The line that the others get when CLIENT does ACT. */
static void tell(char line[LINE], const struct peer *client, enum act act, const char *words)
{
    static const char *const by_room[] = {[JOINS] = "joined", [LEAVES] = "left"};
    snprintf(line, LINE, "%s", line_of(client, act == SPEAKS ? words : by_room[act]));
}

/* What has come to PEER begins with LINE, or with as many other bytes. */
struct hearing {
    struct peer *peer;
    const char *line;
    bool is_it;
};

static bool has_come(void *argument)
{
    char bytes[LINE];
    struct hearing *hearing = argument;
    size_t length = strlen(hearing->line);
    if (recv(hearing->peer->fd, bytes, length, MSG_PEEK) != (ssize_t)length)
        return false;
    hearing->is_it = memcmp(bytes, hearing->line, length) == 0;
    return true;
}

/* PEER need not have heard LINE. Another line that is not shorter comes to it in any case. */
static void skip_if_heard(struct peer *peer, const char *line)
{
    struct hearing hearing = {.peer = peer, .line = line};
    peer->wants = POLLIN;
    stage_wait(peer, has_come, &hearing);
    peer->wants = 0;
    if (hearing.is_it)
        expect_line(peer, line);
}

/* The thread of an act is held at a gate, or the act has been told to the oldest and the newest. */
struct moment {
    const struct program *server;
    enum probe_group group;
    const char *line;
};

static bool is_held_or_told(void *argument)
{
    const struct moment *moment = argument;
    struct hearing oldest = {.peer = members[0], .line = moment->line};
    struct hearing newest = {.peer = members[member_count - 1], .line = moment->line};
    return gate_is_holding(moment->server, moment->group) ||
           (has_come(&oldest) && has_come(&newest));
}

/* Waits for that. Returns whether it is held. */
static bool wait_held_or_told(const struct program *server, enum probe_group group,
                              const char *line)
{
    struct moment moment = {server, group, line};
    struct peer *newest = members[member_count - 1];
    members[0]->wants = newest->wants = POLLIN;
    stage_wait(NULL, is_held_or_told, &moment);
    members[0]->wants = newest->wants = 0;
    return gate_is_holding(server, group);
}

/* CLIENT, a member unless it joins, does ACT. Returns it. */
static struct peer *begin(struct program *server, struct peer *client, enum act act,
                          const char *words)
{
    if (act == JOINS)
        return connect_next(server, "A newcomer");
    if (act == SPEAKS) {
        say_line(client, words);
        return client;
    }
    forget(client);
    leave(client, CLOSE);
    return client;
}

/* A client does ACT, and before its thread locks for the next time after SKIP others, another one
   joins or leaves: ANOTHER. */
static void act_between(struct program *server, enum act act, enum act another, int skip)
{
    static const char *const does[] = {"came", "left", "spoke"};
    char did[160];
    char lines[2][LINE];
    const char *both[2] = {lines[0], lines[1]};
    struct word word = new_word();
    struct peer *actor = act == JOINS ? NULL : enter(server, "The first client");
    struct peer *other = another == JOINS ? NULL : enter(server, "The second client");
    struct peer *newest = enter(server, "The newest member");
    snprintf(did, sizeof did,
             _("A client %s. Between two lockings of its thread, another client %s."), _(does[act]),
             _(does[another]));
    gate_arm(server, GROUP_LOCKING, skip, false);
    actor = begin(server, actor, act, word.letters);
    tell(lines[0], actor, act, word.letters);
    bool held = wait_held_or_told(server, GROUP_LOCKING, lines[0]);
    other = begin(server, other, another, NULL);
    tell(lines[1], other, another, NULL);
    if (held)
        let_others_come(server, 2); /* the one that is held seems to wait for the lock as well */
    gate_open(server, GROUP_LOCKING);
    expect_in_any_order(members[0], both, 2, did);
    expect_in_any_order(newest, both, 2, did);
    dialogue_did("%s", _(did));
    if (act == JOINS)
        expect_line(actor, lines[0]);
    if (act == SPEAKS)
        expect_line(actor, lines[1]);
    if (another == JOINS)
        expect_line(other, lines[1]);
    struct word last = new_word();
    say_line(members[0], last.letters);
    dialogue_did("%s Then the oldest member sent \"%s\".", _(did), last.letters);
    if (act == JOINS)
        skip_if_heard(members[member_count++] = actor, lines[1]);
    if (another == JOINS)
        skip_if_heard(members[member_count++] = other, lines[0]);
    expect_told(line_of(members[0], last.letters), members[0]);
    while (member_count > 1) {
        say_something(members[member_count - 1]);
        go(members[member_count - 1], CLOSE);
    }
}

SCENARIO(between_locks, 1, "room: what one thread has looked up, no other changes meanwhile",
         "What you have looked up holds only as long as you hold the lock: a free place, an index, "
         "a number of members. Look and act under one and the same locking.",
         "One lock, for as long as the work takes")
{
    struct program *server = start_server();
    enter(server, "The oldest member");
    for (int skip = 1; skip <= 2; skip++)
        for (enum act act = JOINS; act <= SPEAKS; act++)
            for (enum act another = JOINS; another <= LEAVES; another++)
                act_between(server, act, another, skip);
}

/* ---- waiting for a condition ---- */

/* A thread that waits for something to send has been woken, and is late: a newcomer is faster. */
static void join_before_woken(struct program *server, struct peer *speaker, const char *line)
{
    char lines[2][LINE];
    const char *both[2] = {lines[0], lines[1]};
    struct peer *newcomer = connect_next(server, "The newcomer");
    snprintf(lines[0], LINE, "%s", line);
    tell(lines[1], newcomer, JOINS, NULL);
    program_settle(server);
    gate_open(server, GROUP_WAKING);
    dialogue_did("A member spoke. Before a thread that was woken for that had the lock, a newcomer "
                 "came.");
    expect_line(newcomer, lines[1]);
    expect_line(speaker, lines[1]);
    expect_in_any_order(members[0], both, 2,
                        "A member spoke. Before a thread that was woken for that had the lock, a "
                        "newcomer came.");
    struct word word = new_word();
    say_line(speaker, word.letters);
    skip_if_heard(newcomer, line);
    members[member_count++] = newcomer;
    expect_told(line_of(speaker, word.letters), speaker);
}

/* A thread is about to wait for something to send, and right then there is something: the next that
   waits after SKIP others. */
static void speak_before_wait(struct program *server, struct peer *first, struct peer *second,
                              int skip)
{
    static const char did[] = "A member spoke. When a thread was about to wait for the next line "
                              "(pthread_cond_wait), another member spoke.";
    char lines[2][LINE];
    const char *both[2] = {lines[0], lines[1]};
    struct word words[2] = {new_word(), new_word()};
    tell(lines[0], first, SPEAKS, words[0].letters);
    tell(lines[1], second, SPEAKS, words[1].letters);
    program_settle(server);
    gate_arm(server, GROUP_WAKING, skip, false);
    say_line(first, words[0].letters);
    gate_wait(server, GROUP_WAKING);
    say_line(second, words[1].letters);
    program_settle(server);
    gate_open(server, GROUP_WAKING);
    dialogue_did("%s", _(did));
    expect_in_any_order(members[0], both, 2, did);
    expect_line(first, lines[1]);
    expect_line(second, lines[0]);
}

/* pthread_cond_wait returns although nobody has called pthread_cond_signal. */
static void wake_by_nobody(struct program *server, struct peer *speaker)
{
    enum { WAITS = 4 }; /* whichever thread it is that waits */
    bool hit = false;
    for (int skip = 0; skip <= WAITS; skip++) {
        program_settle(server); /* who has waited before waits again: it does not count */
        if (skip < WAITS)
            fault_error(server, GROUP_WAKING, EINTR, 1, skip);
        struct word word = new_word();
        say_line(speaker, word.letters);
        dialogue_did("A member spoke, and pthread_cond_wait returned although nobody had called "
                     "pthread_cond_signal, as it may.");
        expect_told(line_of(speaker, word.letters), speaker);
        hit = hit || fault_hits(server, GROUP_WAKING) > 0;
    }
    fault_off(server, GROUP_WAKING);
    if (!hit)
        program_needs_no_fault(server);
}

SCENARIO(woken_late, 1, "room: a thread that was woken looks again, under the lock",
         "pthread_cond_wait may return late, or for no reason, and a signal that nobody waits for "
         "is lost. So wait in a loop, `while (nothing to do)`, and change what it looks at under "
         "the same lock. Who has joined meanwhile is no receiver of what was said before.",
         "One lock, for as long as the work takes")
{
    struct program *server = start_server();
    enter(server, "The oldest member");
    struct peer *first = enter(server, "The first client");
    struct word word = new_word();
    char line[LINE];
    tell(line, first, SPEAKS, word.letters);
    program_settle(server); /* or who was woken before is held, and late */
    gate_arm(server, GROUP_WAKING, 0, true);
    say_line(first, word.letters);
    forget(first); /* who speaks is no witness */
    bool held = wait_held_or_told(server, GROUP_WAKING, line);
    members[member_count++] = first;
    if (!held) { /* nobody waits for a condition here */
        gate_open(server, GROUP_WAKING);
        expect_told(line, first);
        return;
    }
    join_before_woken(server, first, line);
    for (int skip = 0; skip < 3; skip++)
        speak_before_wait(server, first, members[member_count - 1], skip);
    wake_by_nobody(server, first);
}

/* ---- no memory ---- */

/* The server starts, and its allocation number SKIP fails. */
static void start_without_memory(int skip)
{
    fault_at_start(GROUP_ALLOCATING, ENOMEM, 0, 1, skip);
    struct program *server = program_start("server", "0", NULL);
    enum wait_result result = program_wait(server);
    if (fault_hits(server, GROUP_ALLOCATING) == 0) {
        program_needs_no_fault(server);
        program_terminate(server);
        return;
    }
    if (result != DONE)
        fail_because(EXPECT_EXIT,
                     "There was no memory for the room when the server started: malloc failed. "
                     "room_open should have returned NULL, and so the server have ended.");
    expect_failure(server, strerror(ENOMEM), NULL);
}

/* The last allocation that failed was in room.c. */
static bool failed_in_room(const struct program *server)
{
    struct line line = {.number = 0};
    uint64_t caller = trace_failed_at(server, CALL_MALLOC);
    if (caller != 0)
        places_find(server->path, &caller, 1, &line);
    return line.number > 0 && strcmp(line.file, "room.c") == 0;
}

/* A newcomer comes, and the server's next allocation after SKIP others fails. */
static void come_without_memory(struct program *server, int skip)
{
    char back[LINE];
    size_t before = server->complained.length;
    fault_error(server, GROUP_ALLOCATING, ENOMEM, 1, skip);
    struct peer *newcomer = connect_next(server, "The newcomer");
    const char *joined = line_of(newcomer, "joined");
    size_t received = peer_receive(newcomer, back, strlen(joined) + 1);
    bool failed = fault_hits(server, GROUP_ALLOCATING) > 0;
    fault_off(server, GROUP_ALLOCATING);
    if (received > 0) { /* it did without */
        dialogue_did("A newcomer came.");
        if (received < strlen(joined) + 1 || memcmp(back, joined, strlen(joined)) != 0)
            fail_because(EXPECT_LINE,
                         "A newcomer came, and should have got \"%s\". It got \"%.*s\".", joined,
                         (int)received, back);
        /* No header says what becomes of a line when there is no memory to send it to all. */
        struct word word = new_word();
        say_line(newcomer, word.letters);
        for (size_t i = 0; failed && i < member_count; i++)
            skip_if_heard(members[i], joined);
        if (!failed)
            expect_told(joined, NULL);
        expect_told(line_of(newcomer, word.letters), NULL);
        members[member_count++] = newcomer;
        go(newcomer, CLOSE);
        return;
    }
    if (!newcomer->finished && !newcomer->reset)
        fail_not_let_go(newcomer, failed ? "There was no memory for a newcomer (malloc failed)"
                                         : "A newcomer came");
    peer_close(newcomer);
    dialogue_did("There was no memory for a newcomer: malloc failed. It was let go.");
    say_something(members[0]);
    say_something(members[1]);
    program_look(server); /* it was said before the connection was closed */
    if (failed && server->complained.length == before && failed_in_room(server))
        fail_because(EXPECT_COMPLAINT,
                     "There was no memory for a newcomer: malloc failed in room_join. The server "
                     "should have said so on standard error (complain). It said nothing.");
}

SCENARIO(no_memory, 1, "room: goes on when there is no memory for a newcomer",
         "malloc may return NULL. Then complain, give back what you have, the lock first of all, "
         "and return -1: this newcomer is lost, and nobody else.",
         "One lock, for as long as the work takes")
{
    enum { MOST = 4 };
    for (int skip = 0; skip < 2; skip++)
        start_without_memory(skip);
    struct program *server = start_server();
    enter(server, "The first client");
    enter(server, "The second client");
    for (int skip = 0; skip < MOST; skip++) {
        come_without_memory(server, skip);
        enter(server, "The next client");
        say_something(members[0]);
    }
    if (!program_met_fault(server))
        program_needs_no_fault(server);
}
