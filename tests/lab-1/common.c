#include "lab-1/common.h"

#include <stdio.h>
#include <string.h>

char much[MUCH];

struct peer *connect_with_small_buffers(struct program *server, const char *name)
{
    enum { SMALL_BUFFERS = 32 * 1024 };
    atomic_store(&server->orders->buffers, SMALL_BUFFERS);
    peer_buffers(SMALL_BUFFERS);
    struct peer *client = connect_client(server, name);
    peer_buffers(0);
    return client;
}

static size_t count_clients(void)
{
    size_t count = 0;
    for (size_t i = 0; i < stage.peer_count; i++)
        count += !stage.peers[i]->listening;
    return count;
}

/* How many lines `[N] connected` the console shows, whatever number is in them. */
static size_t count_sessions(const char *console)
{
    size_t count = 0;
    for (const char *line = console; line != NULL && *line != '\0';) {
        int end = 0;
        sscanf(line, "[%*d] connected%n", &end);
        count += end > 0 && line[end] == '\n';
        line = strchr(line, '\n');
        line = line != NULL ? line + 1 : NULL;
    }
    return count;
}

void expect_no_session_too_many(struct program *server, const char *why)
{
    size_t clients = count_clients();
    program_look(server);
    size_t sessions = count_sessions(server->said.start);
    if (sessions <= clients)
        return;
    stage.explained = true;
    fail_because(EXPECT_RUNNING,
                 "%s, the server reported %zu clients as connected, and only %zu had connected. It "
                 "must not start a session without a connection.",
                 _(why), sessions, clients);
}
