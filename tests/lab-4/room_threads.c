/* room.c by itself, with many threads in it, and what others do between two lockings of one. */
#include "lab-4/calls.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

enum { TOGETHER = 8, LINE = 64 };

/* ---- many threads ---- */

/* Makes the calls that are typed as LINES, each in a thread of its own. The first that sends is
   held until all the others have come as far as they can. */
static void call_together(struct program *driver, char (*lines)[LINE])
{
    program_settle(driver);
    gate_arm(driver, GROUP_SENDING, 0, false);
    for (size_t i = 0; i < TOGETHER; i++)
        tell(driver, "&%s", lines[i]);
    need_gate(driver, GROUP_SENDING);
    let_others_come(driver, TOGETHER - 1);
    gate_open(driver, GROUP_SENDING);
}

/* Both members that stay are told WORDS of all CLIENTS, in any order. */
static void expect_all_told(struct peer *const *clients, const char *words, const char *did)
{
    char texts[TOGETHER][LINE];
    const char *lines[TOGETHER];
    for (size_t i = 0; i < TOGETHER; i++) {
        snprintf(texts[i], LINE, "%s", line_of(clients[i], words));
        lines[i] = texts[i];
    }
    dialogue_did("%s", _(did));
    for (size_t i = 0; i < member_count; i++)
        expect_in_any_order(members[i], lines, TOGETHER, did);
}

/* ARGUMENT, a listener, has got the last line that is said, or gets nothing any more. */
static bool has_all(void *argument)
{
    struct listener *listener = argument;
    listen_on(listener);
    return listener->peer->finished || listener->peer->reset ||
           (listener->heard.length > 0 && strstr(listener->heard.start, "the last") != NULL);
}

static void expect_own_joined_first(struct peer *client, const char *did)
{
    struct listener listener = {.peer = client};
    const char *joined = line_of(client, "joined");
    client->wants = POLLIN;
    stage_wait(client, has_all, &listener);
    client->wants = 0;
    const char *heard = listener.heard.length > 0 ? listener.heard.start : "";
    if (strncmp(heard, joined, strlen(joined)) != 0 || strstr(heard, "the last\n") == NULL) {
        struct text got = {0};
        text_quote(&got, heard, strlen(heard), 300);
        fail_because(EXPECT_LINE,
                     "%s One of them should have got its own \"%s\" first, and in the end what "
                     "another member said (\"the last\"). It got:%s",
                     _(did), joined, got.length > 0 ? got.start : _(" nothing."));
    }
    text_free(&listener.heard);
}

/* TOGETHER clients join at the same time. */
static void join_together(struct program *driver, struct peer **clients)
{
    static const char did[] = "Eight threads called room_join at the same time.";
    char lines[TOGETHER][LINE];
    for (size_t i = 0; i < TOGETHER; i++) {
        clients[i] = connect_next(driver, "A client that joins with others");
        snprintf(lines[i], LINE, "join");
    }
    call_together(driver, lines);
    expect_all_told(clients, "joined", did);
    tell(driver, "say 0 the last");
    for (size_t i = 1; i < member_count; i++)
        expect_line(members[i], line_of(members[0], "the last"));
    for (size_t i = 0; i < TOGETHER; i++)
        expect_own_joined_first(clients[i], did);
}

static void announce_together(struct program *driver)
{
    static const char did[] = "Eight threads called room_announce at the same time.";
    char lines[TOGETHER][LINE];
    char texts[TOGETHER][LINE];
    const char *told[TOGETHER];
    for (size_t i = 0; i < TOGETHER; i++) {
        struct word word = new_word();
        snprintf(lines[i], LINE, "announce 0 %s", word.letters);
        snprintf(texts[i], LINE, "server says: %s", word.letters);
        told[i] = texts[i];
    }
    call_together(driver, lines);
    dialogue_did("%s", did);
    for (size_t i = 0; i < member_count; i++)
        expect_in_any_order(members[i], told, TOGETHER, did);
}

SCENARIO(many_threads, 2, "room: many threads join, speak and leave at the same time",
         "Hold the lock from the first access to the last send. Build each line in a local buffer.",
         "One lock, for as long as the work takes")
{
    static const char spoke[] = "Eight threads called room_say at the same time.";
    static const char left[] = "Eight threads called room_leave at the same time.";
    struct peer *clients[TOGETHER];
    char lines[TOGETHER][LINE];
    struct program *driver = fill_room(2);
    join_together(driver, clients);
    for (size_t i = 0; i < TOGETHER; i++)
        snprintf(lines[i], LINE, "say %zu together", i + 2);
    call_together(driver, lines);
    expect_all_told(clients, "together", spoke);
    announce_together(driver);
    for (size_t i = 0; i < TOGETHER; i++)
        snprintf(lines[i], LINE, "leave %zu", i + 2);
    call_together(driver, lines);
    expect_all_told(clients, "left", left);
    tell(driver, "say 1 the last");
    expect_line(members[0], line_of(members[1], "the last"));
}

/* ---- between two lockings ---- */

/* A thread is held at the gate, or the oldest and the newest member have been told something. */
static bool is_held_or_told(void *driver)
{
    char byte;
    return gate_is_holding(driver, GROUP_LOCKING) ||
           (peer_peek(members[0], &byte) != -1 && peer_peek(members[1], &byte) != -1);
}

static bool wait_held_or_told(struct program *driver)
{
    members[0]->wants = members[1]->wants = POLLIN;
    stage_wait(NULL, is_held_or_told, driver);
    members[0]->wants = members[1]->wants = 0;
    return gate_is_holding(driver, GROUP_LOCKING);
}

/* Somebody who is in the room for a moment only. */
struct guest {
    struct peer *peer;
    size_t seat;
    char line[LINE]; /* what the others are told of it */
};

static size_t seats; /* how many have been taken */

static void take_seat(struct program *driver, struct guest *guest)
{
    guest->peer = connect_next(driver, "A guest");
    guest->seat = seats++;
}

/* What GUEST is going to do, it can do: unless it is to join, it is in the room. */
static void prepare(struct program *driver, struct guest *guest, const char *word)
{
    if (strcmp(word, "join") == 0)
        return;
    take_seat(driver, guest);
    tell(driver, "join");
    for (size_t i = 0; i < member_count; i++)
        expect_line(members[i], line_of(guest->peer, "joined"));
}

/* Does it, in a thread of its own. */
static void begin(struct program *driver, struct guest *guest, const char *word)
{
    if (strcmp(word, "join") == 0)
        take_seat(driver, guest);
    tell(driver, "&%s %zu hello", word, guest->seat);
    const char *words = strcmp(word, "join") == 0    ? "joined"
                        : strcmp(word, "leave") == 0 ? "left"
                                                     : "hello";
    snprintf(guest->line, LINE, "%s", line_of(guest->peer, words));
}

/* One guest does FIRST, and before its thread locks for the next time after SKIP others, another
   guest does SECOND. */
static void call_between(struct program *driver, const char *first, const char *second, int skip)
{
    char did[160];
    struct guest guests[2];
    prepare(driver, &guests[0], first);
    prepare(driver, &guests[1], second);
    program_settle(driver);
    gate_arm(driver, GROUP_LOCKING, skip, false);
    begin(driver, &guests[0], first);
    bool held = wait_held_or_told(driver);
    begin(driver, &guests[1], second);
    if (held)
        let_others_come(driver, 2); /* the one that is held seems to wait for the lock as well */
    gate_open(driver, GROUP_LOCKING);
    snprintf(did, sizeof did,
             _("A thread called room_%s. Between two lockings of it, another one called room_%s."),
             first, second);
    dialogue_did("%s", _(did));
    const char *lines[2] = {guests[0].line, guests[1].line};
    for (size_t i = 0; i < member_count; i++)
        expect_in_any_order(members[i], lines, 2, did);
    for (size_t i = 0; i < 2; i++) {
        if (strstr(guests[i].line, "left") != NULL)
            continue;
        tell(driver, "leave %zu", guests[i].seat);
        for (size_t k = 0; k < member_count; k++)
            expect_line(members[k], line_of(guests[i].peer, "left"));
    }
    struct word word = new_word();
    tell(driver, "say 0 %s", word.letters);
    dialogue_did("%s Then the oldest member sent \"%s\".", _(did), word.letters);
    expect_told(line_of(members[0], word.letters), members[0]);
}

SCENARIO(calls_between, 2, "room: what one call looks up under the lock still holds",
         "A place, an index or a number of members may be another one when the lock was free in "
         "between. Look and act under one and the same locking.",
         "One lock, for as long as the work takes")
{
    static const char *const cases[][2] = {{"leave", "leave"}, {"leave", "join"}, {"join", "join"},
                                           {"join", "leave"},  {"say", "leave"},  {"say", "join"}};
    struct program *driver = fill_room(2);
    seats = 2;
    for (int skip = 1; skip <= 2; skip++)
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
            call_between(driver, cases[i][0], cases[i][1], skip);
}
