/* The room as its members see it. The test is all of them, and knows who is in it: each that comes
   or goes is expected to be told to the others, and each line to reach them. What fails here fails
   the test, with a story. */
#ifndef SOCKLADDER_LAB_4_ROOM_H
#define SOCKLADDER_LAB_4_ROOM_H

#include "4-pthread/room.h"
#include "lab-4/common.h"

#include <stddef.h>

/* Who is in the room, in the order in which they came. */
enum { MOST_MEMBERS = 160 };
extern struct peer *members[MOST_MEMBERS];
extern size_t member_count;

/* A client connects, after what the test did last. */
struct peer *connect_next(struct program *server, const char *name);

/* CLIENT is connected, and in the room as soon as it is told so, first of all. */
void expect_joined(struct peer *client);

/* Both: a client comes. */
struct peer *enter(struct program *server, const char *name);

/* CLIENT leaves, and the others are told; or it is only no member any more, for the test. */
void go(struct peer *client, enum leaving how);
void forget(const struct peer *client);

/* `[40284] hello`: the line as the members get it. It stays until the next call but three. */
const char *line_of(const struct peer *from, const char *words);

/* All members get LINE next, but not EXCEPT (or NULL). */
void expect_told(const char *line, const struct peer *except);

/* CLIENT says WORDS, or a word, and all the others hear them. */
void say(struct peer *client, const char *words);
void say_something(struct peer *client);

/* The operator says WORDS, and everybody hears them. */
void announce(struct program *server, const char *words);

/* What MEMBER gets next are these COUNT lines, each once, in whatever order. DID begins the story.
 */
void expect_in_any_order(struct peer *member, const char *const *lines, size_t count,
                         const char *did);

/* A member, and everything that it has heard. */
struct listener {
    struct peer *peer;
    struct text heard;
    size_t lines;
};

/* Takes what has come for LISTENER, without waiting. */
void listen_on(struct listener *listener);

/* ---- threads that the test holds ---- */

/* A thread of SERVER is held at the gate of GROUP. (Whose sends have been received may not have
   returned from the last of them yet: it would be held at a gate that stands behind that call. So
   the gates stand in front of the next.) */
void need_gate(struct program *server, enum probe_group group);

/* The same for the sending of LINE, which all members but SPEAKER are to get. If it was not sent at
   all, that is what is wrong. */
void need_sending_gate(struct program *server, const char *line, const struct peer *speaker);

/* One thread is held at a gate, and COUNT others were given something to do: wait until they have
   done it, or wait for the one that is held. */
void let_others_come(struct program *server, size_t count);

#endif
