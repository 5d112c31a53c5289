/* The server of lab 4. This file is given: it reads the command line, opens the room and reads the
   operator's keyboard. The rest is in serve.c, room.c, tcp.c of lab 1 and line.c of lab 2. */
#include "1-echo/tcp.h"
#include "2-chat/line.h"
#include "2-chat/skip.h"
#include "3-fork/repeat.h"
#include "4-pthread/room.h"
#include "4-pthread/threads.h"
#include "common/address.h"
#include "common/console.h"
#include "common/delay.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char usage[] = "usage: server [-e] PORT\n";
static const char help[] =
    "A chat room: sends each client's line to all other clients, and each line that you type to\n"
    "all clients. With -e there is no room: it sends each line back to its client, as in lab 3.\n"
    "PORT is 0 to 65535; with 0 the system chooses a free one. Ctrl-C ends the server.\n"
    "In the background (&) it does not read the keyboard.\n";

static int show_help(void)
{
    return printf("%s%s", usage, help) < 0 || fflush(stdout) != 0;
}

static int refuse_long_line(void)
{
    complain_because("room", "a line is longer than 1000 bytes");
    return -1;
}

/* The session without -e: the client joins the room, CONTEXT, and leaves it at the end. */
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

/* Sends the operator's lines to all clients. It has its own thread, because the main thread is in
   serve(). */
static void *operate(void *context)
{
    struct room *room = context;
    struct line_reader keyboard;
    char line[LINE_LIMIT + 1];
    size_t length;
    line_open(&keyboard, STDIN_FILENO);
    for (;;) {
        int result = line_read(&keyboard, line, &length);
        if (result < 0 && errno == EMSGSIZE && line_skip(&keyboard))
            continue; /* line_read has reported it */
        if (result <= 0)
            return NULL;
        if (length > ROOM_LINE_LIMIT)
            refuse_long_line();
        else
            room_announce(room, line, length);
    }
}

/* A server in the background of a terminal (`./server 4000 &`) has no operator: without this, its
   first read of the keyboard would stop all its threads. Now only that read fails, with EIO. */
static void go_on_in_the_background(void)
{
    signal(SIGTTIN, SIG_IGN);
}

static void serve_room(int listener, int port)
{
    pthread_t operator;
    go_on_in_the_background();
    struct room *room = room_open();
    if (room == NULL)
        return; /* room_open has reported the error */
    int error = pthread_create(&operator, NULL, operate, room);
    if (error != 0) {
        complain_because("pthread_create", strerror(error));
        room_close(room);
        return;
    }
    pthread_detach(operator);
    console_say("listening on port %d", port);
    /* After serve has returned, other threads may still use the room. So it is not closed here: the
       process ends soon. */
    serve(listener, visit, room);
}

/* Waits for clients on PORT and serves them. Returns the exit status, which is never 0. */
static int run(uint16_t port, bool only_echo)
{
    int listener = tcp_listen(port);
    if (listener < 0)
        return 1; /* tcp_listen has reported the error */
    send_without_delay(listener);
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
