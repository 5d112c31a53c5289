#include "grader/expect/clients.h"
#include "grader/base/settings.h"
#include "grader/expect/depth.h"
#include "grader/expect/echo.h"
#include "grader/expect/effort.h"
#include "grader/expect/server.h"
#include "grader/observe/procfs.h"
#include "grader/play/stage.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- one client ---- */

void speak(struct peer *client)
{
    char line[24];
    fill_letters(line, sizeof line);
    line[sizeof line - 1] = '\n';
    expect_echo(client, line, sizeof line);
}

struct peer *connect_and_speak(struct program *server, const char *name)
{
    struct peer *client = connect_client(server, name);
    speak(client);
    return client;
}

struct peer *expect_next(struct program *server, const char *why)
{
    static const char line[] = "is anybody there?\n";
    char back[sizeof line - 1];
    struct text text = {0};
    int error = 0;
    struct peer *next = peer_begin_connect("The next client", "127.0.0.1", server->port);
    enum wait_result result = peer_end_connect(next, &error);
    if (result != DONE || error != 0) {
        text_add(&text, _("%s, the next client could not connect (%s), "), _(why),
                 _(result != DONE ? "no answer" : strerror(error)));
        if (server->ended)
            program_ending(&text, server);
        else
            add_ending(&text, next);
        fail_because(EXPECT_CONNECT, "%s.", text.start);
    }
    peer_push(next, line, sizeof back, &result);
    size_t received = peer_receive(next, back, sizeof back);
    if (received == sizeof back && memcmp(line, back, sizeof back) == 0)
        return next;
    text_add(&text, _("%s, the next client sent %zu bytes and got %zu back, "), _(why), sizeof back,
             received);
    add_ending(&text, next);
    fail_because(EXPECT_LINE, "%s.", text.start);
}

/* ---- many at once ---- */

/* Two clients are silent, and nobody else comes. */
static void expect_idleness(struct program *server)
{
    enum { IDLE_MS = 300 };
    if (keeps_busy(server, IDLE_MS))
        fail_because(EXPECT_RUNNING,
                     "Two clients were connected and silent. The server should have blocked in "
                     "accept and in recv, but it was in a busy loop.");
}

void expect_two_served(struct program *server)
{
    struct peer *first = connect_and_speak(server, "The first client");
    struct peer *second =
        connect_client(server, "The second client, while the first is connected,");
    for (int turn = 0; turn < 3; turn++) {
        speak(second);
        speak(first);
    }
    expect_idleness(server);
    speak(first);
    expect_farewell(first);
    speak(second);
    expect_farewell(second);
}

enum {
    SILENT = 10,
    SPARE = 16, /* for everything else */
};

/* Some clients send nothing. If the server waits for their first bytes, even with a time-out, the
   next client must wait too. */
static void expect_no_wait_for_the_silent(struct program *server)
{
    enum { LONGEST = 1 };
    uint64_t begun = stage_now();
    double delayed = procfs_delayed_seconds();
    for (int i = 0; i < SILENT; i++)
        connect_client(server, "A silent client");
    expect_next(server, "After ten silent clients had connected");
    double waited = (double)(stage_now() - begun) / 1e9;
    if (waited > (LONGEST + procfs_delayed_seconds() - delayed) * settings.patience)
        fail_because(EXPECT_CONNECT,
                     "Ten silent clients connected, and then another one, which the server should "
                     "have served at once. It served it after %.1f seconds: for each of the ten, "
                     "the server waited before it accepted the next client.",
                     waited);
}

void expect_many_served(struct program *server, size_t count)
{
    enum { SOME = 30 };
    static struct peer *clients[MOST_CLIENTS];
    static char lines[MOST_CLIENTS][30];
    stage_needs(2 * ((long)count + SILENT) + SPARE, 2 * ((long)count + SILENT) + SPARE);
    expect_no_wait_for_the_silent(server);
    for (size_t i = 0; i < count; i++)
        clients[i] = connect_client(server, "One of many clients at once");
    for (int turn = 0; turn < 2; turn++) {
        for (size_t i = 0; i < count; i++) {
            fill_letters(lines[i], sizeof lines[i]);
            lines[i][sizeof lines[i] - 1] = '\n';
            peer_send(clients[i], lines[i], sizeof lines[i]);
        }
        /* In the opposite order: no client may wait for another. */
        for (size_t i = count; i-- > 0;)
            expect_back(clients[i], lines[i], sizeof lines[i]);
    }
    /* Every second one of some clients leaves. Only its own connection may be closed. */
    for (size_t i = 0; i < count && i < SOME; i += 2)
        expect_farewell(clients[i]);
    for (size_t i = 1; i < count && i < SOME; i += 2)
        speak(clients[i]);
    expect_loop(server, GROUP_ACCEPTING, 1, "Many clients connected");
}

void expect_visitors_served(struct program *server)
{
    for (int i = 0; i < VISITORS; i++) {
        struct peer *client = connect_client(server, "One of 500 clients");
        if (i % 10 == 9)
            speak(client);
        if (i % 20 == 19)
            peer_reset(client);
        else
            peer_close(client);
    }
}

/* ---- the console ---- */

/* Adds only the lines of SAID about a client, `[40276] ...`. */
static void add_clients_lines(struct text *text, const struct text *said)
{
    size_t length;
    for (const char *line = said->start; line != NULL && *line != '\0'; line += length) {
        length = strcspn(line, "\n");
        length += line[length] == '\n';
        if (line[0] == '[')
            text_add_bytes(text, line, length);
    }
}

static bool screen_is_as_expected(void *argument)
{
    const struct screen *screen = argument;
    struct text lines = {0};
    add_clients_lines(&lines, &screen->server->said);
    bool same =
        lines.length == screen->expected.length &&
        (lines.length == 0 || memcmp(lines.start, screen->expected.start, lines.length) == 0);
    text_free(&lines);
    return same;
}

void expect_on_screen(struct screen *screen, uint16_t port, const char *words)
{
    text_add(&screen->expected, "[%u] %s\n", port, words);
    if (stage_wait(NULL, screen_is_as_expected, screen) == DONE)
        return;
    struct text text = {0};
    text_add(&text, _("The server's console should now show\n"));
    text_wrap(&text, screen->expected.start, 90, 2);
    struct text harmless = {0};
    const struct text *said = &screen->server->said;
    text_harmless(&harmless, said->start, said->length, 800, true);
    text_add(&text, _("It shows\n"));
    text_wrap(&text, harmless.start, 90, 2);
    fail_because(EXPECT_CONSOLE, "%s", text.start);
}

void expect_demonstration(struct screen *screen)
{
    struct peer *first = connect_client(screen->server, "The first client");
    expect_on_screen(screen, first->port, "connected");
    struct peer *second = connect_client(screen->server, "The second client");
    expect_on_screen(screen, second->port, "connected");
    expect_echo(second, "123\n", 4);
    expect_on_screen(screen, second->port, "123");
    expect_echo(first, "abc\n", 4);
    expect_on_screen(screen, first->port, "abc");
    struct peer *third = connect_client(screen->server, "The third client");
    expect_on_screen(screen, third->port, "connected");
    expect_echo(third, "123\n", 4);
    expect_on_screen(screen, third->port, "123");
    peer_close(second);
    expect_on_screen(screen, second->port, "disconnected");
    expect_farewell(first);
    expect_on_screen(screen, first->port, "disconnected");
    expect_echo(third, "123\n", 4);
    expect_on_screen(screen, third->port, "123");
    peer_reset(third);
    expect_on_screen(screen, third->port, "disconnected");
    /* A client that leaves before it is accepted must still be logged. */
    program_pause(screen->server);
    struct peer *fourth = connect_client(screen->server, "The fourth client");
    peer_close(fourth);
    program_resume(screen->server);
    text_add(&screen->expected, "[%u] connected\n", fourth->port);
    expect_on_screen(screen, fourth->port, "disconnected");
}

enum { SPEAKERS = 50, LINES = 10 };

static size_t count_lines(const struct text *said, const char *line)
{
    size_t count = 0;
    size_t length = strlen(line);
    for (const char *at = said->start; at != NULL && (at = strstr(at, line)) != NULL; at += length)
        count += at == said->start || at[-1] == '\n';
    return count;
}

struct speaker {
    struct peer *client;
    char lines[LINES * 40];
    size_t length;
};

static struct speaker speakers[SPEAKERS];

/* Expects each of the speaker's lines on the console once, whole. */
static void expect_lines_of(const struct program *server, const struct speaker *speaker)
{
    const char *line = speaker->lines;
    for (size_t length; *line != '\0'; line += length + 1) {
        char shown[80];
        length = strcspn(line, "\n");
        snprintf(shown, sizeof shown, "[%u] %.*s\n", speaker->client->port, (int)length, line);
        size_t times = count_lines(&server->said, shown);
        if (times != 1)
            fail_because(EXPECT_CONSOLE,
                         "Fifty clients sent ten lines each, at the same time. The console should "
                         "show the line \"%.*s\" once. It shows it %zu times as a whole line.",
                         (int)strlen(shown) - 1, shown, times);
    }
}

void expect_fifty_speakers_served(struct program *server)
{
    stage_needs(2 * SPEAKERS + SPARE, 2 * SPEAKERS + SPARE);
    for (size_t i = 0; i < SPEAKERS; i++) {
        struct speaker *speaker = &speakers[i];
        char letters[21] = "";
        speaker->client = connect_client(server, "One of fifty clients at once");
        for (size_t k = 0; k < LINES; k++) {
            fill_letters(letters, sizeof letters - 1);
            speaker->length +=
                (size_t)sprintf(speaker->lines + speaker->length, "%zu-%zu %s\n", i, k, letters);
        }
    }
    for (size_t i = 0; i < SPEAKERS; i++)
        peer_send(speakers[i].client, speakers[i].lines, speakers[i].length);
    for (size_t i = 0; i < SPEAKERS; i++)
        expect_back(speakers[i].client, speakers[i].lines, speakers[i].length);
    program_look(server);
    for (size_t i = 0; i < SPEAKERS; i++)
        expect_lines_of(server, &speakers[i]);
}

/* ---- when nobody can be started for a client ---- */

bool is_let_go(struct peer *client)
{
    size_t extra;
    if (!peer_receive_end(client, &extra))
        return false;
    peer_close(client);
    return true;
}

void fail_not_let_go(const struct peer *client, const char *why)
{
    struct text text = {0};
    text_add(&text,
             _("%s. The server should have closed the accepted connection, so that the client gets "
               "end of file. It did not, "),
             _(why));
    add_ending(&text, client);
    fail_because(EXPECT_CLOSE, "%s.", text.start);
}

struct complaint {
    const struct text *words;
    const char *call;
    size_t times;
};

static bool has_complained(void *argument)
{
    const struct complaint *complaint = argument;
    char begin[40];
    size_t times = 0;
    snprintf(begin, sizeof begin, "%s: ", complaint->call);
    const char *at = complaint->words->start;
    while (at != NULL && (at = strstr(at, begin)) != NULL && strchr(at, '\n') != NULL) {
        times++;
        at++;
    }
    return times >= complaint->times;
}

bool wait_complaints(struct program *program, const char *call, size_t times, int error)
{
    struct complaint complaint = {&program->complained, call, times};
    return stage_wait(NULL, has_complained, &complaint) == DONE &&
           has_words(&program->complained, strerror(error));
}

bool wait_complaint(struct program *program, const char *call)
{
    return wait_complaints(program, call, 1, EAGAIN);
}
