#include "grader/expect/server.h"

#include "grader/expect/ending.h"
#include "grader/observe/connection.h"
#include "grader/play/begun.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first number in TEXT that stands behind BEFORE and ends its line; NULL if there is none. */
static const char *read_number(const char *text, const char *before, long *number)
{
    if (text == NULL)
        return NULL;
    while ((text = strstr(text, before)) != NULL) {
        char *end;
        text += strlen(before);
        *number = strtol(text, &end, 10);
        if (end != text && *end == '\n')
            return end;
    }
    return NULL;
}

/* The last one that it names: before, the program may have printed lines of its own, such as the
   port that it is going to ask for. */
bool says_its_port(struct program *server)
{
    const char *at = server->said.start;
    bool said = false;
    long port;
    while ((at = read_number(at, "listening on port ", &port)) != NULL)
        if (port >= 1 && port <= UINT16_MAX) {
            server->port = (uint16_t)port;
            said = true;
        }
    return said;
}

_Noreturn void fail_before(const char *did, struct program *program)
{
    struct text text = {0};
    program_look(program);
    if (program->ended) {
        program_must_have_begun(program);
        text_add(&text, _("The test started the %s, and it ended before it %s: "), _(program->role),
                 _(did));
        program_ending(&text, program);
        text_add(&text, _("."));
    } else {
        text_add(&text, _("The test started the %s, but it never %s."), _(program->role), _(did));
    }
    add_last_words(&text, program);
    fail_because(EXPECT_CONNECT, "%s", text.start);
}

static _Noreturn void fail_start(struct program *server)
{
    fail_before("listened", server);
}

static bool is_announced(void *argument)
{
    return says_its_port(argument);
}

static bool has_a_queue(void *argument)
{
    struct program *server = argument;
    says_its_port(server);
    return server->ended || connection_queue(server->port) != -1;
}

/* Waits until SERVER has printed its port and listens. It may print the port before it calls
   listen: one test checks that, and the others must not depend on it. */
static enum wait_result wait_for_port(struct program *server, int asked)
{
    server->asked_port = asked;
    enum wait_result result = stage_wait(NULL, is_announced, server);
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
