/* Calls the functions of tcp.c: `listen PORT`, `accept TIMES`, `connect HOST PORT`. */
#include "drivers/driver.h"

#include "1-echo/tcp.h"

DRIVEN(tcp_listen);
DRIVEN(tcp_accept);
DRIVEN(tcp_connect);

static void call_listen(const char *port)
{
    uint16_t number = (uint16_t)atoi(port);
    struct probe_event *event = driver_calls(CALL_TCP_LISTEN, -1, number);
    int listener = tcp_listen != NULL ? tcp_listen(number) : driver_misses("tcp_listen");
    driver_returned(event, listener, 0);
}

/* The connections stay open: who comes is told apart by them. */
static void call_accept(const char *times)
{
    int listener = driver_listens();
    for (int i = 0; i < atoi(times); i++) {
        uint16_t port = 0;
        struct probe_event *event = driver_calls(CALL_TCP_ACCEPT, listener, -1);
        int conn = tcp_accept != NULL ? tcp_accept(listener, &port) : driver_misses("tcp_accept");
        driver_returned(event, conn, port);
    }
}

static void call_connect(const char *host, const char *port)
{
    uint16_t number = (uint16_t)atoi(port);
    struct probe_event *event = driver_calls(CALL_TCP_CONNECT, -1, number);
    int conn = tcp_connect != NULL ? tcp_connect(host, number) : driver_misses("tcp_connect");
    driver_returned(event, conn, 0);
}

int main(int argc, char **argv)
{
    console_name("driver");
    if (argc == 3 && strcmp(argv[1], "listen") == 0)
        call_listen(argv[2]);
    else if (argc == 3 && strcmp(argv[1], "accept") == 0)
        call_accept(argv[2]);
    else if (argc == 4 && strcmp(argv[1], "connect") == 0)
        call_connect(argv[2], argv[3]);
    else
        return 2;
    return 0;
}
