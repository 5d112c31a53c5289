/* The connection is read through a buffered stream, fdopen on a copy, for the whole conversation. */
#include "2-chat/chat.h"

#include "2-chat/line.h"
#include "common/console.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/* Says that the peer, WHO, has left: when its stream has ended, RESULT being 0, and also when the
   connection broke. Only a line too long comes from a peer that is still there. Returns RESULT. */
static int end_with(const char *who, int result)
{
    if (result == 0 || errno != EMSGSIZE)
        console_say("%s left", who);
    return result;
}

/* The next line of STREAM, as line_read would take it. */
static int heard_line(FILE *stream, char *line, size_t *length)
{
    size_t count = 0;
    int byte;
    while ((byte = getc(stream)) != EOF && byte != '\n') {
        if (count == LINE_LIMIT + 1)
            break;
        line[count++] = (char)byte;
    }
    if (byte == EOF && ferror(stream)) {
        complain("recv");
        return -1;
    }
    if (byte == EOF && count == 0)
        return 0;
    if (byte == '\n' && count > 0 && line[count - 1] == '\r')
        count--;
    if (count > LINE_LIMIT) {
        complain_because("line", "longer than 1024 bytes");
        errno = EMSGSIZE;
        return -1;
    }
    line[count] = '\0';
    *length = count;
    return 1;
}

/* A stream on a copy of CONN. NULL after complain(). */
static FILE *stream_on(int conn)
{
    int copy = dup(conn);
    FILE *stream = copy < 0 ? NULL : fdopen(copy, "r");
    if (stream == NULL)
        complain("fdopen");
    if (stream == NULL && copy >= 0)
        close(copy);
    return stream;
}

/* Closes STREAM and returns RESULT, errno being as it was. */
static int close_stream(FILE *stream, int result)
{
    int error = errno;
    fclose(stream);
    errno = error;
    return result;
}

/* One turn of the peer: shows its next line. Returns 1, or what ends the conversation: 0 or -1. */
static int hear(const char *who, FILE *peer)
{
    char line[LINE_LIMIT + 1];
    size_t length;
    int result = heard_line(peer, line, &length);
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

int chat_answer(int conn, uint16_t peer, void *context)
{
    (void)peer;
    struct line_reader *keyboard = context;
    FILE *client = stream_on(conn);
    if (client == NULL)
        return -1;

    int result;
    do {
        result = hear("client", client);
        if (result > 0)
            result = speak("client", conn, keyboard);
    } while (result > 0);
    return close_stream(client, result);
}

int chat_ask(int conn, struct line_reader *keyboard)
{
    FILE *server = stream_on(conn);
    if (server == NULL)
        return -1;

    int result;
    do {
        result = speak("server", conn, keyboard);
        if (result > 0)
            result = hear("server", server);
    } while (result > 0);
    return close_stream(server, result);
}
