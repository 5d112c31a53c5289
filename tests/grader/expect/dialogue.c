#include "grader/expect/dialogue.h"

#include "grader/expect/echo.h"
#include "grader/expect/ending.h"
#include "grader/observe/blocked.h"
#include "grader/observe/connection.h"
#include "grader/observe/procfs.h"
#include "grader/observe/trace.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct dialogue dialogue;

enum {
    QUOTED = 60,     /* bytes of a line, in a sentence */
    SHOWN = 60,      /* bytes of each line of a console */
    SHOWN_LINES = 8, /* the last lines of a console */
    FLOOD = 1 << 17, /* bytes on a console since the last expectation: do not wait for more */
};

static char deed[512];

void dialogue_did(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(deed, sizeof deed, _(format), arguments);
    va_end(arguments);
    dialogue.in_lines = true;
}

static void quote(struct text *text, const void *bytes, size_t length)
{
    text_add(text, "\"");
    text_harmless(text, bytes, length, QUOTED, false);
    text_add(text, "\"");
}

/* ---- the keyboard ---- */

/* For the ladder, which knows peers only. */
static const struct peer keyboard = {.name = "keyboard"};

static void note_typing(const char *bytes, size_t length)
{
    struct text note = {0};
    text_add(&note, _("types "));
    text_harmless(&note, bytes, length > 8 ? 8 : length, 8, false);
    text_add(&note, length > 8 ? "…" : "");
    stage_note(&keyboard, stage_now(), NOTE_OTHER, 0, note.start);
    text_free(&note);
}

static char last_typed = '\n';

/* LENGTH bytes follow the *LINE bytes that a line has so far. Notes the length of the longest line,
   and returns how many lines end. */
static size_t measure(size_t *line, const char *bytes, size_t length)
{
    size_t ended = 0;
    for (size_t i = 0; i < length; i++) {
        *line += bytes[i] != '\n';
        if (*line > dialogue.longest)
            dialogue.longest = *line;
        if (bytes[i] != '\n')
            continue;
        ended++;
        *line = 0;
    }
    return ended;
}

void type_bytes(struct program *program, const void *bytes, size_t length)
{
    static size_t line;
    struct text text = {0};
    quote(&text, bytes, length);
    dialogue_did("%s was typed at the %s's keyboard.", text.start, _(program->role));
    text_free(&text);
    note_typing(bytes, length);
    measure(&line, bytes, length);
    if (length > 0)
        memcpy(&last_typed, (const char *)bytes + length - 1, 1);
    program_type(program, bytes, length);
}

void type_line(struct program *program, const char *line)
{
    struct text text = {0};
    text_add(&text, "%s\n", line);
    type_bytes(program, text.start, text.length);
    text_free(&text);
}

void type_end(struct program *program)
{
    dialogue_did("Ctrl-D was typed at the %s's keyboard: its standard input has ended.",
                 _(program->role));
    stage_note(&keyboard, stage_now(), NOTE_OTHER, 0, _("types Ctrl-D"));
    dialogue.typed_whole = last_typed == '\n';
    close(program->in);
    program->in = -1;
}

/* ---- the connection ---- */

static void remember(const struct peer *peer, const void *bytes, size_t length)
{
    static size_t line;
    if (dialogue.peer != peer) {
        text_free(&dialogue.said);
        dialogue.lines_said += line > 0; /* the last line of the previous sender */
        line = 0;
    }
    dialogue.peer = peer;
    text_add_bytes(&dialogue.said, bytes, length);
    dialogue.lines_said += measure(&line, bytes, length);
}

void say_bytes(struct peer *peer, const void *bytes, size_t length)
{
    struct text text = {0};
    quote(&text, bytes, length);
    dialogue_did("%s sent %s.", peer->name, text.start);
    text_free(&text);
    remember(peer, bytes, length);
    peer_send(peer, bytes, length);
}

void say_line(struct peer *peer, const char *line)
{
    struct text text = {0};
    text_add(&text, "%s\n", line);
    say_bytes(peer, text.start, text.length);
    text_free(&text);
}

void say_endless(struct peer *peer, const void *bytes, size_t length)
{
    enum wait_result result;
    dialogue_did("%s sent %zu bytes without a newline.", peer->name, length);
    remember(peer, bytes, length);
    peer_push(peer, bytes, length, &result);
}

struct piece {
    const struct program *program;
    const struct peer *peer;
    uint64_t bytes; /* received by the program, the piece included */
};

static bool is_taken(void *argument)
{
    const struct piece *piece = argument;
    if (trace_received(piece->program) >= piece->bytes)
        return true;
    /* The program may receive it with a call that the probe cannot see. */
    return connection_unread(piece->peer) == 0;
}

void say_piece(struct program *program, struct peer *peer, const void *bytes, size_t length)
{
    struct piece piece = {program, peer, trace_received(program) + length};
    program_watch(program);
    say_bytes(peer, bytes, length);
    stage_settle(NULL, is_taken, &piece);
}

void leave(struct peer *peer, enum leaving how)
{
    static const char *const words[] = {[HALF_CLOSE] = "closed its sending side",
                                        [CLOSE] = "closed the connection",
                                        [RESET] = "reset the connection (RST)",
                                        [FIN_AND_RESET] =
                                            "closed and reset the connection (FIN, RST)"};
    dialogue_did("%s %s.", peer->name, _(words[how]));
    if (how == HALF_CLOSE || how == FIN_AND_RESET)
        peer_half_close(peer);
    if (how == RESET || how == FIN_AND_RESET)
        peer_reset(peer);
    if (how == CLOSE)
        peer_close(peer);
}

static const struct program *the_program(void)
{
    return stage.programs[stage.program_count - 1];
}

/* Returns where to begin to quote WANTED and the LENGTH bytes of BACK: at the beginning, or at the
   line in which they differ, if a quotation from the beginning would end before it. */
static size_t where_to_quote(const char *wanted, const char *back, size_t length)
{
    size_t same = 0;
    while (same < length && wanted[same] == back[same])
        same++;
    if (same < QUOTED)
        return 0;
    while (same > 0 && wanted[same - 1] != '\n')
        same--;
    return same;
}

void expect_bytes(struct peer *peer, const void *line, size_t length)
{
    struct text wanted = {0};
    struct text text = {0};
    text_add_bytes(&wanted, line, length);
    text_add(&wanted, "\n");
    char *back = calloc(wanted.length, 1);
    if (back == NULL)
        grader_fault("calloc");
    size_t received = peer_receive(peer, back, wanted.length);
    if (received != wanted.length || memcmp(back, wanted.start, received) != 0) {
        size_t from = where_to_quote(wanted.start, back, received);
        text_add_bytes(&dialogue.heard, back, received);
        text_add_bytes(&dialogue.wanted, wanted.start, wanted.length);
        text_add(&text, _("%s should have received "), peer->name);
        if (from > 0)
            text_add(&text, _("%zu bytes, which it did, and then "), from);
        quote(&text, wanted.start + from, wanted.length - from);
        text_add(&text, _(". It received "));
        if (received == from)
            text_add(&text, _("nothing"));
        else
            quote(&text, back + from, received - from);
        if (received < wanted.length) {
            text_add(&text, _(", "));
            add_ending(&text, peer);
        }
        fail_because(EXPECT_LINE, "%s %s.", deed, text.start);
    }
    text_free(&wanted);
    free(back);
}

void expect_line(struct peer *peer, const char *line)
{
    expect_bytes(peer, line, strlen(line));
}

void expect_no_bytes(struct peer *peer, const char *promised)
{
    char bytes[16]; /* one is already wrong: do not wait for more than these */
    struct text text = {0};
    size_t extra = peer_receive(peer, bytes, sizeof bytes);
    if (extra == 0)
        return;
    quote(&text, bytes, extra);
    fail_because(EXPECT_NOTHING, "%s %s %s received %zu more %s%s: %s.", deed, _(promised),
                 peer->name, extra, text_plural(extra, "byte", "bytes"),
                 _(extra == sizeof bytes ? ", and perhaps others after them" : ""), text.start);
}

void expect_hang_up(struct peer *peer)
{
    expect_no_bytes(peer, "The connection should have ended, with no more bytes.");
    if (!peer->finished && !peer->reset)
        fail_dialogue(EXPECT_CLOSE, the_program(), peer, "The connection should have ended.");
    peer_close(peer);
}

/* ---- the console ---- */

/* Returns whether the bytes from AT to END are LINE, or the beginning of it. */
static bool begins(const char *at, const char *end, const char *line)
{
    size_t length = strlen(line);
    size_t there = (size_t)(end - at);
    return memcmp(at, line, there < length ? there : length) == 0;
}

/* Returns the end of the line at AT, if this line belongs to another lab; else AT; NULL if that is
   not known yet. */
static const char *skip_line(const char *at, const char *end)
{
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    const char *digits = at + 1;
    while (digits < end && isdigit((unsigned char)*digits))
        digits++;
    bool number = *at == '[' && digits > at + 1 &&
                  (begins(digits, end, "] connected\n") || begins(digits, end, "] disconnected\n"));
    bool listening = *at == 'l' && strncmp(at, "listening on port ", 18) == 0;
    if (!number && !listening)
        return at;
    return newline == NULL ? NULL : newline + 1;
}

/* Returns the text on PROGRAM's console from where the last expectation ended. */
static struct text console_of(const struct program *program)
{
    struct text text = {0};
    const char *at = program->said.start != NULL ? program->said.start : "";
    const char *end = at + program->said.length;
    while (at < end) {
        const char *next = at == program->said.start || *at == '[' ? skip_line(at, end) : at;
        if (next == NULL)
            break;
        if (next == at) {
            const char *bracket = memchr(at + 1, '[', (size_t)(end - at - 1));
            next = bracket == NULL ? end : bracket;
            text_add_bytes(&text, at, (size_t)(next - at));
        }
        at = next;
    }
    if (program->console_read > 0 && text.length >= program->console_read) {
        text.length -= program->console_read;
        memmove(text.start, text.start + program->console_read, text.length + 1);
    }
    return text;
}

struct awaited {
    struct program *program;
    const char *text;
    bool differs;
    bool shown;
    bool flooded;
};

static bool goes_on(void *argument)
{
    struct awaited *awaited = argument;
    struct text text = console_of(awaited->program);
    size_t wanted = strlen(awaited->text);
    size_t both = text.length < wanted ? text.length : wanted;
    awaited->differs = both > 0 && memcmp(text.start, awaited->text, both) != 0;
    awaited->shown = text.length >= wanted && !awaited->differs;
    text_free(&text);
    return awaited->differs || awaited->shown;
}

static bool shows(void *argument)
{
    struct awaited *awaited = argument;
    struct text text = console_of(awaited->program);
    awaited->shown = has_words(&text, awaited->text);
    awaited->flooded = text.length > FLOOD;
    text_free(&text);
    return awaited->shown || awaited->flooded;
}

bool is_shown(const struct program *program, const char *wanted)
{
    struct text text = console_of(program);
    bool shown = text.length > 0 && has_words(&text, wanted);
    text_free(&text);
    return shown;
}

bool is_anything_said(const struct program *program, const char *prompt)
{
    struct text text = console_of(program);
    size_t place = 0;
    while (place < text.length) {
        if (text.start[place] == '\n')
            place++;
        else if (strncmp(text.start + place, prompt, strlen(prompt)) == 0)
            place += strlen(prompt);
        else
            break;
    }
    bool anything = place < text.length;
    text_free(&text);
    return anything;
}

/* Adds BYTES as separate lines: only the last lines, and only the beginning of long ones. */
static void add_lines(struct text *story, const char *bytes, size_t length)
{
    const char *end = bytes + length;
    size_t lines = 0;
    if (length > 0 && end[-1] == '\n')
        end--;
    for (const char *at = end; at > bytes && lines < SHOWN_LINES; at--)
        if (at[-1] == '\n' && ++lines == SHOWN_LINES) {
            text_add(story, "\n  …");
            bytes = at;
        }
    for (const char *next; bytes <= end; bytes = next + 1) {
        next = memchr(bytes, '\n', (size_t)(end - bytes));
        next = next == NULL ? end : next;
        text_add(story, "\n  ");
        text_harmless(story, bytes, (size_t)(next - bytes), SHOWN, false);
    }
}

/* Adds how the wait ended, and what happened to the connection. */
static void add_end_of_talk(struct text *story, const struct peer *peer)
{
    char byte;
    add_ending(story, peer);
    if (peer == NULL && dialogue.peer != NULL && dialogue.peer->fd != -1 && !the_program()->ended &&
        peer_peek(dialogue.peer, &byte) == 0)
        text_add(story, _(". It has closed the connection"));
}

/* Adds BEFORE, and what PROGRAM's console has shown since the last expectation. */
static void add_console(struct text *story, const char *before, const struct program *program)
{
    struct text text = console_of(program);
    if (text.length == 0)
        text_add(story, _("%s nothing, "), _(before));
    else {
        text_add(story, _("%s:"), _(before));
        add_lines(story, text.start, text.length);
        text_add(story, "\n");
    }
    text_free(&text);
}

_Noreturn void fail_dialogue(enum expectation expected, const struct program *program,
                             const struct peer *peer, const char *format, ...)
{
    struct text story = {0};
    char sentence[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, _(format), arguments);
    va_end(arguments);
    text_add(&story, _("%s %s The %s's console showed"), deed, sentence, _(program->role));
    add_console(&story, "", program);
    add_end_of_talk(&story, peer);
    fail_because(expected, "%s.", story.start);
}

static bool has_said_enough(void *argument)
{
    const struct program *program = argument;
    return program->ended || program->said.length > FLOOD;
}

static _Noreturn void fail_console(const struct awaited *awaited, const char *exactly)
{
    struct text story = {0};
    if (awaited->differs) /* the rest of what it shows may still arrive */
        stage_settle(stage.waiting, has_said_enough, awaited->program);
    dialogue.awaited = awaited->text;
    dialogue.shown = console_of(awaited->program);
    text_add(&story, _("%s The %s's console should have shown%s:"), deed, _(awaited->program->role),
             _(exactly));
    add_lines(&story, awaited->text, strlen(awaited->text));
    text_add(&story, "\n");
    add_console(&story, "It showed", awaited->program);
    if (awaited->flooded) {
        text_add(&story, _("and never stops."));
    } else if (!awaited->differs) {
        add_end_of_talk(&story, NULL);
        text_add(&story, _("."));
        if (awaited->program->ended && awaited->program->complained.length > 0)
            add_last_words(&story, awaited->program);
    }
    fail_because(EXPECT_CONSOLE, "%s", story.start);
}

void expect_console(struct program *program, const char *text)
{
    struct awaited awaited = {.program = program, .text = text};
    stage_wait(NULL, goes_on, &awaited);
    if (!awaited.shown)
        fail_console(&awaited, " next");
    program->console_read += strlen(text);
}

bool wait_shown(struct program *program, const char *wanted)
{
    struct awaited awaited = {.program = program, .text = wanted};
    stage_wait(NULL, shows, &awaited);
    if (!awaited.shown)
        return false;
    struct text text = console_of(program);
    const char *found =
        text.start == NULL ? NULL : memmem(text.start, text.length, wanted, strlen(wanted));
    if (found != NULL)
        program->console_read += (size_t)(found - text.start) + strlen(wanted);
    text_free(&text);
    return found != NULL;
}

void expect_shown(struct program *program, const char *text)
{
    struct awaited awaited = {.program = program, .text = text};
    if (!wait_shown(program, text))
        fail_console(&awaited, "");
}

/* ---- the keyboard, from outside ---- */

bool waits_at_keyboard(const struct program *program)
{
    return blocked_at_input(program->pid);
}
