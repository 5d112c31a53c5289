#include "lab-1/common.h"

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
