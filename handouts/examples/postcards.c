/* Datagrams: each send is one message, with its sender's address. Both sockets in one process. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int check(const char *call, ssize_t result)
{
    if (result < 0) {
        perror(call);
        exit(1);
    }
    return (int)result;
}

int main(void)
{
    struct sockaddr_in box = {.sin_family = AF_INET}; /* port 0: the kernel chooses one */
    struct sockaddr_in sender;
    socklen_t length = sizeof box;
    char text[8];
    box.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    int receiver = check("socket", socket(AF_INET, SOCK_DGRAM, 0));
    check("bind", bind(receiver, (struct sockaddr *)&box, sizeof box));
    check("getsockname", getsockname(receiver, (struct sockaddr *)&box, &length));

    int writer = check("socket", socket(AF_INET, SOCK_DGRAM, 0)); /* no bind, no connect */
    check("sendto", sendto(writer, "one", 3, 0, (struct sockaddr *)&box, sizeof box));
    check("sendto", sendto(writer, "", 0, 0, (struct sockaddr *)&box, sizeof box));
    check("sendto", sendto(writer, "a long postcard", 15, 0, (struct sockaddr *)&box, sizeof box));

    for (int i = 0; i < 3; i++) {
        length = sizeof sender; /* recvfrom reads it before it writes it */
        int bytes = check("recvfrom", recvfrom(receiver, text, sizeof text, 0,
                                               (struct sockaddr *)&sender, &length));
        printf("%d bytes: \"%.*s\"\n", bytes, bytes, text);
    }
    close(writer);
    close(receiver);
    return 0;
}
