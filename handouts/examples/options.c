/* Two parameters that are passed by their address: the value of an option, and a length that the
   kernel reads first and writes afterwards. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int checked(const char *call, int result)
{
    if (result < 0) {
        perror(call);
        exit(1);
    }
    return result;
}

/* Asks for the address of FD, and says that there are ROOM bytes for it. */
static void show_address(int fd, socklen_t room)
{
    struct sockaddr_storage address = {.ss_family = AF_UNSPEC}; /* large enough for any address */
    socklen_t length = room;
    checked("getsockname", getsockname(fd, (struct sockaddr *)&address, &length));
    printf("room for %3u bytes: the address has %u, and it is %s\n", (unsigned)room,
           (unsigned)length, address.ss_family == AF_INET ? "there" : "not there");
}

int main(void)
{
    int fd = checked("socket", socket(AF_INET, SOCK_STREAM, 0));

    int on = 1; /* switches the option on; 0 would switch it off */
    checked("setsockopt", setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on));

    show_address(fd, sizeof(struct sockaddr_storage));
    show_address(fd, 0); /* what may happen if you forget to set the length */
    close(fd);
    return 0;
}
