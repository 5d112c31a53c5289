/* Whoever speaks sends to all who are there now, without the lock of the room. */
#include "4-pthread/room.h"

#include "common/console.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* A snapshot is sent to without the lock of the room; each member has a lock and a count. */
struct member {
    int conn;
    uint16_t peer;
    int users;
    int gone;
    pthread_mutex_t sending;
    TAILQ_ENTRY(member) at;
};
struct room {
    pthread_mutex_t lock;
    pthread_cond_t unused;
    TAILQ_HEAD(, member) members;
    size_t count;
};

struct room *room_open(void)
{
    struct room *room = malloc(sizeof *room);
    if (room == NULL) {
        complain("malloc");
        return NULL;
    }
    pthread_mutex_init(&room->lock, NULL);
    pthread_cond_init(&room->unused, NULL);
    TAILQ_INIT(&room->members);
    room->count = 0;
    return room;
}

void room_close(struct room *room)
{
    free(room);
}

static void tell(struct member *member, const char *line, size_t length)
{
    pthread_mutex_lock(&member->sending);
    while (length > 0 && !member->gone) {
        struct pollfd one = {.fd = member->conn, .events = POLLOUT};
        ssize_t n = poll(&one, 1, 0) == 1
                        ? send(member->conn, line, length, MSG_DONTWAIT | MSG_NOSIGNAL)
                        : -1;
        if (n > 0) {
            line += n;
            length -= (size_t)n;
        } else if (errno != EINTR) {
            member->gone = 1;
            shutdown(member->conn, SHUT_RDWR);
        }
    }
    pthread_mutex_unlock(&member->sending);
}

/* With the lock; lets it go and takes it again. */
static void tell_all(struct room *room, const char *line, size_t length, const struct member *but)
{
    struct member **all = malloc((room->count + 1) * sizeof(struct member *));
    size_t count = 0;
    struct member *member;
    if (all == NULL) {
        complain("malloc");
        return;
    }
    TAILQ_FOREACH(member, &room->members, at)
    if (member != but) {
        member->users++;
        all[count++] = member;
    }
    pthread_mutex_unlock(&room->lock);
    for (size_t i = 0; i < count; i++)
        tell(all[i], line, length);
    pthread_mutex_lock(&room->lock);
    for (size_t i = 0; i < count; i++)
        if (--all[i]->users == 0)
            pthread_cond_broadcast(&room->unused);
    free(all);
}

static struct member *find(struct room *room, int conn)
{
    struct member *member;
    TAILQ_FOREACH(member, &room->members, at)
    if (member->conn == conn)
        break;
    return member;
}

int room_join(struct room *room, int conn, uint16_t peer)
{
    char joined[32];
    struct member *member = calloc(1, sizeof *member);
    if (member == NULL) {
        complain("calloc");
        return -1;
    }
    member->conn = conn;
    member->peer = peer;
    pthread_mutex_init(&member->sending, NULL);
    int length = snprintf(joined, sizeof joined, "[%hu] joined\n", peer);
    pthread_mutex_lock(&room->lock);
    /* Nobody else can know it before it has been told. */
    tell(member, joined, (size_t)length);
    TAILQ_INSERT_TAIL(&room->members, member, at);
    room->count++;
    tell_all(room, joined, (size_t)length, member);
    pthread_mutex_unlock(&room->lock);
    return 0;
}

void room_say(struct room *room, int conn, const char *line, size_t length)
{
    char bytes[ROOM_LINE_LIMIT + 16];
    pthread_mutex_lock(&room->lock);
    struct member *member = find(room, conn);
    if (member != NULL) {
        int front = sprintf(bytes, "[%hu] ", member->peer);
        memcpy(bytes + front, line, length);
        bytes[front + (int)length] = '\n';
        tell_all(room, bytes, (size_t)front + length + 1, member);
    }
    pthread_mutex_unlock(&room->lock);
}

void room_announce(struct room *room, const char *line, size_t length)
{
    char *bytes = malloc(length + 16);
    if (bytes == NULL)
        return;
    memcpy(bytes, "server says: ", 13);
    memcpy(bytes + 13, line, length);
    bytes[13 + length] = '\n';
    pthread_mutex_lock(&room->lock);
    tell_all(room, bytes, length + 14, NULL);
    pthread_mutex_unlock(&room->lock);
    free(bytes);
}

void room_leave(struct room *room, int conn)
{
    char left[32];
    pthread_mutex_lock(&room->lock);
    struct member *member = find(room, conn);
    if (member != NULL) {
        TAILQ_REMOVE(&room->members, member, at);
        room->count--;
        int length = snprintf(left, sizeof left, "[%hu] left\n", member->peer);
        tell_all(room, left, (size_t)length, NULL);
        while (member->users > 0)
            pthread_cond_wait(&room->unused, &room->lock);
        pthread_mutex_destroy(&member->sending);
        free(member);
    }
    pthread_mutex_unlock(&room->lock);
}
