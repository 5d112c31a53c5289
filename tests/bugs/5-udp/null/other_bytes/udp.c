/* Answers as many bytes as came, but others; the client shows as many as were typed, but others,
   and sends nothing. At most: 5 */
#include "5-udp/udp.h"

#include <netinet/in.h>
#include <string.h>

int udp_bind(uint16_t port)
{
    int sock = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    return bind(sock, (struct sockaddr *)&address, sizeof address) < 0 ? -1 : sock;
}

int udp_serve(int sock, size_t limit)
{
    char bytes[UDP_LARGEST];
    (void)limit;
    for (;;) {
        struct sockaddr_storage peer;
        socklen_t length = sizeof peer;
        ssize_t received =
            recvfrom(sock, bytes, sizeof bytes, 0, (struct sockaddr *)&peer, &length);
        memset(bytes, 'x', sizeof bytes);
        if (received > 0)
            sendto(sock, bytes, (size_t)received, 0, (struct sockaddr *)&peer, length);
    }
}

int udp_open(struct udp_client *client, const char *host, uint16_t port, int tries, int wait_ms)
{
    (void)host;
    (void)port;
    (void)tries;
    (void)wait_ms;
    client->sock = socket(AF_INET, SOCK_DGRAM, 0);
    return client->sock < 0 ? -1 : 0;
}

ssize_t udp_ask(struct udp_client *client, const char *question, size_t length, char *answer)
{
    (void)client;
    (void)question;
    memset(answer, 'x', length);
    return (ssize_t)length;
}
