/* tcp_connect reads digits with inet_pton(3) and looks names up with gethostbyname(3), whose list of addresses it tries in order. */
#include "1-echo/tcp.h"

#include "common/console.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
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

/* Returns a socket connected to PORT on ADDRESS, or -1 with errno and the name of what failed in
   *CALL. */
static int connect_to(struct in_addr host, uint16_t port, const char **call)
{
    struct sockaddr_in address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr = host;

    *call = "socket";
    int conn = socket(AF_INET, SOCK_STREAM, 0);
    if (conn < 0)
        return -1;

    *call = "connect";
    if (connect(conn, (struct sockaddr *)&address, sizeof address) < 0) {
        int error = errno;
        close(conn);
        errno = error;
        return -1;
    }
    return conn;
}

int tcp_connect(const char *host, uint16_t port)
{
    int conn = -1;
    const char *failed = NULL;
    struct in_addr number;
    if (inet_pton(AF_INET, host, &number) == 1) {
        conn = connect_to(number, port, &failed);
    } else {
        struct hostent *entry = gethostbyname(host);
        if (entry == NULL || entry->h_addrtype != AF_INET || entry->h_addr_list[0] == NULL) {
            complain_because("gethostbyname", entry == NULL ? hstrerror(h_errno) : "no address");
            errno = ENOENT;
            return -1;
        }
        for (char **one = entry->h_addr_list; *one != NULL && conn < 0; one++) {
            memcpy(&number, *one, sizeof number);
            conn = connect_to(number, port, &failed);
        }
    }
    if (conn < 0)
        complain(failed);
    return conn;
}
