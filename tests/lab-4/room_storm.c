/* The room: fifty clients join, send lines and leave at once. */
#include "lab-4/room.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Fifty clients: some stay all the time, the others join, send lines and leave. */
enum { STAYING = 10, VISITING = 40, STORM = STAYING + VISITING, TO_SAY = 4 };

struct storm {
    struct listener listeners[STORM];
    struct word words[STORM][TO_SAY]; /* the lines that each sends */
    size_t said[STORM];               /* and how many */
};

static struct storm storm;

static bool storm_is_over(void *nothing)
{
    (void)nothing;
    bool over = true;
    for (size_t i = 0; i < STORM; i++) {
        struct listener *listener = &storm.listeners[i];
        listen_on(listener);
        bool ended = listener->peer->finished || listener->peer->reset;
        size_t wanted = VISITING * (storm.said[STORM - 1] + 2) + (size_t)(STAYING - 1) * TO_SAY;
        if (ended || (i < STAYING && listener->lines >= wanted))
            listener->peer->wants = 0;
        else
            over = false;
    }
    return over;
}

static _Noreturn void fail_storm(const struct listener *listener, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static _Noreturn void fail_storm(const struct listener *listener, const char *format, ...)
{
    char sentence[400];
    va_list arguments;
    struct text text = {0};
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, _(format), arguments);
    va_end(arguments);
    text_add(&text,
             _("Ten clients were in the room, and sent four lines each. At the same time, forty "
               "others joined, sent two lines each, and left. The client with number %u, %s, %s, "),
             listener->peer->port,
             _(listener < &storm.listeners[STAYING] ? "one of the ten" : "one of the forty"),
             sentence);
    add_ending(&text, listener->peer);
    fail_because(EXPECT_LINE, "%s.", text.start);
}

/* Returns which client sent this line. *NUMBER is which of its lines it is; "joined" is number 0.
 */
static size_t find_line(const struct listener *listener, const char *line, size_t length,
                        size_t *number)
{
    char front[16];
    for (size_t i = 0; i < STORM; i++) {
        const struct peer *peer = storm.listeners[i].peer;
        size_t size = (size_t)snprintf(front, sizeof front, "[%u] ", peer->port);
        if (length < size || memcmp(line, front, size) != 0)
            continue;
        for (*number = 0; *number <= storm.said[i] + 1; ++*number) {
            const char *words = *number == 0 ? "joined"
                                : *number == storm.said[i] + 1
                                    ? "left"
                                    : storm.words[i][*number - 1].letters;
            if (length - size == strlen(words) && memcmp(line + size, words, length - size) == 0)
                return i;
        }
    }
    struct text text = {0};
    text_harmless(&text, line, length, 100, false);
    fail_storm(listener, "got the line \"%s\", which nobody sent", text.start);
}

/* Which line of a client a listener must get next. A visitor may join after some of the lines: it
   is not KNOWN until it gets the first. */
struct next {
    bool known;
    size_t number;
};

/* LISTENER has got line NUMBER of a client, which is the LENGTH bytes at LINE. */
static void judge_line(const struct listener *listener, struct next *next, size_t number,
                       const char *line, int length)
{
    if (!next->known)
        *next = (struct next){true, number};
    if (number < next->number)
        fail_storm(listener, "got \"%.*s\" twice, or after a later line of the same client", length,
                   line);
    if (number > next->number)
        fail_storm(listener, "got \"%.*s\", but not the line of the same client before it", length,
                   line);
    next->number++;
}

/* LISTENER was there all the time, and must have got everything. */
static void judge_end(const struct listener *listener, const struct next *next)
{
    for (size_t i = 0; i < STORM; i++) {
        size_t wanted = i < STAYING ? TO_SAY + 1 : storm.said[i] + 2;
        size_t number = next[i].number;
        if (listener == &storm.listeners[i] || number >= wanted)
            continue;
        fail_storm(listener, "did not get \"[%u] %s\"", storm.listeners[i].peer->port,
                   number == 0                   ? "joined"
                   : number == storm.said[i] + 1 ? "left"
                                                 : storm.words[i][number - 1].letters);
    }
}

/* Checks what one listener has got from each client: every line once, in order, from its own
   `joined` on. */
static void judge(const struct listener *listener)
{
    const size_t self = (size_t)(listener - storm.listeners);
    struct next next[STORM];
    const char *line = listener->heard.start;
    const char *end = line + listener->heard.length;
    bool is_in = self < STAYING;
    for (size_t i = 0; i < STORM; i++)
        next[i] = (struct next){.known = is_in, .number = i < STAYING ? 1 : 0};
    for (const char *newline; line < end; line = newline + 1) {
        size_t number;
        newline = memchr(line, '\n', (size_t)(end - line));
        newline = newline == NULL ? end : newline;
        int length = (int)(newline - line);
        size_t who = find_line(listener, line, (size_t)length, &number);
        if (!is_in && (who != self || number != 0))
            fail_storm(listener, "got \"%.*s\" before its own `joined`", length, line);
        if (who == self && (number != 0 || is_in))
            fail_storm(listener, "got \"%.*s\", its own line", length, line);
        is_in = true;
        if (who != self)
            judge_line(listener, &next[who], number, line, length);
    }
    if (self < STAYING)
        judge_end(listener, next);
}

SCENARIO(fifty_in_room, 1, "room: loses no line when fifty join, send and leave at once",
         "Hold the lock of the room whenever you read or change the table, from the first access "
         "to the last send.",
         "One lock, for as long as the work takes")
{
    stage_needs(2 * STORM + 16, 2 * STORM + 16);
    struct program *server = start_server();
    for (size_t i = 0; i < STORM; i++) {
        storm.said[i] = i < STAYING ? TO_SAY : 2;
        for (size_t k = 0; k < TO_SAY; k++)
            storm.words[i][k] = new_word();
    }
    for (size_t i = 0; i < STAYING; i++)
        storm.listeners[i].peer = enter(server, "A client that stays");
    for (size_t i = STAYING; i < STORM; i++)
        storm.listeners[i].peer =
            peer_begin_connect("A client that joins and leaves", "127.0.0.1", server->port);
    for (size_t k = 0; k < STORM; k++) {
        size_t i = STORM - 1 - k; /* the visitors first: they join at the same time */
        int error;
        struct peer *peer = storm.listeners[i].peer;
        if (i >= STAYING && (peer_end_connect(peer, &error) != DONE || error != 0))
            fail_storm(&storm.listeners[i], "could not connect");
        struct text text = {0};
        for (size_t line = 0; line < storm.said[i]; line++)
            text_add(&text, "%s\n", storm.words[i][line].letters);
        peer_send(peer, text.start, text.length);
        text_free(&text);
        if (i >= STAYING)
            peer_half_close(peer);
        peer->wants = POLLIN;
    }
    stage_wait(NULL, storm_is_over, NULL);
    for (size_t i = 0; i < STORM; i++)
        judge(&storm.listeners[i]);
    for (size_t i = STAYING; i < STORM; i++)
        if (!storm.listeners[i].peer->finished)
            fail_storm(&storm.listeners[i], "should have got end of file");
}
