/* The echo client. This file is given: it reads the command line and prints the reply. The rest is
   in tcp.c and echo.c. */
#include "1-echo/echo.h"
#include "1-echo/tcp.h"
#include "common/address.h"
#include "common/console.h"
#include "common/delay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] = "usage: client HOST PORT MESSAGE\n";
static const char help[] =
    "Sends MESSAGE to the echo server on HOST and prints what comes back.\n"
    "HOST is a name or an address, PORT is 1 to 65535, and MESSAGE may be empty.\n";

static int show_help(void)
{
    return printf("%s%s", usage, help) < 0 || fflush(stdout) != 0;
}

/* Sends MESSAGE on CONN and prints its echo. Returns the exit status. */
static int ask(int conn, const char *message)
{
    size_t length = strlen(message);
    char *reply = malloc(length > 0 ? length : 1); /* of 0 bytes it might be NULL */
    if (reply == NULL) {
        complain("malloc");
        return 1;
    }
    int status = 1;
    if (echo_ask(conn, message, length, reply) == 0) {
        if (fwrite(reply, 1, length, stdout) == length && putchar('\n') != EOF &&
            fflush(stdout) == 0)
            status = 0;
        else
            complain("write");
    }
    free(reply);
    return status;
}

int main(int argc, char **argv)
{
    uint16_t port;
    console_name("client");
    if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
        return show_help();
    if (argc != 4) {
        fprintf(stderr, "client: three arguments are expected: host, port and message\n%s", usage);
        return 2;
    }
    if (!port_parse(argv[2], &port) || port == 0) {
        fprintf(stderr, "client: \"%s\" is not a port to connect to (1 to 65535)\n%s", argv[2],
                usage);
        return 2;
    }
    int conn = tcp_connect(argv[1], port);
    if (conn < 0)
        return 1; /* tcp_connect has reported the error */
    send_without_delay(conn);
    int status = ask(conn, argv[3]);
    close(conn);
    return status;
}
