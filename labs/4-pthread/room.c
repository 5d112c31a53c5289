/*
 * Goal: what one person says, all the others in the room hear, from many threads at once.
 *
 * Task: write the room. room.h says what each function must do, and what all of them must see to
 * together; the numbers below are what must be true. Think first about what a struct room holds,
 * and which of it is only touched under the lock. All that is said goes the same way to the
 * members: a static helper can serve all functions.
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
     * TODO 1: there is a room, with a lock that is ready and nobody in it.
     * TODO 2: if not, complain() has said why, errno is set, and nothing is left of it.
     *
     * Until then, honestly:
     */
    errno = ENOSYS;
    complain("room_open");
    return NULL;
}

void room_close(struct room *room)
{
    /*
     * TODO 3: what room_open has made is released; for NULL nothing happens.
     *
     * Until then, nothing:
     */
    (void)room;
}

int room_join(struct room *room, int conn, uint16_t peer)
{
    /*
     * TODO 4: the client is in the room, and everybody has got `joined`, the newcomer before
     *         anything else.
     * TODO 5: if there is no memory for it, complain() has said so, the room is as before, and the
     *         lock is free.
     *
     * Until then, honestly:
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
     * TODO 6: everybody but the speaker has been sent the line, with the speaker's number in front
     *         and a newline behind, whole and not mixed with another line.
     * TODO 7: a member to whom sending failed has taken the line from nobody else, has raised no
     *         SIGPIPE, and has been let go as room.h says.
     * TODO 8: a member that does not read has held up nobody.
     *
     * Until then, nothing:
     */
    (void)room;
    (void)conn;
    (void)line;
    (void)length;
}

void room_announce(struct room *room, const char *line, size_t length)
{
    /*
     * TODO 9: everybody has been sent the line, as in TODO 6 to 8, but from the server.
     *
     * Until then, nothing:
     */
    (void)room;
    (void)line;
    (void)length;
}

void room_leave(struct room *room, int conn)
{
    /*
     * TODO 10: the member on CONN is out, what was kept for it is released, and whatever another
     *          thread was sending to CONN is over.
     * TODO 11: those who are still there have got `left`. When CONN was not in, nothing has
     *          happened.
     *
     * Until then, nothing:
     */
    (void)room;
    (void)conn;
}
