/*
 * A chat room: it knows its members and sends lines to all of them. The threads of this server
 * share it, so it protects itself: hold its lock whenever you read or write what it contains.
 * man pages: pthread_mutex_lock(3) pthread_mutex_init(3) send(2) shutdown(2) malloc(3)
 *
 * The members get these lines, each with a newline at the end:
 *
 *   [40284] joined     to all members, also the new one, for which it is the first line
 *   [40284] hello      to all members except the sender
 *   server says: hi    to all members
 *   [40284] left       to all members who are still there
 *
 * - From its own `joined` until room_leave, a member gets every line once, whole, and never in the
 *   middle of another line. The lines of one sender arrive in the order in which they were sent.
 *   The lines of two senders may arrive in a different order at different members.
 * - A failed send to one member concerns only that member: all others get the line. SIGPIPE must
 *   never be raised, or must be ignored. The member leaves when its own thread sees that the
 *   connection has ended.
 * - A member that does not read must not block the others. Its lines wait in the kernel's buffers
 *   of its connection. When these are full, the room sends it nothing more and shuts down its
 *   connection (shutdown(2), SHUT_RDWR); its own thread then reads end of file and leaves. A slow
 *   member must not delay a line to the others by more than ROOM_DELAY_MS, and the room itself
 *   keeps at most ROOM_KEPT bytes for it.
 * - Only memory limits the number of members.
 *
 * Hold the lock only while you work on the room, and never while you wait for a client. Use a lock
 * that valgrind's helgrind knows: of pthreads, of C11, or a semaphore (sem_overview(7)). If only
 * pipes or atomic variables order two accesses, helgrind reports a data race.
 * Any number of threads may call room_say, room_announce, room_join and room_leave at the same
 * time. room_open is called before the threads that use the room are created. A signal handler must
 * not call any of them.
 */
#ifndef SOCKLADDER_ROOM_H
#define SOCKLADDER_ROOM_H

#include <stddef.h>
#include <stdint.h>

enum {
    ROOM_LINE_LIMIT = 1000, /* bytes in a line, at most: with the number in front it still fits into
                               a line of 2-chat/line.h */
    ROOM_DELAY_MS = 1000,
    ROOM_KEPT = 65536,
};

/* room.c decides what it contains. */
struct room;

/* Creates an empty room. Returns it; the caller closes it with room_close. On failure returns NULL
   with errno, after complain() with the call that failed. */
struct room *room_open(void);

/* Frees ROOM, which must have no members and no users any more. Does nothing if ROOM is NULL. */
void room_close(struct room *room);

/*
 * Adds the client on CONN to the room and tells all members.
 *
 *   conn  the connected socket; it belongs to the caller, who calls room_leave before closing it.
 *         No two members have the same conn.
 *   peer  the client's port, in host byte order: the number in its lines. Clients at different
 *         addresses may have the same port.
 *
 * Returns 0; or -1 with errno (ENOMEM) after complain(): then CONN is not a member, and nothing was
 * sent.
 */
int room_join(struct room *room, int conn, uint16_t peer);

/* Sends the LENGTH bytes of LINE to all members except the sender, with the sender's number in
   front and a newline at the end. CONN is the sender's; it is a member. LENGTH is at most
   ROOM_LINE_LIMIT; LINE contains any bytes except a newline. */
void room_say(struct room *room, int conn, const char *line, size_t length);

/* Sends a line from the operator to all members, with `server says: ` in front. */
void room_announce(struct room *room, const char *line, size_t length);

/* Removes the member on CONN and tells the others. After it has returned, no thread sends to CONN
   any more, because CONN may soon be the number of another client's connection. Does nothing if
   CONN is not a member. */
void room_leave(struct room *room, int conn);

#endif
