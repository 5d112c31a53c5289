/* nagle: a request in two sends and a delayed acknowledgement; with and without TCP_NODELAY */
#include "kernel.h"

#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { REQUESTS = 15 };

static char head[] = "length 5\n";
static char body[] = "hello";
enum { HEAD = sizeof head - 1, BODY = sizeof body - 1 };

static void send_in_two(int sock)
{
    if (send(sock, head, HEAD, 0) < 0 || send(sock, body, BODY, 0) < 0)
        fail("send");
}

static void send_in_one(int sock)
{
    struct iovec parts[] = {{.iov_base = head, .iov_len = HEAD},
                            {.iov_base = body, .iov_len = BODY}};
    if (writev(sock, parts, 2) < 0)
        fail("writev");
}

static void set(int sock, int option, int value)
{
    if (setsockopt(sock, IPPROTO_TCP, option, &value, sizeof value) < 0)
        fail("setsockopt");
}

/* Sends a request, answers it at the other end, and waits for the answer. Returns the milliseconds
   from the first byte to the answer. */
static double ask(int client, int server, void (*send_request)(int))
{
    char bytes[64];
    set(server, TCP_QUICKACK, 0); /* its acknowledgements wait, as those of most peers do */
    double start = now_ms();
    send_request(client);
    wait_for_bytes(server, HEAD + BODY); /* the server cannot answer half a request */
    if (recv(server, bytes, sizeof bytes, 0) < 0 || send(server, "ok", 2, 0) < 0)
        fail("send");
    wait_for(client, POLLIN, -1);
    double took = now_ms() - start;
    if (recv(client, bytes, sizeof bytes, 0) < 0)
        fail("recv");
    return took;
}

static int compare(const void *left, const void *right)
{
    const double *a = left;
    const double *b = right;
    return (*a > *b) - (*a < *b);
}

/* Returns the median of REQUESTS requests over a new connection, in milliseconds. */
static double measure(int listener, const struct sockaddr_in *address, int no_delay,
                      void (*send_request)(int))
{
    double took[REQUESTS];
    int client = connect_to(address);
    int server = accept(listener, NULL, NULL);
    if (server < 0)
        fail("accept");
    set(client, TCP_NODELAY, no_delay);
    for (int i = 0; i < REQUESTS; i++)
        took[i] = ask(client, server, send_request);
    close(client);
    close(server);
    qsort(took, REQUESTS, sizeof *took, compare);
    return took[REQUESTS / 2];
}

int main(void)
{
    struct sockaddr_in address;
    int listener = open_listener(1, &address);
    printf("%d requests each: the median time until the answer is there.\n\n", REQUESTS);
    double two = measure(listener, &address, 0, send_in_two);
    printf("  two sends                    %8.3f ms\n", two);
    double no_delay = measure(listener, &address, 1, send_in_two);
    printf("  two sends, TCP_NODELAY       %8.3f ms\n", no_delay);
    double one = measure(listener, &address, 0, send_in_one);
    printf("  one writev of both parts     %8.3f ms\n\n", one);
    puts("TCP holds back a small segment while an earlier one is not acknowledged\n"
         "(Nagle's algorithm): many small sends then become few segments. The peer waits\n"
         "up to 40 ms with its acknowledgement, so that it can travel with the answer.\n"
         "But here it cannot answer: half of the request is held back. Each waits for\n"
         "the other, and time goes by on an idle machine.\n"
         "\n"
         "Two ways out: give the kernel the whole message in one call, or set\n"
         "TCP_NODELAY. The first sends fewer segments, too.\n"
         "\n"
         "Try next: Send the body in five sends of one byte. How long does it take, with\n"
         "and without TCP_NODELAY? Then set TCP_QUICKACK to 1 instead of 0, and explain\n"
         "what you see.");
    close(listener);
    return 0;
}
