#include "1-echo/tcp.h"

#include "common/address.h"
#include "common/console.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Reports that CALL failed, then closes FD. Returns -1, with errno as CALL left it. */
static int give_up(const char *call, int fd)
{
    complain(call);
    int error = errno; /* close(2) may change errno */
    close(fd);
    errno = error;
    return -1;
}

int tcp_listen(uint16_t port)
{
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0) {
        complain("socket");
        return -1;
    }

    /* Before bind, which decides whether the port is free: connections of the last server may still
       be in TIME_WAIT. */
    int yes = 1;
    if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) < 0)
        return give_up("setsockopt", listener);

    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_ANY),
    };
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0)
        return give_up("bind", listener);

    if (listen(listener, SOMAXCONN) < 0)
        return give_up("listen", listener);
    return listener;
}

/* Called after accept(2) has failed. Returns whether to call it again: the listener is still good.
   If not, errno is still accept's. */
static bool should_retry_accept(void)
{
    static const struct timespec moment = {.tv_nsec = 20L * 1000 * 1000};
    switch (errno) {
    case EINTR:
    case ECONNABORTED:
        return true;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        complain("accept");
        nanosleep(&moment, NULL); /* without a pause, the loop burns a whole CPU */
        return true;
    default:
        complain("accept");
        return false;
    }
}

int tcp_accept(int listener, uint16_t *port)
{
    struct sockaddr_storage address;
    int conn;
    do {
        socklen_t length = sizeof address; /* accept reads it before it writes it */
        conn = accept(listener, (struct sockaddr *)&address, &length);
    } while (conn < 0 && should_retry_accept());

    if (conn >= 0)
        *port = port_of(&address);
    return conn;
}

/* All addresses of HOST, each with PORT in it; the caller frees them with freeaddrinfo(3). NULL,
   and said why, when there are none. */
static struct addrinfo *look_up(const char *host, uint16_t port)
{
    /* Any family: a name may stand for IPv4 and IPv6 addresses. */
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *addresses = NULL;
    char service[sizeof "65535"];
    snprintf(service, sizeof service, "%u", (unsigned)port);

    int code = getaddrinfo(host, service, &hints, &addresses);
    if (code == 0)
        return addresses;
    if (code == EAI_SYSTEM) /* the only one that is explained by errno */
        complain("getaddrinfo");
    else
        complain_because("getaddrinfo", gai_strerror(code));
    return NULL;
}

/* Connects to the first of ADDRESSES that answers. Returns the connected socket; or -1 with errno
   after complain(). */
static int connect_to_any(const struct addrinfo *addresses)
{
    int socket_error = 0;
    int connect_error = 0;
    for (const struct addrinfo *one = addresses; one != NULL; one = one->ai_next) {
        int conn = socket(one->ai_family, one->ai_socktype, one->ai_protocol);
        if (conn < 0) {
            socket_error = errno; /* a machine without IPv6 has no socket for an IPv6 address */
            continue;
        }
        if (connect(conn, one->ai_addr, one->ai_addrlen) == 0)
            return conn;
        connect_error = errno; /* close(2) may change errno */
        close(conn);           /* after a failed connect a socket is of no more use: connect(2) */
    }

    /* Only now: one address that fails does not matter as long as another one answers. And what
       connect met says more than a socket that could not be had. */
    errno = connect_error != 0 ? connect_error : socket_error;
    complain(connect_error != 0 ? "connect" : "socket");
    return -1;
}

int tcp_connect(const char *host, uint16_t port)
{
    struct addrinfo *addresses = look_up(host, port);
    if (addresses == NULL)
        return -1;

    int conn = connect_to_any(addresses);
    int error = errno; /* freeaddrinfo(3) may change errno */
    freeaddrinfo(addresses);
    errno = error;
    return conn;
}
