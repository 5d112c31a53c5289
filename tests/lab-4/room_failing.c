/* room.c by itself, when a send fails, or a member does not read. */
#include "lab-4/calls.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

/* ---- a send that fails ---- */

enum { FOUR = 4 };

/* What has come to PEER begins with LINE and a newline. */
static bool has_come(const struct peer *peer, const char *line)
{
    char bytes[64];
    size_t length = strlen(line);
    return recv(peer->fd, bytes, length + 1, MSG_PEEK) == (ssize_t)length + 1 &&
           memcmp(bytes, line, length) == 0;
}

/* How many members have not got LINE, which member 0 has said; one of them in *MISSED. */
static size_t count_missed(struct peer *const *all, const char *line, size_t *missed)
{
    size_t count = 0;
    for (size_t i = 1; i < FOUR; i++) {
        if (has_come(all[i], line)) {
            expect_line(all[i], line);
        } else {
            *missed = i;
            count++;
        }
    }
    return count;
}

/* Four are in the room. The send after SKIP others fails: whoever it goes to, it fails for this
   member alone, who leaves then. */
static void say_while_failing(int skip)
{
    static const char situation[] = "Four were in the room. One called room_say, and send failed "
                                    "with EPIPE for one of the three others";
    struct peer *all[FOUR];
    size_t missed = 0;
    struct word word = new_word();
    struct program *driver = open_room();
    for (size_t i = 0; i < FOUR; i++)
        all[i] = join(driver, i < 3 ? three[i] : "The fourth client");
    program_settle(driver);
    fault_error(driver, GROUP_SENDING, EPIPE, 1, skip);
    struct returned returned = call(driver, "say 0 hello", situation);
    program_settle(driver);
    expect_met(driver, &returned, GROUP_SENDING, "send");
    size_t count = count_missed(all, line_of(all[0], "hello"), &missed);
    if (count > 1)
        fail_because(EXPECT_LINE,
                     "%s. The two others should have got the line. %zu of the three got it.",
                     _(situation), FOUR - 1 - count);
    if (count == 1)
        leave_room(driver, missed, all[missed]);
    speak_up(driver, 0, all[0], word.letters);
    program_terminate(driver);
    member_count = 0;
}

SCENARIO(call_send_fails, 2, "room: room_say reaches all the others when one send fails",
         "A failed send concerns only that member: go on with the next one, and unlock at the end. "
         "The member stays in the table until room_leave.",
         "One member's error is not the others'")
{
    for (int skip = 0; skip < FOUR - 1; skip++)
        say_while_failing(skip);
}

/* ---- a member that does not read ---- */

/* Enough to tell a long line from a short one, which a long one follows. */
static bool has_something(void *argument)
{
    char bytes[16];
    const struct peer *peer = argument;
    ssize_t count = recv(peer->fd, bytes, sizeof bytes, MSG_PEEK);
    return count == (ssize_t)sizeof bytes || count == 0;
}

static struct peer *join_deaf(struct program *driver)
{
    atomic_store(&driver->orders->buffers, SMALL_BUFFERS);
    peer_buffers(SMALL_BUFFERS);
    struct peer *deaf = connect_next(driver, "The client that does not read");
    peer_buffers(0);
    tell(driver, "join");
    expect_told(line_of(deaf, "joined"), NULL);
    return deaf;
}

/* MEMBER gets LINE, which is longer than LEFT. Before that, it may be told that somebody LEFT: then
 *TOLD is set. */
static void expect_long_line(struct peer *member, const char *line, const char *left, bool *told)
{
    char bytes[64];
    size_t length = strlen(left);
    member->wants = POLLIN;
    stage_wait(member, has_something, member);
    member->wants = 0;
    if (recv(member->fd, bytes, length, MSG_PEEK) == (ssize_t)length &&
        memcmp(bytes, left, length) == 0) {
        expect_line(member, left);
        *told = true;
    }
    expect_line(member, line);
}

SCENARIO(call_deaf, 2, "room: room_say does not wait for a member that does not read",
         "MSG_DONTWAIT: when the buffers of a member are full, send returns at once. Send it "
         "nothing more, and shut down its connection (SHUT_RDWR).",
         "A member that does not read")
{
    enum { LINES = 100 }; /* more bytes than the room may keep, and the kernel keeps */
    char longest[LONG_LINE + 1];
    size_t extra;
    bool told = false; /* the room may let it out at once */
    struct program *driver = fill_room(2);
    struct peer *deaf = join_deaf(driver);
    fill_letters(longest, LONG_LINE);
    longest[LONG_LINE] = '\0';
    for (int i = 1; i <= LINES; i++) {
        tell(driver, "say 0 %s", longest);
        dialogue_did("A member does not read. Another one called room_say with lines of %d bytes; "
                     "this was number %d.",
                     LONG_LINE, i);
        expect_long_line(members[1], line_of(members[0], longest), line_of(deaf, "left"), &told);
    }
    if (!peer_receive_end(deaf, &extra))
        fail_because(EXPECT_CLOSE,
                     "A member did not read, and room_say was called with %d lines of %d bytes. "
                     "The room should have shut down the member's connection when its buffers were "
                     "full. It did not: the member then got %zu bytes, and no end of file.",
                     LINES, LONG_LINE, extra);
    tell(driver, "leave 2");
    expect_line(members[0], line_of(deaf, "left"));
    if (!told)
        expect_line(members[1], line_of(deaf, "left"));
    tell(driver, "say 1 good");
    expect_line(members[0], line_of(members[1], "good"));
}
