/* A thread that sends to a member, for as long as something waits for it; it is detached. Who
   leaves waits for its end with a condition. */
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

enum { QUEUE = 32 * 1024 };

struct member {
    int conn;
    uint16_t peer;
    struct room *room;
    pthread_cond_t ended;
    bool sending; /* there is a thread that uses it */
    bool leaving; /* its sender sends what waits and ends */
    bool given_up;
    size_t waits; /* bytes in the queue */
    char queue[QUEUE];
    struct member *next;
};

struct room {
    pthread_mutex_t lock; /* guards all that is in it and in its members */
    struct member *first;
};

struct room *room_open(void)
{
    struct room *room = malloc(sizeof *room);
    if (room == NULL) {
        complain("malloc");
        return NULL;
    }
    pthread_mutex_init(&room->lock, NULL);
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

/* Nothing is sent to it any more. Whoever waits for its connection wakes up. The caller holds
   the lock. */
static void give_up(struct member *member)
{
    member->given_up = true;
    shutdown(member->conn, SHUT_RDWR);
}

static bool send_whole(int conn, const char *bytes, size_t length)
{
    size_t sent = 0;
    while (sent < length) {
        ssize_t taken = send(conn, bytes + sent, length - sent, MSG_NOSIGNAL);
        if (taken < 0 && errno == EINTR)
            continue;
        if (taken < 0)
            return false;
        sent += (size_t)taken;
    }
    return true;
}

/* What the thread of a member does: it alone waits for its connection, and holds no lock then.
 */
static void *send_what_waits(void *argument)
{
    struct member *member = argument;
    char bytes[4096];
    pthread_mutex_lock(&member->room->lock);
    for (;;) {
        if (member->given_up || member->waits == 0)
            break;
        size_t length = member->waits < sizeof bytes ? member->waits : sizeof bytes;
        memcpy(bytes, member->queue, length);
        member->waits -= length;
        memmove(member->queue, member->queue + length, member->waits);
        pthread_mutex_unlock(&member->room->lock);
        bool gone = send_whole(member->conn, bytes, length);
        pthread_mutex_lock(&member->room->lock);
        if (!gone)
            give_up(member);
    }
    struct room *room = member->room;
    member->sending = false;
    pthread_cond_signal(&member->ended);
    pthread_mutex_unlock(&room->lock);
    return NULL;
}

static void start_sender(struct member *member)
{
    pthread_t sender;
    int error = pthread_create(&sender, NULL, send_what_waits, member);
    if (error != 0) {
        complain_because("pthread_create", strerror(error));
        give_up(member);
        return;
    }
    pthread_detach(sender);
    member->sending = true;
}

static void tell_all(struct room *room, const char *front, const char *line, size_t length,
                     const struct member *except)
{
    char bytes[LINE_LIMIT + 1];
    size_t all = strlen(front);
    memcpy(bytes, front, all);
    memcpy(bytes + all, line, length);
    all += length;
    bytes[all++] = '\n';
    for (struct member *member = room->first; member != NULL; member = member->next) {
        if (member == except || member->given_up)
            continue;
        if (member->waits + all > QUEUE) {
            give_up(member);
            continue;
        }
        memcpy(member->queue + member->waits, bytes, all);
        member->waits += all;
        if (!member->sending)
            start_sender(member);
    }
}

/* The same with the number of PEER in front. */
static void tell_all_of(struct room *room, uint16_t peer, const char *line, size_t length,
                        const struct member *except)
{
    char front[sizeof "[65535] "];
    snprintf(front, sizeof front, "[%u] ", (unsigned)peer);
    tell_all(room, front, line, length, except);
}

int room_join(struct room *room, int conn, uint16_t peer)
{
    struct member *member = calloc(1, sizeof *member);
    if (member == NULL) {
        complain("calloc");
        return -1;
    }
    member->conn = conn;
    member->peer = peer;
    member->room = room;
    pthread_cond_init(&member->ended, NULL);
    pthread_mutex_lock(&room->lock);
    member->next = room->first;
    room->first = member;
    tell_all_of(room, peer, "joined", strlen("joined"), NULL);
    pthread_mutex_unlock(&room->lock);
    return 0;
}

static struct member **find(struct room *room, int conn)
{
    struct member **link = &room->first;
    while (*link != NULL && (*link)->conn != conn)
        link = &(*link)->next;
    return link;
}

void room_say(struct room *room, int conn, const char *line, size_t length)
{
    pthread_mutex_lock(&room->lock);
    const struct member *speaker = *find(room, conn);
    if (speaker != NULL)
        tell_all_of(room, speaker->peer, line, length, speaker);
    pthread_mutex_unlock(&room->lock);
}

void room_announce(struct room *room, const char *line, size_t length)
{
    pthread_mutex_lock(&room->lock);
    tell_all(room, "server says: ", line, length, NULL);
    pthread_mutex_unlock(&room->lock);
}

void room_leave(struct room *room, int conn)
{
    pthread_mutex_lock(&room->lock);
    struct member **link = find(room, conn);
    struct member *member = *link;
    if (member == NULL) {
        pthread_mutex_unlock(&room->lock);
        return;
    }
    *link = member->next;
    tell_all_of(room, member->peer, "left", strlen("left"), NULL);
    member->leaving = true;
    if (member->waits > QUEUE / 2)
        give_up(member); /* it does not read, and will not begin now */
    while (member->sending)
        pthread_cond_wait(&member->ended, &room->lock);
    pthread_mutex_unlock(&room->lock);
    pthread_cond_destroy(&member->ended);
    free(member);
}
