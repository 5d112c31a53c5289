/* printf and fflush for all that the console shows. */
#include "2-chat/chat.h"

#include "2-chat/line.h"
#include "common/console.h"

#include <errno.h>
#include <stdio.h>

/* What waits in the buffer of stdout is not on the screen. errno stays. */
#define say(...) (printf(__VA_ARGS__), fflush(stdout))

/* Says that the peer, WHO, has left: when its stream has ended, RESULT being 0, and also when the
   connection broke. Only a line too long comes from a peer that is still there. Returns RESULT. */
static int end_with(const char *who, int result)
{
    if (result == 0 || errno != EMSGSIZE)
        say("%s left\n", who);
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
    say("%s says: %s\n", who, line);
    return 1;
}

/* One turn of the person: sends the next line from the keyboard. Returns as hear does. */
static int speak(const char *who, int conn, struct line_reader *keyboard)
{
    char line[LINE_LIMIT + 1];
    size_t length;
    say("You want to say: ");
    int result = line_read(keyboard, line, &length);
    if (result <= 0)
        return result;
    if (line_send(conn, line, length) < 0)
        return end_with(who, -1);
    return 1;
}

int chat_answer(int conn, uint16_t peer, void *context)
{
    (void)peer;
    struct line_reader *keyboard = context;
    struct line_reader client; /* new for every client: nobody gets what another one has sent */
    line_open(&client, conn);

    int result;
    do {
        result = hear("client", &client);
        if (result > 0)
            result = speak("client", conn, keyboard);
    } while (result > 0);
    return result;
}

int chat_ask(int conn, struct line_reader *keyboard)
{
    struct line_reader server;
    line_open(&server, conn);

    int result;
    do {
        result = speak("server", conn, keyboard);
        if (result > 0)
            result = hear("server", &server);
    } while (result > 0);
    return result;
}
