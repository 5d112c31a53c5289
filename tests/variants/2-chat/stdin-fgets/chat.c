/* The keyboard is read with fgets on stdin, which all sessions share; the zero bytes that fgets hides are found by filling the room first. */
#define _GNU_SOURCE /* memrchr */
#include "2-chat/chat.h"

#include "2-chat/line.h"
#include "common/console.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

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

/* The next line of stdin, as line_read would take it. Its end is where the last newline that fgets
   has written stands, because the rest of the room holds something else. */
static int typed_line(char *line, size_t *length)
{
    char room[LINE_LIMIT + 3];
    memset(room, 'x', sizeof room);
    errno = 0;
    while (fgets(room, sizeof room, stdin) == NULL) {
        if (!ferror(stdin))
            return 0;
        if (errno != EINTR) {
            complain("read");
            return -1;
        }
        clearerr(stdin);
    }
    const char *newline = memchr(room, '\n', sizeof room);
    const char *end = newline != NULL ? newline : memrchr(room, '\0', sizeof room);
    *length = (size_t)(end - room);
    if (newline != NULL && *length > 0 && newline[-1] == '\r')
        --*length;
    if (*length > LINE_LIMIT) {
        complain_because("line", "longer than 1024 bytes");
        errno = EMSGSIZE;
        return -1;
    }
    memcpy(line, room, *length);
    line[*length] = '\0';
    return 1;
}

/* One turn of the person: sends the next line from the keyboard. Returns as hear does. */
static int speak(const char *who, int conn, struct line_reader *keyboard)
{
    char line[LINE_LIMIT + 1];
    size_t length;
    console_prompt("You want to say: ");
    (void)keyboard;
    int result = typed_line(line, &length);
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
