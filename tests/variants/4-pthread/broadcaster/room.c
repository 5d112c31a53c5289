/* One thread sends all that is said, in the order in which it was said; it lets people in and out
   as well. */
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

enum { ORDERS = 32 };

/* The members are the broadcaster's alone. */
struct member {
    int conn;
    uint16_t peer;
    bool given_up;
    struct member *next;
};

/* What somebody wants the broadcaster to do; it lies on the stack of who waits until it is done. */
struct order {
    enum { JOIN, SAY, ANNOUNCE, LEAVE } what;
    int conn;
    struct member *member; /* who joins; or has left, to be freed */
    const char *line;
    size_t length;
    bool done;
};

struct room {
    pthread_t broadcaster;
    pthread_mutex_t lock; /* guards all that follows but `first` */
    pthread_cond_t more;
    pthread_cond_t done;
    pthread_cond_t less;
    bool closing;
    size_t count;
    struct order *orders[ORDERS];
    struct member *first;
};

static bool send_at_once(int conn, const char *bytes, size_t length)
{
    size_t sent = 0;
    while (sent < length) {
        ssize_t taken = send(conn, bytes + sent, length - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (taken < 0 && errno == EINTR)
            continue;
        if (taken < 0)
            return false;
        sent += (size_t)taken;
    }
    return true;
}

static void send_to_all(struct room *room, const char *front, const char *line, size_t length,
                        const struct member *except)
{
    char bytes[LINE_LIMIT + 1];
    size_t all = strlen(front);
    memcpy(bytes, front, all);
    memcpy(bytes + all, line, length);
    all += length;
    bytes[all++] = '\n';
    for (struct member *member = room->first; member != NULL; member = member->next) {
        if (member == except || member->given_up || send_at_once(member->conn, bytes, all))
            continue;
        member->given_up = true;
        shutdown(member->conn, SHUT_RDWR);
    }
}

static struct member **find(struct room *room, int conn)
{
    struct member **link = &room->first;
    while (*link != NULL && (*link)->conn != conn)
        link = &(*link)->next;
    return link;
}

static void carry_out(struct room *room, struct order *order)
{
    if (order->what == ANNOUNCE) {
        send_to_all(room, "server says: ", order->line, order->length, NULL);
        return;
    }
    if (order->what == JOIN) {
        order->member->next = room->first;
        room->first = order->member;
    }
    struct member **link = find(room, order->conn);
    struct member *member = *link;
    char front[sizeof "[65535] "];
    if (member == NULL)
        return;
    snprintf(front, sizeof front, "[%u] ", (unsigned)member->peer);
    if (order->what == LEAVE) {
        *link = member->next;
        order->member = member;
    }
    send_to_all(room, front, order->line, order->length, order->what == SAY ? member : NULL);
}

static void *broadcast(void *argument)
{
    struct room *room = argument;
    pthread_mutex_lock(&room->lock);
    for (;;) {
        while (room->count == 0 && !room->closing)
            pthread_cond_wait(&room->more, &room->lock);
        if (room->count == 0)
            break;
        struct order *order = room->orders[0];
        room->count--;
        memmove(room->orders, room->orders + 1, room->count * sizeof room->orders[0]);
        pthread_cond_signal(&room->less);
        pthread_mutex_unlock(&room->lock);
        carry_out(room, order);
        pthread_mutex_lock(&room->lock);
        order->done = true;
        pthread_cond_broadcast(&room->done);
    }
    pthread_mutex_unlock(&room->lock);
    return NULL;
}

/* Has ORDER carried out. */
static void give(struct room *room, struct order *order)
{
    pthread_mutex_lock(&room->lock);
    while (room->count == ORDERS)
        pthread_cond_wait(&room->less, &room->lock);
    room->orders[room->count++] = order;
    pthread_cond_signal(&room->more);
    while (!order->done)
        pthread_cond_wait(&room->done, &room->lock);
    pthread_mutex_unlock(&room->lock);
}

struct room *room_open(void)
{
    struct room *room = calloc(1, sizeof *room);
    if (room == NULL) {
        complain("calloc");
        return NULL;
    }
    pthread_mutex_init(&room->lock, NULL);
    pthread_cond_init(&room->more, NULL);
    pthread_cond_init(&room->done, NULL);
    pthread_cond_init(&room->less, NULL);
    int error = pthread_create(&room->broadcaster, NULL, broadcast, room);
    if (error != 0) {
        complain_because("pthread_create", strerror(error));
        free(room);
        errno = error;
        return NULL;
    }
    return room;
}

void room_close(struct room *room)
{
    if (room == NULL)
        return;
    pthread_mutex_lock(&room->lock);
    room->closing = true;
    pthread_cond_signal(&room->more);
    pthread_mutex_unlock(&room->lock);
    pthread_join(room->broadcaster, NULL);
    free(room);
}

int room_join(struct room *room, int conn, uint16_t peer)
{
    struct member *member = malloc(sizeof *member);
    if (member == NULL) {
        complain("malloc");
        return -1;
    }
    *member = (struct member){.conn = conn, .peer = peer};
    struct order order = {.what = JOIN, .conn = conn, .member = member, .line = "joined"};
    order.length = strlen(order.line);
    give(room, &order);
    return 0;
}

void room_say(struct room *room, int conn, const char *line, size_t length)
{
    struct order order = {.what = SAY, .conn = conn, .line = line, .length = length};
    give(room, &order);
}

void room_announce(struct room *room, const char *line, size_t length)
{
    struct order order = {.what = ANNOUNCE, .line = line, .length = length};
    give(room, &order);
}

void room_leave(struct room *room, int conn)
{
    struct order order = {.what = LEAVE, .conn = conn, .line = "left"};
    order.length = strlen(order.line);
    give(room, &order);
    free(order.member);
}
