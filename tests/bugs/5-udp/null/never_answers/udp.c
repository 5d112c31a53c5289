/* Receives all and answers nothing; the client sends one byte and asks no more. At most: 5 */
#include "5-udp/udp.h"

#include <netinet/in.h>

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
    for (;;)
        recv(sock, bytes, sizeof bytes, 0);
}

int udp_open(struct udp_client *client, const char *host, uint16_t port, int tries, int wait_ms)
{
    struct sockaddr_in server = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    (void)host;
    (void)tries;
    (void)wait_ms;
    client->sock = socket(AF_INET, SOCK_DGRAM, 0);
    return connect(client->sock, (struct sockaddr *)&server, sizeof server);
}

ssize_t udp_ask(struct udp_client *client, const char *question, size_t length, char *answer)
{
    (void)question;
    (void)length;
    (void)answer;
    send(client->sock, "?", 1, 0);
    return -1;
}
