/* The server of lab 5. This file is given: it reads the command line. The rest is in udp.c. */
#include "5-udp/udp.h"
#include "common/address.h"
#include "common/console.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char usage[] = "usage: server [-l LIMIT] PORT\n";
static const char help[] =
    "Sends every datagram back to its sender. Does not answer datagrams of more than LIMIT bytes\n"
    "(default 65507).\n"
    "PORT is 0 to 65535; with 0 the system chooses a free one. Ctrl-C ends the server.\n";

static int show_help(void)
{
    return printf("%s%s", usage, help) < 0 || fflush(stdout) != 0;
}

/* Waits for datagrams on PORT and answers them. Returns the exit status, which is never 0. */
static int run(uint16_t port, size_t limit)
{
    int sock = udp_bind(port);
    if (sock < 0)
        return 1; /* udp_bind has reported the error */
    int chosen = port_of_socket(sock);
    if (chosen < 0) {
        complain("getsockname");
    } else {
        console_say("listening on port %d", chosen);
        udp_serve(sock, limit);
    }
    close(sock);
    return 1;
}

int main(int argc, char **argv)
{
    uint16_t port;
    uint16_t limit = UDP_LARGEST;
    console_name("server");
    if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
        return show_help();
    bool limited = argc > 2 && strcmp(argv[1], "-l") == 0;
    if (argc != (limited ? 4 : 2)) {
        fprintf(stderr, "server: one argument is expected, the port\n%s", usage);
        return 2;
    }
    /* A limit is written like a port, but must be smaller. */
    if (limited && (!port_parse(argv[2], &limit) || limit == 0 || limit > UDP_LARGEST)) {
        fprintf(stderr, "server: \"%s\" is not a limit (1 to 65507)\n%s", argv[2], usage);
        return 2;
    }
    if (!port_parse(argv[argc - 1], &port)) {
        fprintf(stderr, "server: \"%s\" is not a port (0 to 65535)\n%s", argv[argc - 1], usage);
        return 2;
    }
    return run(port, limit);
}
