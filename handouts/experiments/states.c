/* states: the TCP states of both ends, from listen to TIME_WAIT, and a close that is forgotten */
#include "kernel.h"

#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* One row: what was done, and how /proc/net/tcp names the state of both ends now. */
static void tell(const char *done, uint16_t client, uint16_t server)
{
    printf("  %-36s %-12s %s\n", done, tcp_state(client, server), tcp_state(server, client));
}

static void orderly(int listener, const struct sockaddr_in *address)
{
    uint16_t to = ntohs(address->sin_port);
    puts("1. A connection, from its beginning to its end.\n");
    printf("  %-36s %-12s %s\n", "", "client", "server");
    printf("  %-36s %-12s %s\n", "server: socket, bind, listen", "", tcp_state(to, 0));
    int client = connect_to(address);
    uint16_t from = port_on_this_side(client);
    wait_for(listener, POLLIN, -1);
    tell("client: connect (not accepted yet)", from, to);
    int server = accept(listener, NULL, NULL);
    if (server < 0)
        fail("accept");
    tell("server: accept", from, to);
    shutdown(client, SHUT_WR);
    wait_for_tcp_state(client, TCP_FIN_WAIT2); /* the server's kernel has the FIN */
    wait_for(server, POLLRDHUP, -1);
    tell("client: shutdown(SHUT_WR), sends FIN", from, to);
    shutdown(server, SHUT_WR);
    wait_for_tcp_state(server, TCP_CLOSE); /* the client's kernel has the other FIN */
    tell("server: shutdown(SHUT_WR), sends FIN", from, to);
    close(client);
    close(server);
    tell("both: close", from, to);
    puts("\n"
         "The end that closes first waits in TIME_WAIT, for 60 seconds in Linux.\n"
         "close(2) sends a FIN as shutdown(2) does, if that was the last descriptor of\n"
         "the connection.\n");
}

static void forgotten(int listener, const struct sockaddr_in *address)
{
    uint16_t to = ntohs(address->sin_port);
    puts("2. The same, but the server forgets to close.\n");
    int client = connect_to(address);
    uint16_t from = port_on_this_side(client);
    int server = accept(listener, NULL, NULL);
    if (server < 0)
        fail("accept");
    tell("client: connect; server: accept", from, to);
    shutdown(client, SHUT_WR);
    wait_for_tcp_state(client, TCP_FIN_WAIT2);
    wait_for(server, POLLRDHUP, -1);
    close(client);
    tell("client: close", from, to);
    char byte;
    if (recv(server, &byte, 1, 0) != 0)
        fail("recv");
    tell("server: recv = 0, and no close", from, to);
    puts("\n"
         "It stays in CLOSE_WAIT until the server closes it or ends: no time limit\n"
         "helps. Each client that leaves costs such a server one more descriptor.");
}

int main(void)
{
    struct sockaddr_in address;
    int listener = open_listener(1, &address);
    orderly(listener, &address);
    forgotten(listener, &address);
    puts("\n"
         "Try next: Run `ss -tan` in another terminal at once: the TIME_WAIT of part 1\n"
         "is there. Then let the server be the first to call shutdown. On which side is\n"
         "TIME_WAIT?");
    close(listener);
    return 0;
}
