/* stream: three sends, and how many receives it takes to get them */
#include "kernel.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *const messages[] = {"one", "two", "three"};
enum { MESSAGES = 3, ALL = 3 + 3 + 5 /* bytes in all messages */ };

static void send_one(int sock, const char *message)
{
    if (send(sock, message, strlen(message), 0) < 0)
        fail("send");
    printf("  client: send \"%s\"\n", message);
}

/* Returns the number of bytes that one recv took. */
static ssize_t receive_once(int conn, size_t room)
{
    char buffer[64];
    ssize_t length = recv(conn, buffer, room, 0);
    if (length <= 0)
        fail("recv");
    printf("  server: recv(%zu) = %zd  \"%.*s\"\n", room, length, (int)length, buffer);
    return length;
}

/* The server reads after each send. */
static int read_at_once(int client, int server)
{
    int receives = 0;
    for (int i = 0; i < MESSAGES; i++) {
        send_one(client, messages[i]);
        wait_for(server, POLLIN, -1);
        receive_once(server, 64);
        receives++;
    }
    return receives;
}

/* The server is busy with something else. When all three have arrived, it reads, with ROOM bytes of
   room in its buffer. */
static int read_late(int client, int server, size_t room)
{
    int receives = 0;
    ssize_t missing = ALL;
    for (int i = 0; i < MESSAGES; i++)
        send_one(client, messages[i]);
    wait_for_bytes(server, ALL);
    for (; missing > 0; receives++)
        missing -= receive_once(server, room);
    return receives;
}

int main(void)
{
    struct sockaddr_in address;
    int listener = open_listener(1, &address);
    int client = connect_to(&address);
    int server = accept(listener, NULL, NULL);
    if (server < 0)
        fail("accept");
    puts("1. The server reads after each send.");
    printf("   3 sends, %d receives.\n\n", read_at_once(client, server));
    puts("2. The server reads when all three have arrived.");
    printf("   3 sends, %d receive.\n\n", read_late(client, server, 64));
    puts("3. The same, with room for 8 bytes.");
    printf("   3 sends, %d receives. The first ends in the middle of \"three\".\n\n",
           read_late(client, server, 8));
    puts("The kernel keeps the bytes and their order. It does not keep where a send\n"
         "ended.\n"
         "\n"
         "Try next: In part 3, change 8 to 3, and predict each recv before you run it.\n"
         "Then let each message end with a newline. How does the server find the end of\n"
         "a line?");
    close(client);
    close(server);
    close(listener);
    return 0;
}
