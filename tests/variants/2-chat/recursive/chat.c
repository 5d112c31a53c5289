/* The conversation as functions that call each other's next turn; every turn returns what the conversation returns. */
#include "2-chat/chat.h"

#include "2-chat/line.h"
#include "common/console.h"

#include <errno.h>

/* Says that the peer, WHO, has left: when its stream has ended, RESULT being 0, and also when the
   connection broke. Only a line too long comes from a peer that is still there. Returns RESULT. */
static int end_with(const char *who, int result)
{
    if (result == 0 || errno != EMSGSIZE)
        console_say("%s left", who);
    return result;
}

/* One turn of the peer: shows its next line. Returns 1, or what ends the conversation: 0 or -1. */
static int hear(const char *who, struct line_reader *peer)
{
    char line[LINE_LIMIT + 1];
    size_t length;
    int result = line_read(peer, line, &length);
    if (result <= 0)
        return end_with(who, result);
    console_say("%s says: %s", who, line);
    return 1;
}

/* One turn of the person: sends the next line from the keyboard. Returns as hear does. */
static int speak(const char *who, int conn, struct line_reader *keyboard)
{
    char line[LINE_LIMIT + 1];
    size_t length;
    console_prompt("You want to say: ");
    int result = line_read(keyboard, line, &length);
    if (result <= 0)
        return result;
    if (line_send(conn, line, length) < 0)
        return end_with(who, -1);
    return 1;
}

struct talk {
    const char *who;
    int conn;
    struct line_reader peer;
    struct line_reader *keyboard;
};

static int next_turn(struct talk *talk, int is_person)
{
    int result = is_person ? speak(talk->who, talk->conn, talk->keyboard)
                           : hear(talk->who, &talk->peer);
    return result > 0 ? next_turn(talk, !is_person) : result;
}

int chat_answer(int conn, uint16_t peer, void *context)
{
    (void)peer;
    struct talk talk = {.who = "client", .conn = conn, .keyboard = context};
    line_open(&talk.peer, conn);
    return next_turn(&talk, 0);
}

int chat_ask(int conn, struct line_reader *keyboard)
{
    struct talk talk = {.who = "server", .conn = conn, .keyboard = keyboard};
    line_open(&talk.peer, conn);
    return next_turn(&talk, 1);
}
