/* The server of lab 4, given whole: reads the command line, opens the room and reads the operator's
   keyboard; serve.c and room.c do the rest, tcp.c of lab 1 and line.c of lab 2. */
#include "1-echo/tcp.h"
#include "2-chat/line.h"
#include "3-fork/repeat.h"
#include "4-pthread/room.h"
#include "4-pthread/threads.h"
#include "common/address.h"
#include "common/console.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char usage[] = "usage: server [-e] PORT\n";
static const char help[] =
    "One room for everybody: what a client says goes to all the others, and what is typed here to\n"
    "all of them. With -e each line only goes back to where it came from, as in lab 3.\n"
    "PORT is 0 to 65535; with 0 the system chooses a free one. Ctrl-C ends the server.\n";

static int show_help(void)
{
    return printf("%s%s", usage, help) < 0 || fflush(stdout) != 0;
}

static int refuse_long_line(void)
{
    complain_because("room", "a line is longer than 1000 bytes");
    return -1;
}

/* The session without -e: one client's stay in the room, CONTEXT. */
static int visit(int conn, uint16_t peer, void *context)
{
    struct room *room = context;
    struct line_reader client;
    char line[LINE_LIMIT + 1];
    size_t length;
    int result;
    line_open(&client, conn);
    if (room_join(room, conn, peer) < 0)
        return -1;
    while ((result = line_read(&client, line, &length)) > 0) {
        if (length > ROOM_LINE_LIMIT) {
            result = refuse_long_line();
            break;
        }
        console_tell(peer, "%s", line);
        room_say(room, conn, line, length);
    }
    room_leave(room, conn);
    return result;
}

/* What the operator types goes to everybody. A thread of its own: the main one is in serve(). */
static void *operate(void *context)
{
    struct room *room = context;
    struct line_reader keyboard;
    char line[LINE_LIMIT + 1];
    size_t length;
    line_open(&keyboard, STDIN_FILENO);
    while (line_read(&keyboard, line, &length) > 0) {
        if (length > ROOM_LINE_LIMIT)
            refuse_long_line();
        else
            room_announce(room, line, length);
    }
    return NULL;
}

static void serve_room(int listener, int port)
{
    pthread_t operator;
    struct room *room = room_open();
    if (room == NULL)
        return; /* room_open has said why */
    int error = pthread_create(&operator, NULL, operate, room);
    if (error != 0) {
        complain_because("pthread_create", strerror(error));
        room_close(room);
        return;
    }
    pthread_detach(operator);
    console_say("listening on port %d", port);
    /* When it returns, the operator and some clients may still be there: the room is not closed
       under their feet, the end of the process does that. */
    serve(listener, visit, room);
}

/* Waits for clients on PORT and serves them. Returns the exit status: only failure ends it. */
static int run(uint16_t port, bool only_echo)
{
    int listener = tcp_listen(port);
    if (listener < 0)
        return 1; /* tcp_listen has said why */
    int chosen = port_of_socket(listener);
    if (chosen < 0) {
        complain("getsockname");
    } else if (only_echo) {
        console_say("listening on port %d", chosen);
        serve(listener, repeat_session, NULL);
    } else {
        serve_room(listener, chosen);
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
    bool only_echo = argc > 1 && strcmp(argv[1], "-e") == 0;
    if (argc != (only_echo ? 3 : 2)) {
        fprintf(stderr, "server: one argument is expected, the port\n%s", usage);
        return 2;
    }
    const char *text = argv[argc - 1];
    if (!port_parse(text, &port)) {
        fprintf(stderr, "server: \"%s\" is not a port (0 to 65535)\n%s", text, usage);
        return 2;
    }
    return run(port, only_echo);
}
