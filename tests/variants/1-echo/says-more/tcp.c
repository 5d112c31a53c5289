/* Says on standard output how far it has come. */
#include "1-echo/tcp.h"

#include "common/console.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* Says that CALL has failed and closes FD. Returns -1, with errno as CALL left it. */
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
    printf("tcp_listen begins\n");
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

    printf("socket %d is bound to port %u\n", listener, (unsigned)port);
    fflush(stdout);
    if (listen(listener, SOMAXCONN) < 0)
        return give_up("listen", listener);
    return listener;
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

/* Returns a socket connected to ADDRESS, or -1 with errno and the name of what failed in *CALL. */
static int connect_to(const struct addrinfo *address, const char **call)
{
    *call = "socket";
    int conn = socket(address->ai_family, address->ai_socktype, address->ai_protocol);
    if (conn < 0)
        return -1;

    *call = "connect";
    if (connect(conn, address->ai_addr, address->ai_addrlen) < 0) {
        int error = errno;
        close(conn); /* after a failed connect a socket is good for nothing else: connect(2) */
        errno = error;
        return -1;
    }
    return conn;
}

int tcp_connect(const char *host, uint16_t port)
{
    struct addrinfo *addresses = look_up(host, port);
    if (addresses == NULL)
        return -1;

    int conn = -1;
    const char *failed = NULL;
    for (struct addrinfo *one = addresses; one != NULL && conn < 0; one = one->ai_next)
        conn = connect_to(one, &failed);

    /* Only now: an address that does not answer is no failure as long as another one does. */
    if (conn < 0)
        complain(failed);
    int error = errno;
    freeaddrinfo(addresses);
    errno = error;
    return conn;
}
