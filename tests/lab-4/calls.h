/* Calls of the functions of room.c, one by one, by a driver (tests/drivers/call_room.c), without
   any serve.c. If one of these functions fails, it ends the test with a report. */
#ifndef SOCKLADDER_LAB_4_CALLS_H
#define SOCKLADDER_LAB_4_CALLS_H

#include "lab-4/room.h"

/* Tells DRIVER what to do: "say 2 hello"; "&say 2 hello" in a thread of its own. */
void tell(struct program *driver, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Tells DRIVER, which is held after a call, to make another; returns what that has returned. DRIVER
   is held again then. SITUATION begins the story: "room_leave was called for a member". */
struct returned call(struct program *driver, const char *line, const char *situation);

/* A driver that is going to open a room, with nothing called so far; and one that has opened it,
   and is held. */
struct program *start_room(struct returned *returned);
struct program *open_room(void);

/* The next client connects, and room_join is called for it. It must return 0, and all be told. */
struct peer *join(struct program *driver, const char *name);

/* A room with COUNT members, at most three. The driver is not held any more. */
struct program *fill_room(size_t count);
extern const char *const three[3]; /* what they are called */

/* Member NUMBER, whom the test knows as MEMBER, says WORDS; leaves. The others must be told. */
void speak_up(struct program *driver, size_t number, const struct peer *member, const char *words);
void leave_room(struct program *driver, size_t number, const struct peer *member);

#endif
