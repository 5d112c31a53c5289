/* Playing the server to a client. */
#include "lab-5/client.h"

#include "grader/expect/people.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* A wait may end, and a clock be read, one tick too early: SO_RCVTIMEO counts ticks, and so does
   CLOCK_MONOTONIC_COARSE. Whoever counts whole milliseconds loses another one. */
long shortest_wait(long ms)
{
    struct timespec tick = {.tv_nsec = 10 * (long)MS};
    clock_getres(CLOCK_MONOTONIC_COARSE, &tick);
    return ms - (2 * tick.tv_nsec / (long)MS + 1);
}

static struct datagram asked; /* the last question */

struct program *start_client(const struct peer *server, const char *tries, const char *wait)
{
    char port[8];
    asked.length = 0;
    stage.note_count = 0; /* the ladder is about this client */
    snprintf(port, sizeof port, "%u", server->port);
    return program_start("client", "-n", tries, "-w", wait, "127.0.0.1", port, NULL);
}

void receive_question(const struct program *client, struct peer *server)
{
    if (datagram_receive(server, &got))
        return;
    struct text said = {0};
    if (client->complained.length > 0) {
        text_add(&said, _(" On standard error it printed: \""));
        text_harmless(&said, client->complained.start, strcspn(client->complained.start, "\n"), 80,
                      false);
        text_add(&said, "\".");
    }
    fail_dialogue(EXPECT_DATAGRAM, client, server,
                  "The client should have sent a datagram. None arrived.%s",
                  said.start != NULL ? said.start : "");
}

void expect_question_bytes(const struct program *client, struct peer *server, const char *words,
                           size_t length)
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
    text_add(&text, _("the client should have sent the datagram \""));
    text_harmless(&text, words, length, 40, false);
    text_add(&text, _("\" (%zu bytes). It sent \""), length);
    text_harmless(&text, got.bytes, got.length, 60, false);
    text_add(&text, _("\" (%zu bytes)."), got.length);
    stage.back = got.bytes;
    stage.back_length = got.length;
    fail_because(EXPECT_DATAGRAM, "A line was typed at the client's keyboard, and %s", text.start);
}

void expect_question(const struct program *client, struct peer *server, const char *words)
{
    expect_question_bytes(client, server, words, strlen(words));
}

void send_back(struct peer *server)
{
    datagram_send(server, got.from, got.bytes, got.length);
}

void expect_answer_shown(struct program *client, const char *words)
{
    expect_said_next(client, "server says: ", words);
}

void ask_and_answer(struct program *client, struct peer *server, int number, const char *line)
{
    char words[100];
    snprintf(words, sizeof words, "%d %s", number, line);
    type_line(client, line);
    expect_question(client, server, words);
    send_back(server);
    expect_answer_shown(client, line);
}

void end_client(struct program *client)
{
    type_end(client);
    expect_exit(client, 0);
}

void expect_no_effect(struct program *client, struct peer *server, const char *what)
{
    dialogue_did("%s", _(what));
    program_settle(client);
    if (client->ended)
        fail_dialogue(EXPECT_RUNNING, client, server,
                      "The client should still have waited for its answer.");
    if (is_shown(client, "server says"))
        fail_dialogue(EXPECT_NOTHING, client, server, "The client should have shown nothing yet.");
    if (datagram_take(server, &got))
        fail_dialogue(EXPECT_NOTHING, client, server,
                      "The client should have ignored that and waited until its time-out. But it "
                      "sent its question again at once.");
}
