/*
 * Goal: each line from one client goes to all the others in the room, from many threads at once.
 *
 * Task: write the room. room.h says what each function must do, and what all of them must do
 * together; the TODOs below say what must be true. First decide what a struct room contains, and
 * which parts of it you may access only while you hold the lock. All functions send lines to the
 * members in the same way: write one static function for that.
 *
 * man pages: pthread_mutex_lock(3) pthread_mutex_init(3) send(2) shutdown(2) malloc(3)
 * handout:   handouts/en/4-pthread.md
 * test:      make lab-4
 */
#include "4-pthread/room.h"

#include "common/console.h"

#include <errno.h>

struct room *room_open(void)
{
    /*
     * TODO 1: there is an empty room with an initialized lock.
     * TODO 2: if that failed, complain() has reported the failed call, errno is set, and everything
     *         is freed.
     *
     * Until you have written it:
     */
    errno = ENOSYS;
    complain("room_open");
    return NULL;
}

void room_close(struct room *room)
{
    /*
     * TODO 3: everything that room_open created is freed. If ROOM is NULL, nothing happens.
     *
     * Until you have written it:
     */
    (void)room;
}

int room_join(struct room *room, int conn, uint16_t peer)
{
    /*
     * TODO 4: the client is in the room, and all members have got `joined`. The new member has got
     *         it as its first line.
     * TODO 5: if there is no memory for it, complain() has reported that, the room has not changed,
     *         and the lock is free.
     *
     * Until you have written it:
     */
    (void)room;
    (void)conn;
    (void)peer;
    errno = ENOSYS;
    complain("room_join");
    return -1;
}

void room_say(struct room *room, int conn, const char *line, size_t length)
{
    /*
     * TODO 6: the line has been sent to all members except the sender, with the sender's number in
     *         front and a newline at the end, whole and not mixed with another line.
     * TODO 7: if sending to one member failed, all others have got the line, no SIGPIPE was raised,
     *         and the failed member leaves as room.h says.
     * TODO 8: a member that does not read has not blocked the others.
     *
     * Until you have written it:
     */
    (void)room;
    (void)conn;
    (void)line;
    (void)length;
}

void room_announce(struct room *room, const char *line, size_t length)
{
    /*
     * TODO 9: the line has been sent to all members, as in TODO 6 to 8, but from the server.
     *
     * Until you have written it:
     */
    (void)room;
    (void)line;
    (void)length;
}

void room_leave(struct room *room, int conn)
{
    /*
     * TODO 10: the member on CONN is removed, its memory is freed, and no other thread sends to
     *          CONN any more.
     * TODO 11: the remaining members have got `left`. If CONN was not a member, nothing happened.
     *
     * Until you have written it:
     */
    (void)room;
    (void)conn;
}
