/* room.c by itself, a function at a time: what each returns, and whom it tells. */
#include "grader/expect/complaint.h"
#include "lab-4/calls.h"

#include <errno.h>
#include <string.h>

/* CLIENT is no member: the driver closes its connection, and nothing has come there. */
static void expect_untold(struct program *driver, size_t number, struct peer *client,
                          const char *situation)
{
    size_t extra;
    gate_open(driver, GROUP_DRIVEN);
    tell(driver, "hang_up %zu", number);
    if (peer_receive_end(client, &extra) && extra == 0)
        return;
    fail_because(EXPECT_NOTHING, "%s, who is no member, should get nothing. It got %zu %s.",
                 _(situation), extra, text_plural(extra, "byte", "bytes"));
}

SCENARIO(join_returns, 2, "room: room_join returns 0, and all members get `joined`",
         "room_open returns an empty room. room_join adds the member, sends `joined` to all, also "
         "to the new one, and returns 0.",
         "Who is in the room")
{
    struct program *driver = open_room();
    for (size_t i = 0; i < 3; i++)
        join(driver, three[i]);
}

SCENARIO(say_and_announce, 3, "room: room_say and room_announce send to the right members",
         "room_say sends to all but the member on CONN; room_announce to all, with `server says: ` "
         "in front. Each line ends with a newline.",
         "Who is in the room")
{
    char longest[ROOM_LINE_LIMIT + 1];
    struct program *driver = open_room();
    for (size_t i = 0; i < 3; i++)
        join(driver, three[i]);
    speak_up(driver, 0, members[0], new_word().letters);
    speak_up(driver, 2, members[2], new_word().letters);
    speak_up(driver, 1, members[1], "");
    fill_letters(longest, ROOM_LINE_LIMIT);
    longest[ROOM_LINE_LIMIT] = '\0';
    speak_up(driver, 1, members[1], longest);
    call(driver, "announce 0 welcome", "room_announce was called");
    expect_told("server says: welcome", NULL);
}

SCENARIO(leave_returns, 3, "room: room_leave removes one member, and only once",
         "Find the member by CONN, take it out, and tell the others. If CONN is not a member, do "
         "nothing.",
         "Who is in the room")
{
    struct program *driver = open_room();
    struct peer *first = join(driver, three[0]);
    struct peer *second = join(driver, three[1]);
    struct peer *third = join(driver, three[2]);
    leave_room(driver, 1, second);
    call(driver, "leave 1", "room_leave was called again, for a member that had left");
    speak_up(driver, 0, first, new_word().letters);
    leave_room(driver, 0, first);
    call(driver, "announce 0 good night", "room_announce was called with one member in the room");
    expect_told("server says: good night", NULL);
    leave_room(driver, 2, third);
    expect_untold(driver, 1, second, "The second client had left");
}

SCENARIO(used_after_empty, 2, "room: can be used again after everybody has left",
         "Remove the member that leaves, tell those who are still there, and unlock, also when "
         "nobody is left. Keep the room itself until room_close.",
         "Who is in the room")
{
    struct program *driver = open_room();
    call(driver, "announce 0 anybody?", "room_announce was called for an empty room");
    call(driver, "leave 0", "room_leave was called for an empty room");
    for (size_t seat = 0; seat < 4; seat += 2) {
        struct peer *first = join(driver, three[0]);
        struct peer *second = join(driver, three[1]);
        speak_up(driver, seat + 1, second, new_word().letters);
        leave_room(driver, seat, first);
        leave_room(driver, seat + 1, second);
        call(driver, "announce 0 anybody?", "room_announce was called after everybody had left");
        call(driver, "leave 0", "room_leave was called after everybody had left");
        tell(driver, "hang_up %zu", seat); /* the next clients get the same descriptors */
        tell(driver, "hang_up %zu", seat + 1);
    }
}

/* ---- memory ---- */

/* DRIVER has complained since BEFORE that there is no memory. */
static void expect_no_memory(struct program *driver, const struct returned *returned, size_t before,
                             const char *situation)
{
    expect_error(returned, ENOMEM, situation);
    program_look(driver);
    if (driver->complained.length == before || !has_complained_of(driver, NULL, NULL))
        expect_reported(driver, returned, "malloc", strerror(ENOMEM), situation);
}

/* The allocation after SKIP others fails in room_open. */
static void open_without_memory(int skip)
{
    static const char situation[] = "malloc failed with ENOMEM in room_open";
    struct returned returned;
    fault_at_start(GROUP_ALLOCATING, ENOMEM, 0, 1, skip);
    struct program *driver = start_room(&returned);
    if (fault_hits(driver, GROUP_ALLOCATING) == 0)
        program_needs_no_fault(driver);
    else if (returned.result == -1)
        expect_no_memory(driver, &returned, 0, situation);
    else
        join(driver, three[0]); /* it may have done without */
    program_terminate(driver);
    member_count = 0;
}

/* Two are in the room. A newcomer is to join, and the allocation after SKIP others fails. Returns
   whether room_join has failed. */
static bool join_without_memory(struct program *driver, int skip)
{
    static const char situation[] = "malloc failed with ENOMEM in room_join";
    size_t before = driver->complained.length;
    char byte;
    fault_error(driver, GROUP_ALLOCATING, ENOMEM, 1, skip);
    struct peer *newcomer = connect_next(driver, "A newcomer");
    struct returned returned = call(driver, "join", situation);
    bool met = fault_hits(driver, GROUP_ALLOCATING) > 0;
    fault_off(driver, GROUP_ALLOCATING);
    if (returned.result == 0) {
        if (!met)
            expect_joined(newcomer);
        return false;
    }
    expect_no_memory(driver, &returned, before, situation);
    speak_up(driver, 0, members[0], new_word().letters);
    if (peer_peek(newcomer, &byte) != -1)
        fail_because(EXPECT_NOTHING,
                     "%s, and it returned -1. The newcomer should not have got anything.",
                     _(situation));
    return true;
}

SCENARIO(room_no_memory, 2, "room: room_open and room_join fail when malloc does",
         "Get all memory before you change the room. If malloc returns NULL, complain(\"malloc\"), "
         "free what you have, and return NULL or -1 with ENOMEM in errno.",
         "Who is in the room")
{
    for (int skip = 0; skip < 2; skip++)
        open_without_memory(skip);
    struct program *driver = open_room();
    join(driver, three[0]);
    join(driver, three[1]);
    for (int skip = 0; join_without_memory(driver, skip); skip++)
        continue;
    if (!program_met_fault(driver))
        program_needs_no_fault(driver);
}

SCENARIO(room_freed, 1, "room: room_close frees all that room_open has created",
         "Free everything: the room itself, and each table or list in it. room_close(NULL) does "
         "nothing.",
         "Who is in the room")
{
    enum { TIMES = 2000, LEAST = TIMES * 8 }; /* less than 2000 blocks on the heap take */
    static const char situation[] =
        "2000 times, a room was opened, a client joined and left it, and it was closed";
    struct program *driver = open_room();
    struct peer *client = join(driver, three[0]);
    leave_room(driver, 0, client);
    call(driver, "renew 50",
         "room_close(NULL) was called, and then 50 rooms were opened and closed");
    program_settle(driver);
    struct returned before = call(driver, "renew 2000", situation);
    program_settle(driver);
    struct returned after = call(driver, "renew 0", situation);
    int64_t more = after.result - before.result;
    if (more > LEAST)
        fail_because(EXPECT_RESOURCES,
                     "%s. As much memory should be in use as before. It is %lld bytes more, which "
                     "is %lld for each room.",
                     _(situation), (long long)more, (long long)more / TIMES);
}
