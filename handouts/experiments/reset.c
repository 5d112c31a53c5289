/* reset: a close with bytes that nobody has read, and what the other end sees of it */
#include "kernel.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SENT = 100 };

/* Prints what a call of the client's returned. */
static void tell(const char *call, ssize_t result)
{
    if (result < 0)
        printf("  client: %-16s = -1, %s\n", call, strerror(errno));
    else
        printf("  client: %-16s = %zd\n", call, result);
}

/* The client sends 100 bytes. The server reads TAKEN of them, and closes. Then the client looks. */
static void close_after(int listener, const struct sockaddr_in *address, size_t taken)
{
    char bytes[SENT] = "";
    int unread = 0;
    int client = connect_to(address);
    int server = accept(listener, NULL, NULL);
    if (server < 0)
        fail("accept");

    tell("send 100 bytes", send(client, bytes, sizeof bytes, 0));
    wait_for_bytes(server, SENT);
    if (recv(server, bytes, taken, 0) < 0 || ioctl(server, FIONREAD, &unread) < 0)
        fail("recv");
    printf("  server: recv %zu bytes, then close with %d bytes unread\n", taken, unread);
    close(server);

    wait_for(client, POLLIN | POLLRDHUP, -1);
    printf("  kernel: the client's end is in state %s\n",
           tcp_state(port_on_this_side(client), ntohs(address->sin_port)));
    tell("recv", recv(client, bytes, sizeof bytes, 0));
    tell("send 1 byte", send(client, bytes, 1, MSG_NOSIGNAL));
    wait_for(client, POLLHUP, -1);
    tell("send 1 byte more", send(client, bytes, 1, MSG_NOSIGNAL));
    close(client);
}

int main(void)
{
    struct sockaddr_in address;
    int listener = open_listener(1, &address);
    puts("1. The server reads everything, then closes: FIN, \"I will send no more\".\n");
    close_after(listener, &address, SENT);
    puts("\n"
         "2. The server reads 60 bytes of 100, then closes: RST, \"your bytes are lost\".\n");
    close_after(listener, &address, 60);
    puts("\n"
         "recv returns 0 after a FIN: the orderly end. After an RST it returns -1,\n"
         "ECONNRESET: bytes were lost, and what the server had sent before may be lost\n"
         "as well. A send to a connection that is gone is EPIPE, and without\n"
         "MSG_NOSIGNAL the signal SIGPIPE, which ends the program. In part 1, the first\n"
         "send still succeeds: the kernel took the byte, and the answer is RST.\n"
         "\n"
         "Try next: Let the server send an answer before it closes in part 2. Does the\n"
         "client get it? Then leave out MSG_NOSIGNAL, and look at the exit status: echo\n"
         "$?");
    close(listener);
    return 0;
}
