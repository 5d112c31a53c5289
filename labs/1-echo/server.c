/* The echo server. This file is given: it reads the command line. The rest is in tcp.c, echo.c and
   serve.c. */
#include "1-echo/echo.h"
#include "1-echo/tcp.h"
#include "common/address.h"
#include "common/console.h"
#include "common/delay.h"
#include "common/serve.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char usage[] = "usage: server PORT\n";
static const char help[] =
    "Serves one client after another, and sends back every byte that it receives.\n"
    "PORT is 0 to 65535; with 0 the system chooses a free one. Ctrl-C ends the server.\n";

static int show_help(void)
{
    return printf("%s%s", usage, help) < 0 || fflush(stdout) != 0;
}

/* Waits for clients on PORT and serves them. Returns the exit status, which is never 0. */
static int run(uint16_t port)
{
    int listener = tcp_listen(port);
    if (listener < 0)
        return 1; /* tcp_listen has reported the error */
    send_without_delay(listener);
    int chosen = port_of_socket(listener);
    if (chosen < 0) {
        complain("getsockname");
    } else {
        console_say("listening on port %d", chosen);
        serve(listener, echo_session, NULL);
    }
    close(listener);
    return 1;
}

int main(int argc, char **argv)
{
    uint16_t port;
    console_name("server");
    if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
        return show_help();
    if (argc != 2) {
        fprintf(stderr, "server: one argument is expected, the port\n%s", usage);
        return 2;
    }
    if (!port_parse(argv[1], &port)) {
        fprintf(stderr, "server: \"%s\" is not a port (0 to 65535)\n%s", argv[1], usage);
        return 2;
    }
    return run(port);
}
