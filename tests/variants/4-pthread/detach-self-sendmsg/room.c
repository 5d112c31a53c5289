/* What stands in front, the line and the newline leave in one sendmsg, and are never copied
   together. */
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
#include <sys/uio.h>

struct member {
    int conn;
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
    char number[sizeof "[65535] "];
    struct iovec parts[3];
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
    message->parts[0] = (struct iovec){(void *)front, strlen(front)};
    message->parts[1] = (struct iovec){(void *)line, length};
    message->parts[2] = (struct iovec){"\n", 1};
}

/* The same with the number of PEER in front. */
static void compose_of(struct message *message, uint16_t peer, const char *line, size_t length)
{
    snprintf(message->number, sizeof message->number, "[%u] ", (unsigned)peer);
    compose(message, message->number, line, length);
}

/* Sends MESSAGE as far as that is possible without waiting. Returns whether all of it has gone. */
static bool send_at_once(int conn, const struct message *message)
{
    struct iovec parts[3];
    memcpy(parts, message->parts, sizeof parts);
    struct msghdr header = {.msg_iov = parts, .msg_iovlen = 3};
    while (header.msg_iovlen > 0) {
        ssize_t taken = sendmsg(conn, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (taken < 0 && errno == EINTR)
            continue;
        if (taken < 0)
            return false;
        size_t left = (size_t)taken;
        while (header.msg_iovlen > 0 && left >= header.msg_iov->iov_len) {
            left -= header.msg_iov->iov_len;
            header.msg_iov++;
            header.msg_iovlen--;
        }
        if (header.msg_iovlen > 0) {
            header.msg_iov->iov_base = (char *)header.msg_iov->iov_base + left;
            header.msg_iov->iov_len -= left;
        }
    }
    return true;
}

/* Sends MESSAGE to everybody but EXCEPT, which may be NULL. The caller holds the lock. */
static void send_to_all(struct room *room, const struct message *message,
                        const struct member *except)
{
    for (struct member *member = room->first; member != NULL; member = member->next) {
        if (member == except || member->given_up || send_at_once(member->conn, message))
            continue;
        /* It has got a part of the line at most, so nothing may follow. Its connection is its own
           thread's to close; that one wakes up now, finds the end of the stream and leaves. */
        member->given_up = true;
        shutdown(member->conn, SHUT_RDWR);
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
    struct message joined;
    compose_of(&joined, peer, "joined", strlen("joined"));

    pthread_mutex_lock(&room->lock);
    *member = (struct member){.conn = conn, .peer = peer, .next = room->first};
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
    }
    pthread_mutex_unlock(&room->lock);
    free(member);
}
