#include "grader/expect/server.h"

#include "grader/expect/ending.h"
#include "grader/observe/connection.h"
#include "grader/play/begun.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *read_number(const char *text, const char *before, long *number)
{
    const char *found = text == NULL ? NULL : strstr(text, before);
    char *end;
    if (found == NULL)
        return NULL;
    *number = strtol(found + strlen(before), &end, 10);
    return *end == '\n' ? end : NULL;
}

static bool says_its_port(void *argument)
{
    struct program *server = argument;
    long port;
    if (read_number(server->said.start, "listening on port ", &port) == NULL || port < 1 ||
        port > UINT16_MAX)
        return false;
    server->port = (uint16_t)port;
    return true;
}

_Noreturn void fail_before(const char *did, struct program *program)
{
    struct text text = {0};
    program_look(program);
    if (program->ended) {
        program_must_have_begun(program);
        text_add(&text, "The test started the %s, and it ended before it %s: ", program->role, did);
        program_ending(&text, program);
        text_add(&text, ".");
    } else {
        text_add(&text, "The test started the %s, but it never %s.", program->role, did);
    }
    add_last_words(&text, program);
    fail_because(EXPECT_CONNECT, "%s", text.start);
}

static _Noreturn void fail_start(struct program *server)
{
    fail_before("listened", server);
}

static bool has_a_queue(void *argument)
{
    const struct program *server = argument;
    return server->ended || connection_queue(server->port) != -1;
}

/* Waits until SERVER has printed its port and listens. It may print the port before it calls
   listen: one test checks that, and the others must not depend on it. */
static enum wait_result wait_for_port(struct program *server, int asked)
{
    server->asked_port = asked;
    enum wait_result result = stage_wait(NULL, says_its_port, server);
    if (result == DONE && !stage.datagrams)
        stage_settle(NULL, has_a_queue, server);
    return result;
}

struct program *expect_listening(struct program *server)
{
    int asked = server->asked_port == -1 ? 0 : server->asked_port;
    if (wait_for_port(server, asked) != DONE)
        fail_start(server);
    return server;
}

struct program *start_server(void)
{
    return expect_listening(program_start("server", "0", NULL));
}

struct program *start_server_memcheck(void)
{
    return expect_listening(program_start_memcheck("server", "0", NULL));
}

struct program *start_server_helgrind(void)
{
    return expect_listening(program_start_helgrind("server", "0", NULL));
}

struct program *start_server_with_operator(void)
{
    return expect_listening(program_start("server", "-i", "0", NULL));
}

struct program *start_server_that_repeats(void)
{
    return expect_listening(program_start("server", "-e", "0", NULL));
}

static struct program *launch_server(uint16_t port)
{
    char number[8];
    snprintf(number, sizeof number, "%u", port);
    return program_start("server", number, NULL);
}

bool try_server_on(uint16_t port)
{
    return wait_for_port(launch_server(port), port) == DONE;
}

struct program *start_server_on(uint16_t port)
{
    struct program *server = launch_server(port);
    enum wait_result result = wait_for_port(server, port);
    if (result == ENDED && peer_port_taken(port))
        return NULL;
    if (result != DONE)
        fail_start(server);
    return server;
}

struct peer *connect_client(struct program *server, const char *name)
{
    return peer_connect(name, "127.0.0.1", server->port);
}
