/*
 * A room: who is in it, and what is said to all of them. It is the one thing that the threads of
 * this server share, so it guards itself: whatever is read or written in it is read or written
 * under its lock.
 * man pages: pthread_mutex_lock(3) pthread_mutex_init(3) send(2) shutdown(2) malloc(3)
 *
 * What the members see is lines, each ended by a newline:
 *
 *   [40284] joined     to everybody, the newcomer included; the first line that it gets
 *   [40284] hello      to everybody but the speaker
 *   server says: hi    to everybody
 *   [40284] left       to everybody who is still there
 *
 * - From its own `joined` until room_leave a member gets every line once, whole, and never inside
 *   another one. The lines of one speaker arrive in the order in which they were said. Whether the
 *   lines of two speakers arrive at all members in the same order is not promised.
 * - An error in sending to one member concerns that member alone: all the others get the line, and
 *   SIGPIPE is never raised, or is ignored. The member itself leaves when its own thread finds that
 *   the connection is over.
 * - A member that does not read holds up nobody. What is said to it waits in the kernel's buffers
 *   of its connection; when these are full, it gets nothing more, its connection is shut down
 *   (shutdown(2), SHUT_RDWR), and its own thread finds the end of the stream and leaves. Because of
 *   it no line comes later than ROOM_DELAY_MS to the others, and of what is said to it the room
 *   itself keeps no more than ROOM_KEPT bytes, or nothing at all.
 * - How many members there may be, only the memory limits.
 *
 * The lock is held for no longer than the work on the room takes: never while waiting for a client.
 * It is one that valgrind's helgrind knows, of pthreads, of C11 or a semaphore (sem_overview(7)):
 * what only pipes or atomic variables put in order, helgrind takes for a race.
 * room_say, room_announce, room_join and room_leave may be called from any number of threads at the
 * same time. room_open is called before the threads that use the room are created. None may be
 * called from a signal handler.
 */
#ifndef SOCKLADDER_ROOM_H
#define SOCKLADDER_ROOM_H

#include <stddef.h>
#include <stdint.h>

enum {
    ROOM_LINE_LIMIT = 1000, /* the most bytes that are said at a time: with what stands in front it
                               is still a line (2-chat/line.h) */
    ROOM_DELAY_MS = 1000,
    ROOM_KEPT = 65536,
};

/* What is in it is up to room.c. */
struct room;

/* A new room with nobody in it. Returns it; the caller closes it. Or NULL with errno, after
   complain() with the call that failed. */
struct room *room_open(void);

/* Releases ROOM. Nobody may be in it or use it any more. NULL is nothing to release. */
void room_close(struct room *room);

/*
 * Lets the client on CONN in and tells everybody.
 *
 *   conn  the connected socket; it stays the caller's, who calls room_leave before closing it. No
 *         two members have the same.
 *   peer  the client's port, in host byte order: the number in its lines. Clients at two addresses
 *         may have the same.
 *
 * Returns 0; or -1 with errno (ENOMEM) after complain(): then it is not in, and nothing was sent.
 */
int room_join(struct room *room, int conn, uint16_t peer);

/* Sends the LENGTH bytes of LINE, with the speaker's number in front and a newline behind, to all
   members but the speaker. CONN is the speaker's, who is a member. LENGTH is at most
   ROOM_LINE_LIMIT; the bytes are any but a newline. */
void room_say(struct room *room, int conn, const char *line, size_t length);

/* The same from the operator: `server says: ` in front, and to all members. */
void room_announce(struct room *room, const char *line, size_t length);

/* Lets the member on CONN out and tells the others. When it returns, nothing is sent to CONN any
   more, and nothing will be: the number may soon be that of somebody else's connection. Does
   nothing when CONN is not in. */
void room_leave(struct room *room, int conn);

#endif
