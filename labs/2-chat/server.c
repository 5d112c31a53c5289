/* The chat server. This file is given: it reads the command line. The rest is in line.c, chat.c,
   and tcp.c and serve.c of lab 1. */
#include "1-echo/tcp.h"
#include "2-chat/line.h"
#include "2-chat/operator.h"
#include "common/address.h"
#include "common/console.h"
#include "common/delay.h"
#include "common/serve.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char usage[] = "usage: server PORT\n";
static const char help[] =
    "Shows the lines of its clients, one client after another, and sends answers that you type.\n"
    "PORT is 0 to 65535; with 0 the system chooses a free one.\n"
    "Ctrl-D ends the chat with one client, Ctrl-C ends the server.\n";

static int show_help(void)
{
    return printf("%s%s", usage, help) < 0 || fflush(stdout) != 0;
}

/* Waits for clients on PORT and talks with them. Returns the exit status, which is never 0. */
static int run(uint16_t port)
{
    struct line_reader keyboard; /* one for all clients: lines typed ahead are for the next one */
    int listener = tcp_listen(port);
    if (listener < 0)
        return 1; /* tcp_listen has reported the error */
    send_without_delay(listener);
    int chosen = port_of_socket(listener);
    if (chosen < 0) {
        complain("getsockname");
    } else {
        line_open(&keyboard, STDIN_FILENO);
        console_say("listening on port %d", chosen);
        serve(listener, operator_session, &keyboard);
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
