/* The eight calls of a connection, in the order in which they happen, both ends in one process. The
   address is a file name instead of an IP address and a port; everything else is as with TCP. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Prints what CALL returned, and ends the program if that was -1. */
static int shown(const char *call, int result, const char *meaning)
{
    if (result < 0) {
        perror(call);
        exit(1);
    }
    printf("%-8s = %d   %s\n", call, result, meaning);
    return result;
}

int main(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "eight.socket"};
    char text[100];
    unlink(address.sun_path); /* a name from an earlier run; no error if there is none */

    int listener = shown("socket", socket(AF_UNIX, SOCK_STREAM, 0), "the server's first socket");
    shown("bind", bind(listener, (struct sockaddr *)&address, sizeof address), "it has an address");
    shown("listen", listen(listener, 1), "clients can connect now");

    int client = shown("socket", socket(AF_UNIX, SOCK_STREAM, 0), "the client's only socket");
    shown("connect", connect(client, (struct sockaddr *)&address, sizeof address),
          "connected, before accept");
    int conn = shown("accept", accept(listener, NULL, NULL), "the server's second socket");

    shown("send", (int)send(client, "ding", 4, 0), "bytes taken from the client");
    shown("recv", (int)recv(conn, text, sizeof text, 0), "bytes arrived at the server");
    shown("close", close(client), "the client has finished");
    shown("recv", (int)recv(conn, text, sizeof text, 0), "end of file");

    close(conn);
    close(listener);
    unlink(address.sun_path);
    return 0;
}
