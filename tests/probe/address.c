#include "probe/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

void note_address(struct probe_event *event, const struct sockaddr *address, socklen_t size)
{
    if (event == NULL || address == NULL)
        return;
    if (address->sa_family == AF_INET && size >= sizeof(struct sockaddr_in)) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof v4);
        event->port = ntohs(v4.sin_port);
        event->address = ntohl(v4.sin_addr.s_addr);
    } else if (address->sa_family == AF_INET6 && size >= sizeof(struct sockaddr_in6)) {
        struct sockaddr_in6 v6;
        memcpy(&v6, address, sizeof v6);
        event->port = ntohs(v6.sin6_port);
        if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
            memcpy(&event->address, &v6.sin6_addr.s6_addr[12], sizeof event->address);
            event->address = ntohl(event->address);
        }
    }
}

void note_name(struct probe_event *event, int fd,
               int (*getname)(int, struct sockaddr *, socklen_t *))
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    int error = errno;
    if (event != NULL && fd >= 0 && getname(fd, (struct sockaddr *)&address, &size) == 0)
        note_address(event, (struct sockaddr *)&address, size);
    errno = error;
}
