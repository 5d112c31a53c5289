/* Conversations in lines: whose turn it is, and when it is over. */
#include "grader/explain/causes/causes.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <string.h>

/* ---- what the themes of conversations share ---- */

const char prompt_of_chat[] = "You want to say: ";

int last_connection(const struct evidence *e, const struct step **from)
{
    for (const struct step *step = e->steps + e->count; step-- > e->steps;) {
        *from = step + 1;
        if (group_of(step) == GROUP_ACCEPTING && step->event.result >= 0)
            return (int)step->event.result;
        if (step->event.call == CALL_CONNECT && step->event.result == 0)
            return step->event.fd;
    }
    *from = e->steps + e->count;
    return -1;
}

bool receives(const struct step *step, int fd)
{
    return step->event.fd == fd && step->event.is_socket && group_of(step) == GROUP_RECEIVING;
}

bool ends_with(const char *string, const char *end)
{
    size_t length = strlen(string);
    return length >= strlen(end) && strcmp(string + length - strlen(end), end) == 0;
}

/* The last of those that RECEIVED are, and have returned: NULL if it brought something. */
static const struct step *end_in(const struct evidence *e, const struct want *received)
{
    const struct step *step = query_last(e, NULL, received);
    return step == NULL || step->event.result > 0 || step->event.size == 0 ||
                   step->event.error == EINTR || step->event.error == EAGAIN
               ? NULL
               : step;
}

const struct step *end_of_connection(const struct evidence *e)
{
    return end_in(e, &(const struct want){.group = GROUP_RECEIVING, .how = ON_SOCKET | RETURNED});
}

static const struct step *end_of_keyboard(const struct evidence *e)
{
    return end_in(e, &(const struct want){
                         .group = GROUP_RECEIVING, .fd = IS(0), .how = OFF_SOCKET | RETURNED});
}

/* LINE, up to its newline, is among what the other side has said. */
static bool was_said(const struct evidence *e, const char *line)
{
    const struct text *said = &e->dialogue.said;
    const char *newline = line == NULL ? NULL : strchr(line, '\n');
    return newline != NULL && said->length > 0 &&
           memmem(said->start, said->length, line, (size_t)(newline - line) + 1) != NULL;
}

bool awaits_what_was_said(const struct evidence *e)
{
    const char *awaited = e->dialogue.awaited.start;
    return awaited != NULL && awaited[0] != '\n' && was_said(e, awaited);
}

/* The same, with `client says: ` in front of it. */
static bool awaits_what_is_told(const struct evidence *e)
{
    const char *says =
        e->dialogue.awaited.start == NULL ? NULL : strstr(e->dialogue.awaited.start, " says: ");
    return says != NULL && was_said(e, says + strlen(" says: "));
}

/* ---- when it is over ---- */

/* Step 1 was the end: in part a it failed, in part b it returned 0. */
static bool find_end(const struct evidence *e, struct finding *f, const struct step *end)
{
    f->step[1] = end;
    if (end == NULL)
        return false;
    f->parts = LIKE(e, end, .how = FAILED_WITH_ERRNO) ? PART('a') : PART('b');
    return true;
}

static bool asks_after_end(const struct evidence *e, struct finding *f)
{
    const struct step *end = end_of_connection(e);
    const struct step *accepting = LAST(e, NULL, .group = GROUP_ACCEPTING);
    const struct text *said = &e->dialogue.said;
    if (!find_end(e, f, end) || (accepting != NULL && accepting > end) ||
        !e->program.reads_keyboard)
        return false;
    /* A last line without a newline may still be answered. */
    return f->parts == PART('a') || said->length == 0 || said->start[said->length - 1] == '\n';
}

static bool waits_after_keyboard(const struct evidence *e, struct finding *f)
{
    const struct step *last = LAST(e, NULL, .group = GROUP_RECEIVING);
    const struct step *end = end_of_keyboard(e);
    return e->dialogue.typed_whole && find_end(e, f, end) && last >= end &&
           LIKE(e, last, .how = PENDING | ON_SOCKET);
}

static bool send_failure_ignored(const struct evidence *e, struct finding *f)
{
    const struct step *step = f->step[1] = LAST(e, NULL, .group = GROUP_SENDING, .how = ON_SOCKET);
    if (step == NULL || !LIKE(e, step, .how = FAILED_WITH_ERRNO) || step->event.error == EINTR ||
        step->event.error == EAGAIN)
        return false;
    while ((step = FIRST(e, step, .how = 0)) != NULL) {
        f->step[2] = step;
        if (group_of(step) == GROUP_ACCEPTING)
            return false;
        if (group_of(step) == GROUP_RECEIVING &&
            (step->event.fd == f->step[1]->event.fd || step->event.fd == 0))
            return true;
    }
    return false;
}

/* The last client that was accepted is let go, and nothing of what it sent, or was about to, was
   received. */
static bool let_go_unheard(const struct evidence *e, struct finding *f)
{
    const struct step *accepted = NULL;
    size_t clients = 0;
    EACH(e, step, .how = 0)
    {
        if (LIKE(e, step, .group = GROUP_ACCEPTING, .how = WENT_WELL)) {
            accepted = step;
            clients++;
        }
        if (accepted == NULL || step->event.fd != (int)accepted->event.result)
            continue;
        f->step[1] = step;
        if (group_of(step) == GROUP_RECEIVING)
            accepted = NULL;
        else if (step->event.call == CALL_CLOSE && clients > 1)
            return true;
    }
    return false;
}

/* ---- waiting for the wrong thing ---- */

/* How much has come of what the console should show and the program has not received; 0 if nothing
   of that kind. */
static int unread_of(const struct evidence *e, bool awaits)
{
    return e->dialogue.peer == -1 || !awaits || !has_stalled(e) ? 0
                                                                : e->peers[e->dialogue.peer].unread;
}

/* Bytes that its finished calls have brought from the last connection. */
static int64_t brought(const struct evidence *e)
{
    int64_t bytes = 0;
    const struct step *from;
    int fd = last_connection(e, &from);
    for (const struct step *step = from; fd != -1 && step < e->steps + e->count; step++)
        if (receives(step, fd) && LIKE(e, step, .how = MOVED))
            bytes += step->event.result;
    return bytes;
}

/* It waits for its keyboard, and $n bytes that have come meanwhile are still in the kernel. */
static bool not_received(const struct evidence *e, struct finding *f, bool awaits)
{
    f->n = e->program.reads_keyboard ? unread_of(e, awaits) : 0;
    return f->n > 0;
}

static bool not_received_meanwhile(const struct evidence *e, struct finding *f)
{
    return not_received(e, f, awaits_what_was_said(e));
}

/* The same where people talk in turns. */
static bool not_received_in_turn(const struct evidence *e, struct finding *f)
{
    return not_received(e, f, awaits_what_is_told(e));
}

/* Of $n bytes in all, $m were received, and $k are still there. */
static bool looks_without_taking(const struct evidence *e, struct finding *f)
{
    if (!not_received(e, f, awaits_what_was_said(e) || awaits_what_is_told(e)))
        return false;
    f->k = f->n;
    f->n = (long long)e->dialogue.said.length;
    f->m = brought(e);
    EACH(e, step, .group = GROUP_RECEIVING, .how = ON_SOCKET | MOVED)
    if ((step->event.flags & MSG_PEEK) != 0)
        f->step[1] = step;
    return f->step[1] != NULL && f->m + f->k > f->n;
}

/* The last call of GROUP, if the program is still in it. */
static bool waits_in(const struct evidence *e, struct finding *f, enum probe_group group)
{
    f->step[1] = LAST(e, NULL, .group = group);
    return f->step[1] != NULL && is_pending(f->step[1]);
}

/* select or poll sleeps, although bytes are there. */
static bool not_watched(const struct evidence *e, struct finding *f)
{
    f->n = unread_of(e, awaits_what_was_said(e) || awaits_what_is_told(e));
    return waits_in(e, f, GROUP_WAITING) && f->n > 0;
}

/* A receive has not returned, although what was sent has left the kernel. */
static bool waits_for_all(const struct evidence *e, struct finding *f)
{
    const struct text *said = &e->dialogue.said;
    if (!waits_in(e, f, GROUP_RECEIVING) || !f->step[1]->event.is_socket || !e->dialogue.awaits ||
        e->dialogue.peer == -1 || !has_stalled(e) || e->peers[e->dialogue.peer].unread != 0)
        return false;
    f->n = (long long)said->length - brought(e);
    return f->n > 0 && said->start[said->length - 1] == '\n' && f->step[1]->event.size > f->n;
}

/* What was typed waits in the pipe, and the program in a receive of its connection. */
static bool keyboard_not_read(const struct evidence *e, struct finding *f)
{
    f->n = e->program.typed;
    if (has_threads(e) && (is_server(e) || FIRST(e, NULL, .fd = IS(0), .how = PENDING) != NULL ||
                           FIRST(e, NULL, .group = GROUP_SENDING, .how = PENDING) != NULL))
        return false; /* others wait for something else */
    return waits_in(e, f, GROUP_RECEIVING) && f->step[1]->event.is_socket &&
           e->dialogue.wanted.length > 0 && e->dialogue.heard.length == 0 && has_stalled(e) &&
           e->program.keyboard_open && f->n > 0;
}

/* ---- the end of a session ---- */

/* People talk in lines, and the server has closed the connection after step 2, although nobody had
   left and nothing had failed. */
static bool turns_cut_short(const struct evidence *e, struct finding *f)
{
    const struct evidence_peer *client = peer_of(e);
    const struct step *step = LAST(e, NULL, .call = IS(CALL_CLOSE), .how = ON_SOCKET);
    if (client == NULL || !client->ended || step == NULL || !e->program.keyboard_open ||
        step->event.tcp_state != TCP_ESTABLISHED || e->program.complained.length > 0 ||
        is_in(step, "server.c"))
        return false;
    const struct step *accepted =
        LAST(e, step, .group = GROUP_ACCEPTING, .result = IS(step->event.fd));
    f->step[1] = step;
    f->step[2] = LAST(e, step, .group = GROUP_SENDING, .fd = IS(step->event.fd), .how = MOVED);
    if (accepted == NULL || f->step[2] == NULL || f->step[2] < accepted || has_gap(accepted, step))
        return false;
    for (const struct step *at = accepted; at < step; at++)
        if (group_of(at) == GROUP_RECEIVING && !is_pending(at) &&
            (at->event.result <= 0 || at > f->step[2]))
            return false; /* a side has left, or the turn was not over */
    return true;
}

/* The same for a function that a driver calls, step 1: it returned, and no call had told it of an
   end. */
static bool turns_returned(const struct evidence *e, struct finding *f)
{
    const struct step *driven = LAST(e, NULL, .group = GROUP_DRIVEN, .how = RETURNED);
    if (driven == NULL || !e->program.keyboard_open || e->program.complained.length > 0 ||
        (driven->event.call != CALL_CHAT_ANSWER && driven->event.call != CALL_CHAT_ASK) ||
        has_gap(driven, &e->steps[e->count - 1]))
        return false;
    f->step[1] = driven;
    for (const struct step *step = driven; (step = query_next(e, step)) != NULL;) {
        enum probe_group group = group_of(step);
        bool receives = group == GROUP_RECEIVING;
        bool sends = group == GROUP_SENDING && step->event.is_socket;
        if (step->event.begun > driven->event.ended)
            break;
        if ((receives || sends) && (is_pending(step) || step->event.result <= 0))
            return false;
        if (sends)
            f->step[2] = step;
    }
    return f->step[2] != NULL;
}

/* ---- the tables ---- */

#define NOT_RECEIVED                                                                               \
    "$n ${n:byte has|bytes have} come for the $role, and no call has received ${n:it|them}: it "   \
    "waits at its keyboard."
#define AT_END "[a:$c1 failed with $E1 ($e1)$1][b:$c1 has returned 0$1]"

const struct cause causes_of_leaving[] = {
    {.id = "keyboard-end-ignored",
     .scope = LINES,
     .explains = waits_after_keyboard,
     .sentence = "The keyboard has ended: " AT_END ". There is nothing more to send, and nothing "
                 "to wait for; but the $role waits for the other side.",
     .hint = "End the conversation when line_read for the keyboard returns 0 or -1."},
    {.id = "connection-end-ignored",
     .scope = LINES,
     .explains = asks_after_end,
     .sentence = AT_END ": the other side has left, and the $role asks its keyboard for another "
                        "line. That is the end of the conversation.",
     .hint = "End the conversation when line_read for the connection returns 0 or -1."},
    {.id = "send-failure-ignored",
     .scope = LINES | NO_THREADS | NO_FORKS,
     .explains = send_failure_ignored,
     .sentence = "$c1 failed with $E1 ($e1)$1, and the conversation went on with $c2$2. A send "
                 "that fails tells that the other side has left: look at what it returns. (Kept "
                 "in a size_t, -1 is not less than 0.)",
     .hint = "End the conversation when line_send returns -1."},
    {.id = "client-let-go-unheard",
     .scope = LINES | NO_THREADS | NO_FORKS,
     .explains = let_go_unheard,
     .sentence = "A client was let go$1, and nothing that it sends was received. Was something of "
                 "an earlier client taken for its own? Each connection has a new reader.",
     .hint = "Begin each connection with line_open, and keep nothing of the one before."},
    {.id = NULL},
};

const struct cause causes_of_lines_unread[] = {
    {.id = "line-peeked",
     .scope = LINES,
     .of = EXPECT_CONSOLE,
     .explains = looks_without_taking,
     .sentence = "$n bytes have come; calls have brought $m, and $k are still there. What recv "
                 "shows with MSG_PEEK$1, is not taken: the next call brings it once more.",
     .hint = "Receive without MSG_PEEK, or take the same bytes afterwards."},
    {.id = "line-unread-meanwhile",
     .scope = LINES,
     .of = EXPECT_CONSOLE,
     .explains = not_received_meanwhile,
     .sentence = NOT_RECEIVED,
     .hint = "Receive from the connection also while the person may type: in a thread, or with "
             "poll(2)."},
    {.id = "connection-not-watched",
     .scope = LINES | NO_THREADS | NO_FORKS,
     .of = EXPECT_CONSOLE,
     .explains = not_watched,
     .sentence = "$n ${n:byte has|bytes have} come, and $c1 still waits$1: it does not watch that "
                 "connection. The first argument of select is the highest descriptor plus one; "
                 "poll wants POLLIN in events.",
     .hint = "Set all arguments of the call anew, and give it both descriptors."},
    {.id = "more-than-line-awaited",
     .scope = LINES | NO_THREADS | NO_FORKS,
     .of = EXPECT_CONSOLE,
     .explains = waits_for_all,
     .sentence = "$n bytes have come that no finished call has brought, and $c1, which was asked "
                 "for $a1, is still waiting$1. Does it wait until all of them are there "
                 "(MSG_WAITALL), or has a stream of stdio taken more than its line?",
     .hint = "Ask for what has come, not for a fixed number of bytes."},
    {.id = NULL},
};

const struct cause causes_of_turns[] = {
    {.id = "session-ends-after-turn",
     .scope = SERVER | LINES | NO_FORKS | NO_THREADS,
     .explains = turns_cut_short,
     .sentence = "The server closed the connection after $c2$2, but nobody had left: close$1.",
     .hint = "Repeat the turns until line_read returns 0 or -1, which it does only when a side has "
             "left.",
     .section = "Taking turns"},
    {.id = "session-ends-after-turn",
     .scope = LINES | NO_FORKS | NO_THREADS,
     .explains = turns_returned,
     .sentence = "$c1 returned $r1 after $c2$2, but nobody had left.",
     .hint = "Repeat the turns until line_read returns 0 or -1, which it does only when a side has "
             "left.",
     .section = "Taking turns"},
    {.id = "line-unread-in-turn",
     .scope = LINES,
     .of = EXPECT_CONSOLE,
     .explains = not_received_in_turn,
     .sentence = NOT_RECEIVED,
     .hint = "Read the line of the other side before you ask the keyboard for one."},
    {.id = "keyboard-not-read",
     .scope = LINES | NO_FORKS,
     .explains = keyboard_not_read,
     .sentence = "$n ${n:byte was|bytes were} typed, and no call has read ${n:it|them}: the $role "
                 "waits for the other side to speak.",
     .hint = "Do not wait for the other side while there is something to read from the keyboard."},
    {.id = NULL},
};
