/* reuse: a server that starts again on its port, with and without SO_REUSEADDR */
#include "kernel.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Returns a listener on the port of *ADDRESS; port 0 lets the kernel choose one, which is written
 *to ADDRESS. -1, with errno, if bind fails. */
static int start_server(struct sockaddr_in *address, bool reuse)
{
    int on = reuse;
    socklen_t length = sizeof *address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0)
        fail("socket");
    if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0)
        fail("setsockopt");
    if (bind(listener, (struct sockaddr *)address, sizeof *address) < 0) {
        close(listener);
        return -1;
    }
    if (listen(listener, 5) < 0)
        fail("listen");
    if (getsockname(listener, (struct sockaddr *)address, &length) < 0)
        fail("getsockname");
    return listener;
}

/* Serves one client; the server closes first. Returns the client's port. */
static uint16_t serve_one(int listener, const struct sockaddr_in *address)
{
    char byte;
    int client = connect_to(address);
    uint16_t port = port_on_this_side(client);
    int server = accept(listener, NULL, NULL);
    if (server < 0)
        fail("accept");
    close(server);
    if (recv(client, &byte, 1, 0) != 0) /* waits for the server's FIN */
        fail("recv");
    shutdown(client, SHUT_WR);
    wait_for_tcp_state(client, TCP_CLOSE); /* the server's end is in TIME_WAIT now */
    close(client);
    return port;
}

static void tell_result(const char *what, int listener)
{
    printf("  %-36s %s\n", what, listener < 0 ? strerror(errno) : "succeeds");
    if (listener >= 0)
        close(listener);
}

/* The first server, with or without the option; then a second one, in both ways. */
static void start_again(bool first_reuses)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int listener = start_server(&address, first_reuses);
    if (listener < 0)
        fail("bind");
    uint16_t port = ntohs(address.sin_port);
    uint16_t client = serve_one(listener, &address);
    printf("  the first server listens; bind of another one:\n");
    tell_result("    with SO_REUSEADDR", start_server(&address, true));
    close(listener);
    printf("  the first server has ended; its old connection: %s\n", tcp_state(port, client));
    tell_result("    bind without SO_REUSEADDR", start_server(&address, false));
    tell_result("    bind with SO_REUSEADDR", start_server(&address, true));
}

int main(void)
{
    puts("1. The first server has set SO_REUSEADDR before its bind.\n");
    start_again(true);
    puts("\n"
         "2. The first server has not.\n");
    start_again(false);
    puts("\n"
         "A connection in TIME_WAIT keeps its port for 60 seconds. With SO_REUSEADDR,\n"
         "bind takes the port all the same. Linux asks both sockets: the old one must\n"
         "have set the option as well (an accepted socket has the options of its\n"
         "listener). Two servers that listen at once on one port need another option,\n"
         "SO_REUSEPORT.\n"
         "\n"
         "Try next: In serve_one, let the client close first. Where is TIME_WAIT now,\n"
         "and what does bind return without the option?");
    return 0;
}
