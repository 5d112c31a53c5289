/* Calls the functions of room.c as the lines on standard input say: `open`, `join` (the next who
   connects), `say MEMBER TEXT`, `announce 0 TEXT`, `leave MEMBER`, `hang_up MEMBER` (only closes
   the connection), and `renew TIMES` (closes no room, and then opens and closes some). Members are
   counted in the order in which they connect. With an & in front, a thread of its own makes the
   call. */
#include "drivers/driver.h"

#include "4-pthread/room.h"

#include <arpa/inet.h>
#include <malloc.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>

DRIVEN(room_open);
DRIVEN(room_close);
DRIVEN(room_join);
DRIVEN(room_say);
DRIVEN(room_announce);
DRIVEN(room_leave);

enum { MOST_CALLS = 1024, MOST_SEATS = 256, LONGEST = ROOM_LINE_LIMIT + 64 };

/* One line of standard input. */
struct call {
    char word[16];
    int number;
    char text[LONGEST];
};

/* Nothing here is allocated: the test lets allocations fail. */
static struct call calls[MOST_CALLS];
static struct {
    int conn;
    uint16_t port;
} seats[MOST_SEATS];
static struct room *room;

static void missing(struct probe_event *event, const char *name)
{
    driver_returned(event, driver_misses(name), 0);
    exit(EXIT_FAILURE);
}

static void open_room(void)
{
    struct probe_event *event = driver_calls(CALL_ROOM_OPEN, -1, -1);
    if (room_open == NULL)
        missing(event, "room_open");
    room = room_open();
    driver_returned(event, room == NULL ? -1 : 0, 0);
}

/* Opens a room TIMES times, has the client on CONN join and leave, and closes it. Reports how many
   bytes of the heap were in use before. */
static void renew(int times, int conn)
{
    struct probe_event *event = driver_calls(CALL_ROOM_CLOSE, -1, times);
    int64_t used = (int64_t)mallinfo2().uordblks;
    if (room_open == NULL || room_join == NULL || room_leave == NULL || room_close == NULL)
        missing(event, "room_close");
    room_close(NULL); /* does nothing */
    for (int i = 0; i < times; i++) {
        room = room_open();
        if (room == NULL || room_join(room, conn, 1) != 0)
            driver_ends("renew");
        room_leave(room, conn);
        room_close(room);
    }
    driver_returned(event, used, 0);
}

/* A function that returns nothing is called next. Nobody asks it for errno either: that is clear.
 */
static struct probe_event *calls_for_nothing(enum probe_call call, int conn)
{
    struct probe_event *event = driver_calls(call, conn, -1);
    errno = 0;
    return event;
}

static void join(int conn, uint16_t port)
{
    struct probe_event *event = driver_calls(CALL_ROOM_JOIN, conn, -1);
    int result = room_join != NULL ? room_join(room, conn, port) : driver_misses("room_join");
    driver_returned(event, result, 0);
}

static void say(int conn, const char *line)
{
    struct probe_event *event = calls_for_nothing(CALL_ROOM_SAY, conn);
    if (room_say == NULL)
        missing(event, "room_say");
    room_say(room, conn, line, strlen(line));
    driver_returned(event, 0, 0);
}

static void announce(const char *line)
{
    struct probe_event *event = calls_for_nothing(CALL_ROOM_ANNOUNCE, -1);
    if (room_announce == NULL)
        missing(event, "room_announce");
    room_announce(room, line, strlen(line));
    driver_returned(event, 0, 0);
}

static void leave(int conn)
{
    struct probe_event *event = calls_for_nothing(CALL_ROOM_LEAVE, conn);
    if (room_leave == NULL)
        missing(event, "room_leave");
    room_leave(room, conn);
    driver_returned(event, 0, 0);
}

static void *run(void *argument)
{
    const struct call *call = argument;
    int conn = seats[call->number].conn;
    if (strcmp(call->word, "open") == 0)
        open_room();
    else if (strcmp(call->word, "renew") == 0)
        renew(call->number, seats[0].conn);
    else if (strcmp(call->word, "join") == 0)
        join(conn, seats[call->number].port);
    else if (strcmp(call->word, "say") == 0)
        say(conn, call->text);
    else if (strcmp(call->word, "announce") == 0)
        announce(call->text);
    else if (strcmp(call->word, "leave") == 0)
        leave(conn);
    else if (strcmp(call->word, "hang_up") == 0)
        close(conn);
    return NULL;
}

/* Accepts the next who connects. Returns its number. */
static int take_seat(int listener)
{
    static int taken;
    struct sockaddr_in peer;
    socklen_t length = sizeof peer;
    if (taken == MOST_SEATS)
        driver_ends("too many members");
    seats[taken].conn = accept(listener, (struct sockaddr *)&peer, &length);
    if (seats[taken].conn < 0)
        driver_ends("accept");
    seats[taken].port = ntohs(peer.sin_port);
    return taken++;
}

/* Reads LINE, "&say 2 hello", into CALL. Returns whether a thread of its own makes the call. */
static int parse(struct call *call, const char *line)
{
    int own = line[0] == '&';
    int end = 0;
    if (sscanf(line + own, "%15s %d%n", call->word, &call->number, &end) == 2 &&
        line[own + end] == ' ')
        snprintf(call->text, sizeof call->text, "%s", line + own + end + 1);
    call->text[strcspn(call->text, "\n")] = '\0';
    return own;
}

int main(void)
{
    char line[LONGEST];
    console_name("driver");
    signal(SIGPIPE, SIG_IGN); /* serve may do that for the room */
    int listener = driver_listens();
    for (int i = 0; i < MOST_SEATS; i++)
        seats[i].conn = listener; /* as long as nobody sits there: open, and no member */
    for (int i = 0; i < MOST_CALLS && fgets(line, sizeof line, stdin) != NULL; i++) {
        pthread_t thread;
        int own = parse(&calls[i], line);
        if (strcmp(calls[i].word, "join") == 0)
            calls[i].number = take_seat(listener);
        if (own == 0)
            run(&calls[i]);
        else if (pthread_create(&thread, NULL, run, &calls[i]) != 0)
            driver_ends("pthread_create");
        else
            pthread_detach(thread);
    }
    return 0;
}
