/* Conversations in lines: what was sent, and what was taken for a line. */
#include "grader/explain/causes/causes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_LIMIT = 1024 }; /* 2-chat/line.h */

/* The connection that the server closed last, with nothing received between accept and close. */
static bool closed_unread_line(const struct evidence *e)
{
    const struct step *closed = LAST(e, NULL, .call = IS(CALL_CLOSE), .how = ON_SOCKET);
    const struct step *step =
        closed == NULL ? NULL
                       : LAST(e, closed, .group = GROUP_ACCEPTING, .result = IS(closed->event.fd));
    if (step == NULL || has_gap(step, closed))
        return false;
    while ((step = FIRST(e, step, .group = GROUP_RECEIVING, .how = MOVED)) != NULL)
        if (step < closed)
            return false;
    return true;
}

static bool has_refused(const struct evidence *e)
{
    return has_words(&e->program.complained, "longer than 1024 bytes");
}

/* The same for the first client: no earlier one can have left something. Or in a
   function that a driver calls (part b): there calls have brought $n bytes, much less than a line
   may have; or none (part c). */
static bool refused_unread(const struct evidence *e, struct finding *f)
{
    enum { LITTLE = 64 };
    f->parts = PART('a');
    if (closed_unread_line(e) && COUNT(e, .group = GROUP_ACCEPTING, .how = WENT_WELL) == 1)
        return has_refused(e);
    EACH(e, step, .group = GROUP_RECEIVING, .how = MOVED)
    f->n += step->event.result;
    f->parts = f->n > 0 ? PART('b') : PART('c');
    return FIRST(e, NULL, .group = GROUP_DRIVEN) != NULL && f->n <= LITTLE && has_refused(e) &&
           !has_gap(&e->steps[0], &e->steps[e->count - 1]);
}

/* It crashed among the functions for lines, and had neither received nor sent anything. */
static bool crashed_unread(const struct evidence *e, struct finding *f)
{
    const struct step *from;
    bool driven = FIRST(e, NULL, .group = GROUP_DRIVEN) != NULL;
    f->step[1] = &e->crash;
    return is_in(&e->crash, "line.c") && !e->stack_full &&
           (driven || last_connection(e, &from) != -1) &&
           !has_gap(&e->steps[0], &e->steps[e->count - 1]) &&
           FIRST(e, NULL, .group = GROUP_RECEIVING, .how = ON_SOCKET) == NULL &&
           FIRST(e, NULL, .group = GROUP_SENDING, .how = ON_SOCKET) == NULL &&
           FIRST(e, NULL, .group = GROUP_RECEIVING, .fd = IS(0), .how = RETURNED) == NULL;
}

static bool refused(const struct evidence *e, struct finding *f)
{
    f->n = (long long)e->dialogue.longest;
    return f->n <= LINE_LIMIT && !closed_unread_line(e) && has_refused(e);
}

/* ---- what was sent ---- */

/* In step 1 the last send, in part a. */
static void find_send(const struct evidence *e, struct finding *f)
{
    f->step[1] = LAST(e, NULL, .group = GROUP_SENDING, .how = ON_SOCKET);
    f->parts = f->step[1] != NULL ? PART('a') : 0;
}

/* What has come to the test and nobody has taken yet begins with WORDS. */
static bool has_come(const struct evidence *e, const char *words)
{
    size_t length = strlen(words);
    for (size_t i = 0; i < e->peer_count; i++)
        if (e->peers[i].come.length >= length && memcmp(e->peers[i].come.start, words, length) == 0)
            return true;
    return false;
}

static bool prompt_sent(const struct evidence *e, struct finding *f)
{
    const struct text *heard = &e->dialogue.heard;
    find_send(e, f);
    return (heard->length > 4 && strncmp(heard->start, prompt_of_chat, heard->length) == 0) ||
           has_come(e, prompt_of_chat);
}

static bool says_sent(const struct evidence *e, struct finding *f)
{
    static const char *const words[] = {"client says", "server says"};
    const struct text *heard = &e->dialogue.heard;
    const struct text *wanted = &e->dialogue.wanted;
    find_send(e, f);
    for (size_t i = 0; i < 2; i++) {
        size_t length = strlen(words[i]);
        f->word = words[i];
        if (heard->length >= length && memcmp(heard->start, words[i], length) == 0 &&
            wanted->length > 0 && strncmp(wanted->start, words[i], 6) != 0)
            return true;
    }
    return false;
}

static bool contains(const struct text *text, const struct text *words)
{
    return text->length > 0 && words->length > 0 &&
           memmem(text->start, text->length, words->start, words->length) != NULL;
}

/* What the peer has heard is what it, or somebody before it, has itself said; and it is not right
   to send back what was said. */
static bool said_sent_back(const struct evidence *e, struct finding *f)
{
    enum { ENOUGH = 5 }; /* bytes that are no accident; the test's words are different each time */
    const struct text *heard = &e->dialogue.heard;
    find_send(e, f);
    return heard->length >= ENOUGH && heard->start[heard->length - 1] == '\n' &&
           contains(&e->dialogue.said, heard) && e->dialogue.wanted.length > 0 &&
           !contains(&e->dialogue.said, &e->dialogue.wanted);
}

long number_in_front(const struct text *line)
{
    char *end;
    if (line->length == 0 || line->start[0] != '[')
        return -1;
    long number = strtol(line->start + 1, &end, 10);
    return strncmp(end, "] ", 2) == 0 ? number : -1;
}

/* In a room, what the member has heard is a line with its own number in front, and no other member
   has this number. */
static bool own_line_heard(const struct evidence *e, struct finding *f)
{
    const struct text *heard = &e->dialogue.heard;
    const struct evidence_peer *member = peer_of(e);
    long number = number_in_front(heard);
    if (member == NULL || number <= 0 || number != member->port)
        return false;
    const char *words = strchr(heard->start, ' ') + 1;
    if (strncmp(words, "joined\n", strlen(words)) == 0) /* that, it is told as well */
        return false;
    for (size_t i = 0; i < e->peer_count; i++)
        if (&e->peers[i] != member && e->peers[i].port == member->port)
            return false;
    text_harmless(&f->quote, heard->start, strcspn(heard->start, "\n"), 60, false);
    return true;
}

static bool has_zero(const struct text *text)
{
    return text->length > 0 && memchr(text->start, '\0', text->length) != NULL;
}

static bool terminator_sent(const struct evidence *e, struct finding *f)
{
    find_send(e, f);
    return has_zero(&e->dialogue.heard) && !has_zero(&e->dialogue.wanted);
}

static bool buffer_sent(const struct evidence *e, struct finding *f)
{
    return terminator_sent(e, f) && f->step[1] != NULL &&
           f->step[1]->event.size > (int64_t)e->dialogue.wanted.length + 1;
}

static bool newline_missing(const struct evidence *e, struct finding *f)
{
    const struct text *heard = &e->dialogue.heard;
    find_send(e, f);
    return e->dialogue.wanted.length >= 2 && heard->length > 0 &&
           memchr(heard->start, '\n', heard->length) == NULL &&
           heard->length + 1 == e->dialogue.wanted.length;
}

/* A line should have come, and nothing has, nor will. */
static bool nothing_comes(const struct evidence *e)
{
    return e->dialogue.wanted.length > 0 && e->dialogue.heard.length == 0 && has_stalled(e);
}

static bool empty_not_sent(const struct evidence *e, struct finding *f)
{
    f->parts = e->program.reads_keyboard ? PART('a') : PART('b');
    return nothing_comes(e) && e->dialogue.wanted.length == 1;
}

/* What was typed has been read, and nothing has been sent since. In a room there may be nobody to
   send it to. */
static bool typed_not_sent(const struct evidence *e, struct finding *f)
{
    if (is_server(e) && has_threads(e))
        return false;
    f->step[1] = LAST(e, NULL, .group = GROUP_RECEIVING, .fd = IS(0), .how = MOVED);
    return nothing_comes(e) && f->step[1] != NULL &&
           FIRST(e, f->step[1], .group = GROUP_SENDING, .how = ON_SOCKET) == NULL;
}

/* ---- what was taken for a line ---- */

/* After STEP, a receive, its thread spoke or asked the keyboard, and did not receive again first.
   Who waits for both sides may well speak before the rest has come. */
static bool went_on_with_it(const struct evidence *e, const struct step *step)
{
    const struct step *next = step;
    while ((next = FIRST(e, next, .tid = IS(step->event.tid))) != NULL) {
        enum probe_group group = group_of(next);
        if (receives(next, step->event.fd) || group == GROUP_WAITING)
            return false;
        if (group == GROUP_SENDING || (group == GROUP_RECEIVING && next->event.fd == 0))
            return true;
    }
    return false;
}

static size_t count_newlines(const char *bytes, size_t length)
{
    size_t count = 0;
    for (size_t i = 0; i < length; i++)
        count += bytes[i] == '\n';
    return count;
}

/* What the receives of the last connection brought, held against what the peer had sent. */
struct pieces {
    const struct step *half;  /* brought no newline, and was taken for a line */
    const struct step *glued; /* brought more than one line */
    size_t newlines;          /* in that one */
};

/* Looks at what STEP has brought, from place *DONE of what was SAID; *OPEN bytes before it had no
   newline. False: no more can be known. */
static bool add_piece(const struct evidence *e, struct pieces *pieces, const struct step *step,
                      size_t *done, size_t *open)
{
    const struct text *said = &e->dialogue.said;
    size_t length = (size_t)step->event.result;
    if (step->line.number != 0 && !is_own_file(e, step->line.file))
        return false; /* the lines are read by what was written for the lab below, and is right */
    if (length > said->length - *done)
        return false; /* these are not the bytes that the test has sent */
    const char *piece = said->start + *done;
    size_t newlines = count_newlines(piece, length);
    *done += length;
    *open = newlines > 0 ? 0 : *open + length;
    if (*open > LINE_LIMIT) /* too long: it is right not to ask for more */
        return false;
    if (newlines == 0 && went_on_with_it(e, step)) {
        pieces->half = step;
        return false;
    }
    if (newlines > 0 && (newlines > 1 || piece[length - 1] != '\n') && pieces->glued == NULL) {
        pieces->glued = step;
        pieces->newlines = newlines;
    }
    return true;
}

/* True if all could be looked at; or if a half line was found. */
static bool find_pieces(const struct evidence *e, struct pieces *pieces)
{
    size_t done = 0;
    size_t open = 0;
    const struct step *from;
    int fd = last_connection(e, &from);
    *pieces = (struct pieces){.newlines = 0};
    for (const struct step *step = from; fd != -1 && step < e->steps + e->count; step++)
        if (receives(step, fd) && LIKE(e, step, .how = MOVED) &&
            !add_piece(e, pieces, step, &done, &open))
            return pieces->half != NULL;
    return true;
}

static bool half_line(const struct evidence *e, struct finding *f)
{
    struct pieces pieces;
    if (!find_pieces(e, &pieces) || pieces.half == NULL)
        return false;
    f->step[1] = pieces.half;
    f->n = pieces.half->event.result;
    return true;
}

/* The LENGTH bytes of LINE, its newline among them, are a line on the console: behind `says: `, or
   alone. */
static bool is_on_console(const struct text *console, const char *line, size_t length,
                          bool behind_says)
{
    const char *from = console->start;
    const char *end = from + console->length;
    while (from != NULL && (from = memmem(from, (size_t)(end - from), line, length)) != NULL) {
        if (behind_says ? from - console->start >= 6 && memcmp(from - 6, "says: ", 6) == 0
                        : from == console->start || from[-1] == '\n')
            return true;
        from++;
    }
    return false;
}

/* The console shows the first line that the peer has sent, in whatever words: or else all of it may
   be in a buffer. */
static bool shows_first_line(const struct evidence *e)
{
    const struct text *said = &e->dialogue.said;
    const struct text *console = &e->program.said;
    const char *newline = said->length > 0 ? memchr(said->start, '\n', said->length) : NULL;
    return newline != NULL && console->length > 0 &&
           memmem(console->start, console->length, said->start, (size_t)(newline - said->start)) !=
               NULL;
}

/* The console shows each line that the peer has sent: none of them was lost. */
static bool shows_all_lines(const struct evidence *e)
{
    const struct text *said = &e->dialogue.said;
    const char *line = said->start;
    const char *end = line + said->length;
    bool behind_says = has_words(&e->program.said, "says: ") && !has_words(said, "says: ");
    for (const char *newline; line < end; line = newline + 1) {
        newline = memchr(line, '\n', (size_t)(end - line));
        if (newline == NULL)
            break;
        if (!is_on_console(&e->program.said, line, (size_t)(newline - line) + 1, behind_says))
            return false;
    }
    return true;
}

static bool lines_glued(const struct evidence *e, struct finding *f)
{
    struct pieces pieces;
    if (!find_pieces(e, &pieces) || pieces.glued == NULL || !shows_first_line(e) ||
        shows_all_lines(e))
        return false;
    f->step[1] = pieces.glued;
    f->n = (long long)pieces.newlines;
    return true;
}

/* ---- the tables ---- */

#define FIRST_LOOK                                                                                 \
    "When line_open returns, the reader must hold no bytes: set every member, also the number of " \
    "bytes in it. Then line_read must look only at the bytes that it has read."

const struct cause causes_of_readers[] = {
    {.id = "crash-before-first-read",
     .scope = LINES,
     .explains = crashed_unread,
     .sentence = "The $role crashed at $p1 (in $f1), before it had read any byte.",
     .hint = FIRST_LOOK,
     .section = "What is left over"},
    {.id = "line-refused-unread",
     .scope = LINES,
     .explains = refused_unread,
     .sentence = "A line was refused as longer than 1024 bytes, [a:before any byte of this "
                 "connection was received][b:when only $n ${n:byte|bytes} had been read in "
                 "all][c:before any byte was read].",
     .hint = FIRST_LOOK,
     .section = "What is left over"},
    {.id = NULL},
};

const struct cause causes_of_lines_sent[] = {
    {.id = "line-refused",
     .scope = LINES,
     .explains = refused,
     .sentence = "A line was refused as longer than 1024 bytes, but the longest that came had $n. "
                 "The limit holds for each line, without its newline, and not for all that has "
                 "arrived.",
     .hint = "Compare the limit with the length of one line, without its newline."},
    {.id = "prompt-sent",
     .scope = LINES,
     .explains = prompt_sent,
     .sentence = "The prompt was sent to the other side[a: ($c1$1)]. It is for the person at the "
                 "$role's own keyboard.",
     .hint = "Write the prompt with console_prompt(), and send only the line."},
    {.id = "says-sent",
     .scope = LINES,
     .of = EXPECT_LINE,
     .explains = says_sent,
     .sentence = "\"$w\" was sent to the other side[a: ($c1$1)]. Only the line itself is sent; "
                 "who it is from, each program adds by itself on its own console.",
     .hint = "Send the bytes of the line and a newline, and nothing before them."},
    {.id = "line-sent-back",
     .scope = LINES | NO_THREADS,
     .explains = said_sent_back,
     .sentence = "What was sent back[a: ($c1$1)] is a line of the other side's own. The answer is "
                 "the line that was typed: it is read through the reader of the keyboard, which "
                 "shares no bytes with another one.",
     .hint = "Read the answer with the reader of the keyboard, and send that."},
    {.id = "line-to-its-speaker",
     .of = EXPECT_LINE | EXPECT_NOTHING,
     .explains = own_line_heard,
     .sentence = "\"$q\" came back to the member that had sent it. A line goes to all the others.",
     .hint = "Loop over all members, and skip the one whose connection is CONN.",
     .section = "Who is in the room"},
    {.id = "line-buffer-sent",
     .scope = LINES,
     .explains = buffer_sent,
     .sentence = "Bytes 0 are among what arrived, and $c1 was given $a1 bytes$1: that is the "
                 "buffer, and not the line in it. Send exactly the bytes of the line and a "
                 "newline.",
     .hint = "Pass the length of the line, not sizeof the buffer."},
    {.id = "line-terminator-sent",
     .scope = LINES,
     .explains = terminator_sent,
     .sentence = "The terminator was sent: there is a byte 0 among what arrived[a: ($c1$1)]. The "
                 "zero that ends a string in C is no part of the line: send exactly its bytes and "
                 "a newline, not strlen + 1 and not sizeof.",
     .hint = "Pass the length of the line, without its terminating 0."},
    {.id = "line-newline-missing",
     .scope = LINES,
     .explains = newline_missing,
     .sentence = "The line came without its newline[a: ($c1$1)], so nobody can tell where it "
                 "ends: the newline was taken away when the line was read, and has to be sent "
                 "again behind it.",
     .hint = "Send a newline behind the bytes of the line."},
    {.id = "empty-line-not-sent",
     .scope = LINES,
     .explains = empty_not_sent,
     .sentence = "An empty line is a line: its newline has to be sent.[a: Instead the keyboard is "
                 "read once more.][b: Sending 0 bytes sends nothing at all, and both sides wait "
                 "for each other.]",
     .hint = "Send the newline also when the line has no other bytes."},
    {.id = "typed-line-not-sent",
     .scope = LINES,
     .explains = typed_not_sent,
     .sentence = "What was typed has been read ($c1$1), and no call has sent anything since. Is "
                 "it in a buffer of stdio, or was it written to the console instead?",
     .hint = "Send the line with line_send as soon as it has been read."},
    {.id = NULL},
};

const struct cause causes_of_pieces[] = {
    {.id = "half-line-taken",
     .scope = LINES,
     .explains = half_line,
     .sentence = "Half a line was taken for one: $c1 brought $n ${n:byte|bytes} without a "
                 "newline$1, and no more were asked for. A line ends at its newline, not where a "
                 "recv ends: go on receiving behind what is there.",
     .hint = "Receive again, behind what is there, until a newline has come."},
    {.id = "lines-glued",
     .scope = LINES,
     .explains = lines_glued,
     .sentence = "One $c1 brought $r1 bytes, in which $n ${n:line ends|lines end}$1. Were two "
                 "lines taken for one, or the rest thrown away? What follows the first newline "
                 "belongs to the next line.",
     .hint = "Keep what follows the first newline, and look there before you receive again. "
             "Call line_open once for each connection, not for each line."},
    {.id = NULL},
};
