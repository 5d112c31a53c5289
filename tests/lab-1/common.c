#include "lab-1/common.h"

#include <stdio.h>
#include <string.h>

char megabyte[MEGABYTE];

struct peer *connect_with_small_buffers(struct program *server, const char *name)
{
    enum { SMALL_BUFFERS = 64 * 1024 };
    atomic_store(&server->orders->buffers, SMALL_BUFFERS);
    peer_buffers(SMALL_BUFFERS);
    struct peer *client = connect_client(server, name);
    peer_buffers(0);
    return client;
}

/* How many peers of this test had PORT; and how often the console has said LINE before AT. */
static size_t count_peers(long port)
{
    size_t count = 0;
    for (size_t i = 0; i < stage.peer_count; i++)
        count += !stage.peers[i]->listening && stage.peers[i]->port == port;
    return count;
}

static size_t count_before(const char *start, const char *at, const char *line, size_t length)
{
    size_t count = 0;
    while ((start = memmem(start, (size_t)(at - start), line, length)) != NULL) {
        count++;
        start += length;
    }
    return count;
}

void expect_only_clients_told(struct program *server, const char *why)
{
    size_t length;
    program_look(server);
    const char *start = server->said.start;
    for (const char *line = start; line != NULL && *line != '\0'; line += length) {
        int end = 0;
        long port = -1;
        length = strcspn(line, "\n");
        length += line[length] == '\n';
        bool told = sscanf(line, "[%ld] connected%n", &port, &end) == 1 && end > 0;
        if (!told || line[end] != '\n' ||
            count_before(start, line, line, length) < count_peers(port))
            continue;
        stage.explained = true;
        fail_because("%s, the server's console said \"%.*s\". No such client had come: is there a "
                     "session for a call of accept that has failed?",
                     why, end, line);
    }
}
