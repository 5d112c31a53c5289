/* tcp_listen takes its address from getaddrinfo(3) with AI_PASSIVE: the same 0.0.0.0, without a sockaddr_in filled by hand. */
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
    struct addrinfo hints = {
        .ai_family = AF_INET, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *own = NULL;
    char service[sizeof "65535"];
    snprintf(service, sizeof service, "%u", (unsigned)port);
    int code = getaddrinfo(NULL, service, &hints, &own);
    if (code != 0) {
        complain_because("getaddrinfo", gai_strerror(code));
        if (code != EAI_SYSTEM)
            errno = EINVAL;
        return -1;
    }
    const char *call = "socket";
    int yes = 1;
    int listener = socket(own->ai_family, own->ai_socktype, own->ai_protocol);
    int done = listener >= 0 &&
                (call = "setsockopt",
                 setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0) &&
                (call = "bind", bind(listener, own->ai_addr, own->ai_addrlen) == 0) &&
                (call = "listen", listen(listener, 128) == 0);
    int error = errno;
    freeaddrinfo(own);
    errno = error;
    if (done)
        return listener;
    if (listener >= 0)
        return give_up(call, listener);
    complain(call);
    return -1;
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
