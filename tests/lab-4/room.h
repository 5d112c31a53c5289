/* The room as its members see it. The test plays all members and knows who is in the room. It
   expects all members to get each line, and each `joined` and `left`. If one of these functions
   fails, it ends the test with a report. */
#ifndef SOCKLADDER_LAB_4_ROOM_H
#define SOCKLADDER_LAB_4_ROOM_H

#include "4-pthread/room.h"
#include "lab-4/common.h"

#include <stddef.h>

/* The members, in the order in which they joined. */
enum { MOST_MEMBERS = 160 };
extern struct peer *members[MOST_MEMBERS];
extern size_t member_count;

/* Connects a client. */
struct peer *connect_next(struct program *server, const char *name);

/* Expects `joined` of CLIENT, as its own first line and at all members. Adds it to the members. */
void expect_joined(struct peer *client);

/* Both: connects a client that joins the room. */
struct peer *enter(struct program *server, const char *name);

/* CLIENT leaves. Expects the others to be told. forget() only removes it from the test's list. */
void go(struct peer *client, enum leaving how);
void forget(const struct peer *client);

/* Returns `[40284] hello`, the line as the members get it. It is valid for three more calls. */
const char *line_of(const struct peer *from, const char *words);

/* Expects all members except EXCEPT (or NULL) to get LINE next. */
void expect_told(const char *line, const struct peer *except);

/* CLIENT sends WORDS, or a new word. Expects all the others to get it. */
void say(struct peer *client, const char *words);
void say_something(struct peer *client);

/* The operator types WORDS. Expects all members to get it. */
void announce(struct program *server, const char *words);

/* Expects MEMBER to get these COUNT lines next, each once, in any order. DID is the beginning of
   the report. */
void expect_in_any_order(struct peer *member, const char *const *lines, size_t count,
                         const char *did);

/* A member, and everything that it has received. */
struct listener {
    struct peer *peer;
    struct text heard;
    size_t lines;
};

/* Receives what has arrived for LISTENER, without waiting. */
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
