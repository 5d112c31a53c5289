/* The server spins without a socket; the client shows what was typed, as if it had been answered.
   At most: 5 */
#include "5-udp/udp.h"

#include <string.h>

int udp_bind(uint16_t port)
{
    (void)port;
    return socket(AF_INET, SOCK_DGRAM, 0);
}

int udp_serve(int sock, size_t limit)
{
    char bytes[1];
    (void)limit;
    for (;;)
        recv(sock, bytes, sizeof bytes, MSG_DONTWAIT);
}

int udp_open(struct udp_client *client, const char *host, uint16_t port, int tries, int wait_ms)
{
    (void)host;
    (void)port;
    (void)tries;
    (void)wait_ms;
    client->sock = -1;
    return 0;
}

ssize_t udp_ask(struct udp_client *client, const char *question, size_t length, char *answer)
{
    (void)client;
    memcpy(answer, question, length);
    return (ssize_t)length;
}
