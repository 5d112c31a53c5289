/* The chat client. This file is given: it reads the command line. The rest is in line.c, chat.c and
   tcp.c of lab 1. */
#include "1-echo/tcp.h"
#include "2-chat/chat.h"
#include "2-chat/line.h"
#include "common/address.h"
#include "common/console.h"
#include "common/delay.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char usage[] = "usage: client HOST PORT\n";
static const char help[] =
    "Sends each line that you type to the server on HOST, and shows its answers.\n"
    "HOST is a name or an address, PORT is 1 to 65535. Ctrl-D ends the client.\n";

static int show_help(void)
{
    return printf("%s%s", usage, help) < 0 || fflush(stdout) != 0;
}

int main(int argc, char **argv)
{
    uint16_t port;
    console_name("client");
    if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
        return show_help();
    if (argc != 3) {
        fprintf(stderr, "client: two arguments are expected: host and port\n%s", usage);
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
    struct line_reader keyboard;
    line_open(&keyboard, STDIN_FILENO);
    int status = chat_ask(conn, &keyboard) == 0 ? 0 : 1;
    close(conn);
    return console_end(status);
}
