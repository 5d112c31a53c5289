#include "lab-2/common.h"

#include "grader/expect/complaint.h"

#include <stdio.h>
#include <string.h>

void turn(struct program *server, struct peer *client, const char *line, const char *answer)
{
    say_line(client, line);
    expect_said(server, "client says: ", line);
    type_line(server, answer);
    expect_line(client, answer);
}

void ask(struct program *client, struct peer *server, const char *line, const char *answer)
{
    type_line(client, line);
    expect_line(server, line);
    say_line(server, answer);
    expect_said(client, "server says: ", answer);
}

struct peer *come(struct program *server, const char *name)
{
    int error = 0;
    struct peer *client = peer_begin_connect(name, "127.0.0.1", server->port);
    if (peer_end_connect(client, &error) != DONE || error != 0)
        fail_dialogue(EXPECT_CONNECT, server, NULL, "%s could not connect (%s).", _(name),
                      _(error == 0 ? "no answer" : strerror(error)));
    return client;
}

struct peer *come_and_talk(struct program *server, const char *name)
{
    struct peer *client = come(server, name);
    turn(server, client, new_word().letters, new_word().letters);
    return client;
}

void say_in_two(struct program *program, struct peer *peer, const char *line, size_t cut)
{
    say_piece(program, peer, line, cut);
    say_line(peer, line + cut);
    dialogue_did("%s sent \"%.*s\", and a moment later \"%s\\n\".", peer->name, (int)cut, line,
                 line + cut);
}

struct peer *meet(struct program *(*start)(const char *, ...), struct program **client)
{
    struct peer *server = meet_client(start, client);
    dialogue_did("The test started the client, and the client connected.");
    return server;
}

struct peer *meet_and_talk(struct program **client)
{
    struct peer *server = meet(program_start, client);
    ask(*client, server, new_word().letters, new_word().letters);
    return server;
}

void expect_complaint(struct program *program, const char *words)
{
    program_settle(program); /* if it has crashed, the report says so */
    const char *said = program->complained.start;
    if (said != NULL && strstr(said, words) != NULL) {
        expect_complained_of(program, NULL, words);
        return;
    }
    fail_dialogue(EXPECT_COMPLAINT, program, NULL,
                  "The %s should have printed the reason on standard error (\"%s\"). It printed "
                  "%s.",
                  _(program->role), words, _(said == NULL ? "nothing" : "something else"));
}

void expect_not_shown(struct program *program, const char *words)
{
    if (is_shown(program, words))
        fail_dialogue(EXPECT_NOTHING, program, NULL,
                      "The %s's console should not have shown \"%s\".", _(program->role), words);
}

void expect_nothing_said(struct program *program)
{
    if (is_anything_said(program, PROMPT))
        fail_dialogue(EXPECT_NOTHING, program, NULL, "The %s should have printed nothing more.",
                      _(program->role));
}

const char *letters(size_t length)
{
    static char line[2 * LIMIT];
    fill_letters(line, length);
    line[length] = '\0';
    return line;
}

const char *const farewells[] = {"bye", "exit", "quit", "q", NULL};

void expect_left_told(struct program *program, const char *who, size_t count)
{
    char line[40];
    size_t told = 0;
    int length = snprintf(line, sizeof line, "%s left\n", who);
    program_look(program);
    for (const char *at = program->said.start; at != NULL && (at = strstr(at, line)) != NULL;
         at += length)
        told++;
    if (told == count)
        return;
    stage.explained = told > 0; /* if it never was, there may be a reason */
    fail_dialogue(
        EXPECT_CONSOLE, program, NULL,
        "The %s's console should have shown \"%s left\" once for each %s that left: %zu %s "
        "in all. It showed this line %zu %s.",
        _(program->role), who, _(who), count, text_plural(count, "time", "times"), told,
        text_plural(told, "time", "times"));
}
