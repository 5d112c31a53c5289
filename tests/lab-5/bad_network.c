/* Clients and server, with a bad network between them. */
#include "grader/base/settings.h"
#include "grader/observe/procfs.h"
#include "lab-5/client.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The test itself is between the clients and the link, and passes datagrams on, so it sees each
 * try. By bad luck the link may lose many tries of a question, and a client that doubles its waits
 * would then wait for minutes. So after MERCY tries, a question goes around the link, directly to
 * the server and back.
 * The test also loses datagrams on purpose when a queue has become too long, and passes on only the
 * first try of a question, and then the next one after twice as many. (Not exactly the second, the
 * fourth, the eighth ...: on a busy machine each of these could be lost in too long a queue.)
 * Otherwise clients that ask again faster than a busy machine can answer would keep it busy with
 * late answers. For the same reason, the slower the server and the link started, the longer the
 * clients are told to wait.
 */
enum { ASKERS = 6, QUESTIONS = 167, MERCY = 3, AT_ONCE = 3, LOOK_MS = 1000, MOST_MS = 80 * 1000 };
static const double HOPELESS = 6; /* seconds */
static const double SLOWEST = 180;

struct asker {
    struct program *client;
    uint16_t port;      /* the client's; 0: it has not asked yet */
    struct peer *way;   /* towards the link */
    struct peer *round; /* around it */
    long number;        /* of its current question */
    int tries;
    int due;     /* the next try of it that is passed on */
    int at_once; /* its datagrams in this round */
};

struct crossing {
    struct peer *front; /* the clients send to this socket */
    size_t shown;       /* bytes on all consoles together */
    size_t wanted;      /* and how many there should be */
    double delayed;     /* procfs_delayed_seconds() at the last round */
    double passed;      /* seconds in which a processor was free */
    double idle;        /* the same, since a console last showed something */
    uint64_t look;      /* the next wait ends at this time at the latest */
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
    if (asker->tries == 1)
        asker->due = 1;
    asker->number = number;
    if (++asker->at_once > AT_ONCE || asker->tries < asker->due)
        return;
    asker->due = 2 * asker->tries;
    if (asker->tries <= MERCY)
        datagram_send(asker->way, crossing->link, got.bytes, got.length);
    else
        datagram_send(asker->round, crossing->server, got.bytes, got.length);
}

/* Answers to the current question always pass. */
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

/* Waits for LOOK_MS. Returns false to give up: no console has shown anything for a long time, or at
   this pace it would take minutes, because the waits are far too long. Time in which no processor
   was free does not count, because a thousand questions are a lot for a busy machine. */
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

/* Chooses the value of the clients' -w, in milliseconds: a sixteenth of the time that two programs
   took to start since BEGUN, so that it is small on an idle machine. */
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

SLOW(through_the_link, 1, "both: answer 1,000 questions over a bad network",
     "The network loses 30 of 100 datagrams; some arrive twice or late. Use the numbers, and send "
     "questions again.",
     "Nobody tells you about a loss")
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
        stage.note_count = 0; /* there are thousands; the client's own calls say more */
        while (same > 0 && said->start[same - 1] != '\n')
            same--;
        client->console_read = same;
        fail_dialogue(EXPECT_CONSOLE, client, NULL,
                      "Each client should have shown all its answers, in order. One of the clients "
                      "showed only the first %zu correctly.",
                      lines);
    }
    text_free(&typed);
    text_free(&wanted);
}
