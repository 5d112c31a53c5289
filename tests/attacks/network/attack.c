#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* Its port is in the code: a program in a box cannot look for it. */
__attribute__((constructor)) static void attack(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(@PORT@),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        (void)!write(fd, "out\n", 4);
    close(fd);
}
