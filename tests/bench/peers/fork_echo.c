/* fork_echo PORT: a process for each client and nothing else: accept, fork, echo, _exit, and the
   parent waits for those that have ended. What lab 3's connections are measured beside. It is a
   peer of the measurement and no example. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void give_up(const char *call)
{
    perror(call);
    exit(1);
}

static _Noreturn void serve(int conn)
{
    static char bytes[64 * 1024];
    ssize_t got;
    while ((got = recv(conn, bytes, sizeof bytes, 0)) > 0)
        for (ssize_t sent = 0; sent < got;) {
            ssize_t taken = send(conn, bytes + sent, (size_t)(got - sent), MSG_NOSIGNAL);
            if (taken < 0)
                _exit(0);
            sent += taken;
        }
    _exit(0);
}

int main(int argc, char **argv)
{
    int yes = 1;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port =
                                      htons((uint16_t)(argc > 1 ? strtol(argv[1], NULL, 10) : 0))};
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0)
        give_up("socket");
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 ||
        listen(listener, SOMAXCONN) < 0)
        give_up("listen");
    for (;;) {
        int conn = accept(listener, NULL, NULL);
        if (conn < 0 && errno != EINTR && errno != ECONNABORTED)
            give_up("accept");
        if (conn < 0)
            continue;
        pid_t child = fork();
        if (child < 0)
            give_up("fork");
        if (child == 0)
            serve(conn);
        close(conn);
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
    }
}
