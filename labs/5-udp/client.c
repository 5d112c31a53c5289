/* The client of lab 5. This file is given: it reads the command line and the keyboard. The rest is
   in udp.c. */
#include "5-udp/udp.h"
#include "common/address.h"
#include "common/console.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] = "usage: client [-n TRIES] [-w MILLISECONDS] HOST PORT\n";
static const char help[] =
    "Sends each line that you type to the server on HOST as a question, and shows the answer.\n"
    "Sends a question again after MILLISECONDS without an answer (default 500), TRIES times\n"
    "altogether (default 5). HOST is a name or an address, PORT is 1 to 65535.\n"
    "Ctrl-D ends the client.\n";

static int show_help(void)
{
    return printf("%s%s", usage, help) < 0 || fflush(stdout) != 0;
}

/* Asks each line of standard input, one after another. Returns 0, or -1 after the first failure. */
static int ask_all(struct udp_client *client)
{
    static char answer[UDP_LARGEST + 1];
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    int result = 0;
    while (result == 0 && (length = getline(&line, &room, stdin)) >= 0) {
        if (length > 0 && line[length - 1] == '\n')
            length--;
        ssize_t answered = udp_ask(client, line, (size_t)length, answer);
        if (answered < 0) {
            result = -1; /* udp_ask has reported the error */
        } else {
            answer[answered] = '\0';
            console_say("server says: %s", answer);
        }
    }
    free(line);
    return result;
}

/* Reads the two options, which are both numbers. Returns whether they are valid; if not, it has
   printed the reason. Sets *NEXT to the index of the first argument after them. */
static bool read_options(int argc, char **argv, uint16_t *tries, uint16_t *wait_ms, int *next)
{
    int option;
    while ((option = getopt(argc, argv, "+n:w:")) != -1) {
        uint16_t *value = option == 'n' ? tries : wait_ms;
        if (option == '?')
            return false; /* getopt has reported the error */
        if (!port_parse(optarg, value) || *value == 0) {
            fprintf(stderr, "client: \"%s\" is not a number from 1 to 65535\n", optarg);
            return false;
        }
    }
    *next = optind;
    return true;
}

int main(int argc, char **argv)
{
    uint16_t port;
    uint16_t tries = 5;
    uint16_t wait_ms = 500;
    int next = 1;
    console_name("client");
    if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
        return show_help();
    if (!read_options(argc, argv, &tries, &wait_ms, &next)) {
        fputs(usage, stderr);
        return 2;
    }
    if (argc - next != 2) {
        fprintf(stderr, "client: two arguments are expected: host and port\n%s", usage);
        return 2;
    }
    if (!port_parse(argv[next + 1], &port) || port == 0) {
        fprintf(stderr, "client: \"%s\" is not a port to ask (1 to 65535)\n%s", argv[next + 1],
                usage);
        return 2;
    }
    struct udp_client client;
    if (udp_open(&client, argv[next], port, tries, wait_ms) < 0)
        return 1; /* udp_open has reported the error */
    int status = ask_all(&client) == 0 ? 0 : 1;
    close(client.sock);
    return console_end(status);
}
