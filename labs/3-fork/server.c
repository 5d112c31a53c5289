/* The server of lab 3. This file is given: it reads the command line and chooses the session. The
   rest is in serve.c, tcp.c of lab 1, and line.c and chat.c of lab 2. The client is lab 2's. */
#include "1-echo/tcp.h"
#include "2-chat/line.h"
#include "2-chat/operator.h"
#include "3-fork/processes.h"
#include "3-fork/repeat.h"
#include "common/address.h"
#include "common/console.h"
#include "common/delay.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char usage[] = "usage: server [-i] PORT\n";
static const char help[] =
    "Serves any number of clients at once: shows their lines and sends each line back.\n"
    "With -i, you type the answers instead.\n"
    "PORT is 0 to 65535; with 0 the system chooses a free one. Ctrl-C ends the server.\n";

static int show_help(void)
{
    return printf("%s%s", usage, help) < 0 || fflush(stdout) != 0;
}

/* Waits for clients on PORT and serves them. Returns the exit status, which is never 0. */
static int run(uint16_t port, bool by_keyboard)
{
    int listener = tcp_listen(port);
    if (listener < 0)
        return 1; /* tcp_listen has reported the error */
    send_without_delay(listener);
    int chosen = port_of_socket(listener);
    if (chosen < 0) {
        complain("getsockname");
    } else if (by_keyboard) {
        struct line_reader keyboard;
        line_open(&keyboard, STDIN_FILENO);
        console_say("listening on port %d", chosen);
        serve(listener, operator_session, &keyboard);
    } else {
        console_say("listening on port %d", chosen);
        serve(listener, repeat_session, NULL);
    }
    close(listener);
    return 1;
}

/* The program that has started this one may have blocked SIGCHLD, and we inherit that: a handler
   would never run. */
static void unblock_sigchld(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

int main(int argc, char **argv)
{
    uint16_t port;
    console_name("server");
    unblock_sigchld();
    if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
        return show_help();
    bool by_keyboard = argc > 1 && strcmp(argv[1], "-i") == 0;
    if (argc != (by_keyboard ? 3 : 2)) {
        fprintf(stderr, "server: one argument is expected, the port\n%s", usage);
        return 2;
    }
    const char *text = argv[argc - 1];
    if (!port_parse(text, &port)) {
        fprintf(stderr, "server: \"%s\" is not a port (0 to 65535)\n%s", text, usage);
        return 2;
    }
    return run(port, by_keyboard);
}
