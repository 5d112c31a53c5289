/* The room has a descriptor of its own for each member, dup(2), and closes it when that one leaves.
 */
#include "4-pthread/room.h"

#include "2-chat/line.h"
#include "common/console.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct member {
    int conn;
    int own; /* its duplicate: what the room sends to, until the member leaves */
    uint16_t peer;
    bool given_up; /* nothing is sent to it any more: its own thread will let it out */
    struct member *next;
};

struct room {
    pthread_mutex_t lock; /* guards `first` and all that it leads to, and orders what is sent */
    struct member *first;
};

/* A line as the members get it, newline included. */
struct message {
    size_t length;
    char bytes[LINE_LIMIT + 1];
};

struct room *room_open(void)
{
    struct room *room = malloc(sizeof *room);
    if (room == NULL) {
        complain("malloc");
        return NULL;
    }
    int error = pthread_mutex_init(&room->lock, NULL);
    if (error != 0) {
        complain_because("pthread_mutex_init", strerror(error));
        free(room);
        errno = error;
        return NULL;
    }
    room->first = NULL;
    return room;
}

void room_close(struct room *room)
{
    if (room == NULL)
        return;
    pthread_mutex_destroy(&room->lock);
    free(room);
}

/* Makes MESSAGE of FRONT, the LENGTH bytes of LINE, and a newline. */
static void compose(struct message *message, const char *front, const char *line, size_t length)
{
    message->length = strlen(front);
    memcpy(message->bytes, front, message->length);
    memcpy(message->bytes + message->length, line, length);
    message->length += length;
    message->bytes[message->length++] = '\n';
}

/* The same with the number of PEER in front. */
static void compose_of(struct message *message, uint16_t peer, const char *line, size_t length)
{
    char front[sizeof "[65535] "];
    snprintf(front, sizeof front, "[%u] ", (unsigned)peer);
    compose(message, front, line, length);
}

/* Sends MESSAGE as far as that is possible without waiting. Returns whether all of it has gone. */
static bool send_at_once(int conn, const struct message *message)
{
    size_t sent = 0;
    while (sent < message->length) {
        ssize_t taken =
            send(conn, message->bytes + sent, message->length - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (taken < 0 && errno == EINTR)
            continue;
        if (taken < 0)
            return false;
        sent += (size_t)taken;
    }
    return true;
}

/* Sends MESSAGE to everybody but EXCEPT, which may be NULL. The caller holds the lock. */
static void send_to_all(struct room *room, const struct message *message,
                        const struct member *except)
{
    for (struct member *member = room->first; member != NULL; member = member->next) {
        if (member == except || member->given_up || send_at_once(member->own, message))
            continue;
        /* It has got a part of the line at most, so nothing may follow. Its connection is its own
           thread's to close; that one wakes up now, finds the end of the stream and leaves. */
        member->given_up = true;
        shutdown(member->own, SHUT_RDWR);
    }
}

/* Where the pointer to the member on CONN is; what is there is NULL when CONN is not in. The caller
   holds the lock. */
static struct member **find(struct room *room, int conn)
{
    struct member **link = &room->first;
    while (*link != NULL && (*link)->conn != conn)
        link = &(*link)->next;
    return link;
}

int room_join(struct room *room, int conn, uint16_t peer)
{
    struct member *member = malloc(sizeof *member);
    if (member == NULL) {
        complain("malloc");
        return -1;
    }
    int own = dup(conn);
    if (own < 0) {
        complain("dup");
        free(member);
        return -1;
    }
    struct message joined;
    compose_of(&joined, peer, "joined", strlen("joined"));

    pthread_mutex_lock(&room->lock);
    *member = (struct member){.conn = conn, .own = own, .peer = peer, .next = room->first};
    room->first = member;
    send_to_all(room, &joined, NULL);
    pthread_mutex_unlock(&room->lock);
    return 0;
}

void room_say(struct room *room, int conn, const char *line, size_t length)
{
    struct message message;
    pthread_mutex_lock(&room->lock);
    const struct member *speaker = *find(room, conn);
    if (speaker != NULL) {
        compose_of(&message, speaker->peer, line, length);
        send_to_all(room, &message, speaker);
    }
    pthread_mutex_unlock(&room->lock);
}

void room_announce(struct room *room, const char *line, size_t length)
{
    struct message message;
    compose(&message, "server says: ", line, length);
    pthread_mutex_lock(&room->lock);
    send_to_all(room, &message, NULL);
    pthread_mutex_unlock(&room->lock);
}

void room_leave(struct room *room, int conn)
{
    struct message left;
    pthread_mutex_lock(&room->lock);
    struct member **link = find(room, conn);
    struct member *member = *link;
    if (member != NULL) {
        *link = member->next; /* out first: from here on nothing is sent to it */
        compose_of(&left, member->peer, "left", strlen("left"));
        send_to_all(room, &left, NULL);
        close(member->own);
    }
    pthread_mutex_unlock(&room->lock);
    free(member);
}
