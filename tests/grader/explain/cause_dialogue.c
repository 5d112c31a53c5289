#include "grader/expect/dialogue.h"
#include "grader/explain/cause_rules.h"
#include "grader/observe/connection.h"
#include "grader/observe/valgrind.h"
#include "grader/play/peer.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static const char prompt[] = "You want to say: ";

enum { LINE_LIMIT = 1024 }; /* 2-chat/line.h */

static const struct step *last_send(const struct live *evidence)
{
    for (size_t i = evidence->count; i-- > 0;)
        if (evidence->steps[i].event.is_socket &&
            trace_group(&evidence->steps[i].event) == GROUP_SENDING)
            return &evidence->steps[i];
    return NULL;
}

/* Without threads and processes each call belongs to the one conversation that goes on. */
static bool is_one_by_one(const struct live *evidence)
{
    return !evidence_has_threads(evidence) && !evidence_has_forked(evidence);
}

/* ---- what was sent ---- */

static void add_last_send(const struct live *evidence)
{
    const struct step *sending = last_send(evidence);
    if (sending == NULL)
        return;
    text_add(evidence->text, " (%s", trace_name(&sending->event));
    evidence_place(evidence->text, sending);
    text_add(evidence->text, ")");
}

/* What has come to the test and nobody has taken yet begins with WORDS. */
static bool has_come(const char *words)
{
    char bytes[64];
    for (size_t i = 0; i < stage.peer_count; i++) {
        if (stage.peers[i]->fd == -1 || stage.peers[i]->listening)
            continue;
        ssize_t count = recv(stage.peers[i]->fd, bytes, sizeof bytes, MSG_PEEK | MSG_DONTWAIT);
        if (count >= (ssize_t)strlen(words) && memcmp(bytes, words, strlen(words)) == 0)
            return true;
    }
    return false;
}

static bool sends_the_prompt(const struct live *evidence)
{
    const struct text *heard = &dialogue.heard;
    bool heard_it = heard->length > 4 && strncmp(heard->start, prompt, heard->length) == 0;
    if (!heard_it && !has_come(prompt))
        return false;
    text_add(evidence->text, "The prompt was sent to the other side");
    add_last_send(evidence);
    text_add(evidence->text,
             ". It is for the person at the %s's own keyboard: write it to the console, with "
             "console_prompt().",
             evidence->program->role);
    return true;
}

/* What the peer has heard is what it, or somebody before it, has itself said. */
static bool sends_what_was_said(const struct live *evidence)
{
    enum { ENOUGH = 5 }; /* bytes that are no accident; the test's words are different each time */
    const struct text *heard = &dialogue.heard;
    if (heard->length < ENOUGH || heard->start[heard->length - 1] != '\n' ||
        dialogue.said.length < heard->length ||
        memmem(dialogue.said.start, dialogue.said.length, heard->start, heard->length) == NULL ||
        dialogue.wanted.length == 0 ||
        memmem(dialogue.said.start, dialogue.said.length, dialogue.wanted.start,
               dialogue.wanted.length) != NULL)
        return false; /* or it is right to send back what was said */
    text_add(evidence->text, "What was sent back");
    add_last_send(evidence);
    text_add(evidence->text,
             " is a line of the other side's own. The answer is the line that was typed: it is "
             "read through the reader of the keyboard, which shares no bytes with another one.");
    return true;
}

static bool sends_says(const struct live *evidence)
{
    static const char *const words[] = {"client says", "server says"};
    for (size_t i = 0; i < 2; i++) {
        if (dialogue.heard.length < strlen(words[i]) ||
            memcmp(dialogue.heard.start, words[i], strlen(words[i])) != 0 ||
            dialogue.wanted.length == 0 || strncmp(dialogue.wanted.start, words[i], 6) == 0)
            continue;
        text_add(evidence->text, "\"%s\" was sent to the other side", words[i]);
        add_last_send(evidence);
        text_add(evidence->text,
                 ". Only the line itself is sent; who it is from, each program adds "
                 "by itself on its own console.");
        return true;
    }
    return false;
}

static bool sends_zeros(const struct live *evidence)
{
    const struct text *heard = &dialogue.heard;
    const struct text *wanted = &dialogue.wanted;
    const struct step *sending = last_send(evidence);
    if (heard->length == 0 || memchr(heard->start, '\0', heard->length) == NULL ||
        memchr(wanted->start, '\0', wanted->length) != NULL)
        return false;
    if (sending != NULL && sending->event.asked > (int64_t)wanted->length + 1) {
        text_add(evidence->text, "Bytes 0 are among what arrived, and %s was given %lld bytes",
                 trace_name(&sending->event), (long long)sending->event.asked);
        evidence_place(evidence->text, sending);
        text_add(evidence->text, ": that is the buffer, and not the line in it. Send exactly the "
                                 "bytes of the line and a newline.");
        return true;
    }
    text_add(evidence->text, "The terminator was sent: there is a byte 0 among what arrived");
    add_last_send(evidence);
    text_add(evidence->text, ". The zero that ends a string in C is no part of the line: send "
                             "exactly its bytes and a newline, not strlen + 1 and not sizeof.");
    return true;
}

static bool sends_no_newline(const struct live *evidence)
{
    const struct text *heard = &dialogue.heard;
    if (dialogue.wanted.length < 2 || heard->length == 0 ||
        memchr(heard->start, '\n', heard->length) != NULL ||
        heard->length + 1 != dialogue.wanted.length)
        return false;
    text_add(evidence->text, "The line came without its newline");
    add_last_send(evidence);
    text_add(evidence->text, ", so nobody can tell where it ends: the newline was taken away when "
                             "the line was read, and has to be sent again behind it.");
    return true;
}

static bool sends_nothing_for_empty(const struct live *evidence)
{
    if (dialogue.wanted.length != 1 || dialogue.heard.length > 0 || stage.last != STALLED)
        return false;
    text_add(evidence->text, "An empty line is a line: its newline has to be sent.");
    text_add(evidence->text, waits_at_keyboard(evidence->program)
                                 ? " Instead the keyboard is read once more."
                                 : " Sending 0 bytes sends nothing at all, and both sides wait for "
                                   "each other.");
    return true;
}

/* What was typed has been read, and nothing has been sent since. */
static bool sends_nothing(const struct live *evidence)
{
    const struct step *typed = NULL;
    if (dialogue.wanted.length == 0 || dialogue.heard.length > 0 || stage.last != STALLED)
        return false;
    for (size_t i = 0; i < evidence->count; i++) {
        const struct step *step = &evidence->steps[i];
        if (trace_group(&step->event) == GROUP_RECEIVING && step->event.fd == 0 &&
            step->event.result > 0)
            typed = step;
        if (evidence_on_socket(step, GROUP_SENDING))
            typed = NULL;
    }
    if (typed == NULL)
        return false;
    text_add(evidence->text, "What was typed has been read (%s", trace_name(&typed->event));
    evidence_place(evidence->text, typed);
    text_add(evidence->text, "), and no call has sent anything since. Is it in a buffer of stdio, "
                             "or was it written to the console instead?");
    return true;
}

/* ---- the connection ---- */

/* The last connection: accepted or made. Its descriptor, and in *FROM the step behind it. */
static int last_connection(const struct live *evidence, size_t *from)
{
    for (size_t i = evidence->count; i-- > 0;) {
        const struct probe_event *event = &evidence->steps[i].event;
        *from = i + 1;
        if (trace_group(event) == GROUP_ACCEPTING && event->result >= 0)
            return (int)event->result;
        if (event->call == CALL_CONNECT && event->result == 0)
            return event->fd;
    }
    return -1;
}

static bool receives(const struct probe_event *event, int fd)
{
    return event->fd == fd && event->is_socket && trace_group(event) == GROUP_RECEIVING;
}

/* Bytes that its finished calls have brought from the last connection. */
static size_t brought(const struct live *evidence)
{
    size_t from = 0;
    size_t bytes = 0;
    int fd = last_connection(evidence, &from);
    for (size_t i = from; fd != -1 && i < evidence->count; i++) {
        const struct probe_event *event = &evidence->steps[i].event;
        if (receives(event, fd) && !trace_is_pending(event) && event->result > 0)
            bytes += (size_t)event->result;
    }
    return bytes;
}

/* ---- what was not shown ---- */

/* The LENGTH bytes of WORDS should be on the console, and are on standard error. */
static bool is_on_the_wrong_stream(const struct program *program, const char *words, size_t length)
{
    const struct text *wrong = &program->complained;
    const struct text *shown = &dialogue.shown;
    return wrong->length > 0 && memmem(wrong->start, wrong->length, words, length) != NULL &&
           (shown->length == 0 || memmem(shown->start, shown->length, words, length) == NULL);
}

/* The lines of what is awaited, and the prompt behind them, one by one. */
static bool tells_on_stderr(const struct live *evidence)
{
    for (const char *line = dialogue.awaited; line != NULL && *line != '\0';) {
        size_t length = strcspn(line, "\n");
        if (length > 0 && is_on_the_wrong_stream(evidence->program, line, length)) {
            text_add(evidence->text, "\"");
            text_harmless(evidence->text, line, length, 40, false);
            text_add(evidence->text, "\" was written to standard error. That is for complaints; "
                                     "what the person is told goes to standard output, where "
                                     "console_say() and console_prompt() write.");
            return true;
        }
        line += length + (line[length] == '\n');
    }
    return false;
}

/* The console should show a line just as the other side has sent it. */
static bool awaits_what_was_said(void)
{
    const char *newline = dialogue.awaited == NULL ? NULL : strchr(dialogue.awaited, '\n');
    return newline != NULL && newline > dialogue.awaited && dialogue.said.length > 0 &&
           memmem(dialogue.said.start, dialogue.said.length, dialogue.awaited,
                  (size_t)(newline - dialogue.awaited) + 1) != NULL;
}

/* The same, with `client says: ` in front of it. */
static bool awaits_what_is_told(void)
{
    const char *says = dialogue.awaited == NULL ? NULL : strstr(dialogue.awaited, " says: ");
    const char *line = says == NULL ? NULL : says + 7;
    const char *newline = line == NULL ? NULL : strchr(line, '\n');
    return newline != NULL && dialogue.said.length > 0 &&
           memmem(dialogue.said.start, dialogue.said.length, line, (size_t)(newline - line) + 1) !=
               NULL;
}

/* How much has come of what the console should show and the program has not received; 0 if nothing
   of that kind. */
static int waits_unread(bool awaits)
{
    return dialogue.peer == NULL || !awaits || stage.last != STALLED
               ? 0
               : connection_unread(dialogue.peer);
}

/* More was received than has come: recv(2) with MSG_PEEK. UNREAD bytes are still in the kernel. */
static bool looks_without_taking(const struct live *evidence, size_t unread)
{
    size_t bytes = brought(evidence);
    if (bytes + unread <= dialogue.said.length)
        return false;
    text_add(
        evidence->text,
        "%zu bytes have come; calls have brought %zu, and %zu are still there. What recv shows "
        "with MSG_PEEK is not taken: the next call brings it once more.",
        dialogue.said.length, bytes, unread);
    return true;
}

/* It waits for its keyboard, and what has come meanwhile is still in the kernel. */
static bool receives_nothing(const struct live *evidence, bool awaits)
{
    int unread = waits_at_keyboard(evidence->program) ? waits_unread(awaits) : 0;
    if (unread <= 0 || looks_without_taking(evidence, (size_t)unread))
        return unread > 0;
    text_add(evidence->text,
             "%d %s come for the %s, and no call has received %s: it waits at its keyboard.",
             unread, text_plural((size_t)unread, "byte has", "bytes have"), evidence->program->role,
             text_plural((size_t)unread, "it", "them"));
    return true;
}

static bool receives_nothing_meanwhile(const struct live *evidence)
{
    return receives_nothing(evidence, awaits_what_was_said());
}

/* The same where people talk in turns. */
static bool is_out_of_turn(const struct live *evidence)
{
    return receives_nothing(evidence, awaits_what_is_told());
}

/* What came was received, and no call that the test could see has written anything since. */
static bool keeps_what_came(const struct live *evidence)
{
    const struct step *received = NULL;
    if (dialogue.peer == NULL || !awaits_what_was_said() || dialogue.shown.length > 0 ||
        stage.last != STALLED || connection_unread(dialogue.peer) != 0)
        return false;
    for (size_t i = 0; i < evidence->count; i++) {
        const struct step *step = &evidence->steps[i];
        if (evidence_on_socket(step, GROUP_RECEIVING) && !trace_is_pending(&step->event))
            received = step->event.result > 0 ? step : NULL;
        if (trace_group(&step->event) == GROUP_SENDING && !step->event.is_socket)
            received = NULL;
    }
    if (received == NULL)
        return false;
    text_add(evidence->text, "What came has been received (%s", trace_name(&received->event));
    evidence_place(evidence->text, received);
    text_add(evidence->text,
             "), and no call has written anything to the console since. Is it in a buffer of "
             "stdio? On a terminal, what printf writes stays there until the newline; on a pipe, "
             "until much more has come. Use console_say(), or fflush(stdout).");
    return true;
}

/* The program waits for an answer to a question that nobody can see. */
static bool keeps_the_prompt(const struct live *evidence)
{
    if (dialogue.awaited == NULL || !waits_at_keyboard(evidence->program) ||
        is_shown(evidence->program, prompt)) /* it is there: something else is wrong */
        return false;
    size_t length = strlen(dialogue.awaited);
    size_t behind = length < sizeof prompt - 1 ? 0 : length - (sizeof prompt - 1);
    bool is_prompt = strcmp(dialogue.awaited + behind, prompt) == 0;
    if (!is_prompt && (is_shown(evidence->program, "says: ") || awaits_what_was_said()))
        return false;
    /* Something stands where the prompt belongs. */
    if (is_prompt && dialogue.shown.length > 0 &&
        dialogue.shown.start[dialogue.shown.length - 1] != '\n')
        return false;
    text_add(evidence->text,
             "The %s waits at its keyboard, and %s stuck in a buffer. On a terminal, what printf "
             "writes stays there until the newline; on a pipe, until "
             "much more has come. Use console_prompt() and console_say(), or fflush(stdout) before "
             "waiting.",
             evidence->program->role,
             is_prompt ? "no prompt is on the screen: it was not written before this wait, or it is"
                       : "what it has been told is not on the screen: it is");
    return true;
}

static bool ends_the_prompt(const struct live *evidence)
{
    static const char no_space[] = "You want to say:";
    size_t length = dialogue.shown.length;
    if (dialogue.awaited != NULL && length >= sizeof no_space - 1 &&
        strcmp(dialogue.shown.start + length - (sizeof no_space - 1), no_space) == 0) {
        text_add(evidence->text, "The prompt is on the screen, but not its last byte, a space: "
                                 "\"You want to say: \".");
        return true;
    }
    if (!has_words(&evidence->program->said, "You want to say: \n"))
        return false;
    text_add(evidence->text, "A newline stands behind the prompt. What the person types belongs on "
                             "the same line: the prompt ends with its space.");
    return true;
}

/* The peer has said the line from BEGIN to END with REST behind it: it is just another line. */
static bool was_said(const char *begin, const char *end, const char *rest, size_t length)
{
    struct text line = {0};
    text_add_bytes(&line, begin, (size_t)(end - begin));
    text_add_bytes(&line, rest, length);
    bool said = dialogue.said.length > 0 &&
                memmem(dialogue.said.start, dialogue.said.length, line.start, line.length) != NULL;
    text_free(&line);
    return said;
}

/* The line is there, and more of an older one behind it. */
static bool shows_an_old_rest(const struct live *evidence)
{
    const struct text *shown = &dialogue.shown;
    const char *awaited = dialogue.awaited;
    const char *says = awaited == NULL ? NULL : strstr(awaited, " says: ");
    const char *newline = says == NULL ? NULL : strchr(says, '\n');
    if (newline == NULL || newline - says <= 7 || shown->length == 0)
        return false;
    const char *begun = memmem(shown->start, shown->length, awaited, (size_t)(newline - awaited));
    const char *rest = begun == NULL ? NULL : begun + (newline - awaited);
    size_t length = rest == NULL ? 0 : strcspn(rest, "\r\n");
    if (length == 0 || length >= strlen(rest) || was_said(says + 7, newline, rest, length))
        return false;
    text_add(evidence->text, "Behind the line that came stands \"");
    text_harmless(evidence->text, rest, length, 20, false);
    text_add(evidence->text, "\", which was in the buffer before: put a zero behind the bytes of a "
                             "line before it is used as a string.");
    return true;
}

/* SEEN holds the LENGTH bytes of WANTED up to a %, and behind them something else. */
static bool goes_wrong_at_percent(const char *wanted, size_t length, const struct text *seen)
{
    const char *percent = length == 0 ? NULL : memchr(wanted, '%', length);
    if (percent == NULL || percent == wanted || seen->length == 0)
        return false;
    size_t before = (size_t)(percent - wanted);
    const char *end = seen->start + seen->length;
    const char *found = memmem(seen->start, seen->length, wanted, before);
    size_t rest = found == NULL ? 0 : (size_t)(end - found);
    /* The orders that the tests use never print a % themselves. */
    return found != NULL && rest > before && found[before] != '%';
}

static bool takes_a_line_for_a_format(const struct live *evidence)
{
    const char *awaited = dialogue.awaited;
    if (!goes_wrong_at_percent(awaited, awaited == NULL ? 0 : strlen(awaited), &dialogue.shown) &&
        !goes_wrong_at_percent(dialogue.wanted.start, dialogue.wanted.length, &dialogue.heard))
        return false;
    text_add(evidence->text,
             "All is right up to the first %%: the line was itself used as the format of printf, "
             "which takes %%d and the like for orders. A line is not a format: printf(\"%%s\", "
             "line).");
    return true;
}

/* ---- going on when there is nothing more ---- */

/* The last receive of FD that has returned; NULL if there is none, or it brought something. */
static const struct step *end_of(const struct live *evidence, int fd, bool is_socket)
{
    for (size_t i = evidence->count; i-- > 0;) {
        const struct step *step = &evidence->steps[i];
        if (trace_group(&step->event) != GROUP_RECEIVING || step->event.is_socket != is_socket ||
            (!is_socket && step->event.fd != fd) || trace_is_pending(&step->event))
            continue;
        return step->event.result > 0 || step->event.asked == 0 || step->event.error == EINTR ||
                       step->event.error == EAGAIN
                   ? NULL
                   : step;
    }
    return NULL;
}

static void add_end(const struct live *evidence, const struct step *end)
{
    if (evidence_failed(end)) {
        evidence_failure(evidence->text, end);
        return;
    }
    text_add(evidence->text, "%s has returned 0", trace_name(&end->event));
    evidence_place(evidence->text, end);
}

static bool asks_after_the_end(const struct live *evidence)
{
    const struct step *end = end_of(evidence, -1, true);
    const struct step *accepting = evidence_last_of(evidence, GROUP_ACCEPTING);
    if (end == NULL || (accepting != NULL && accepting > end) ||
        !waits_at_keyboard(evidence->program))
        return false;
    /* A last line without a newline may still be answered. */
    if (!evidence_failed(end) && dialogue.said.length > 0 &&
        dialogue.said.start[dialogue.said.length - 1] != '\n')
        return false;
    add_end(evidence, end);
    text_add(evidence->text,
             ": the other side has left, and the %s asks its keyboard for another line. That is "
             "the end of the conversation.",
             evidence->program->role);
    return true;
}

static bool waits_after_the_keyboard(const struct live *evidence)
{
    const struct step *end = end_of(evidence, 0, false);
    const struct step *last = evidence_last_of(evidence, GROUP_RECEIVING);
    if (!dialogue.typed_whole || end == NULL || last < end || !trace_is_pending(&last->event) ||
        !last->event.is_socket)
        return false;
    text_add(evidence->text, "The keyboard has ended: ");
    add_end(evidence, end);
    text_add(evidence->text,
             ". There is nothing more to send, and nothing to wait for; but the %s waits for the "
             "other side.",
             evidence->program->role);
    return true;
}

/* ---- lines that are not lines ---- */

/* Else the lines are read by what was written for the lab below, and is right. */
static bool is_of_this_lab(const struct step *step)
{
    return step->line.number == 0 || valgrind_own_file(step->line.file);
}

/* After step AT, which received on FD, its thread spoke or asked the keyboard, and did not receive
   again first. Who waits for both sides may well speak before the rest has come. */
static bool went_on_with_it(const struct live *evidence, size_t at, int fd)
{
    for (size_t i = at + 1; i < evidence->count; i++) {
        const struct probe_event *event = &evidence->steps[i].event;
        if (event->tid != evidence->steps[at].event.tid)
            continue;
        if (receives(event, fd) || trace_group(event) == GROUP_WAITING)
            return false;
        if (trace_group(event) == GROUP_SENDING ||
            (trace_group(event) == GROUP_RECEIVING && event->fd == 0))
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

static void add_half(const struct live *evidence, const struct step *step)
{
    text_add(evidence->text, "Half a line was taken for one: %s brought %lld %s without a newline",
             trace_name(&step->event), (long long)step->event.result,
             text_plural((size_t)step->event.result, "byte", "bytes"));
    evidence_place(evidence->text, step);
    text_add(evidence->text, ", and no more were asked for. A line ends at its newline, not where "
                             "a recv ends: go on receiving behind what is there.");
}

static void add_glued(const struct live *evidence, const struct step *step, size_t newlines)
{
    text_add(evidence->text, "One %s brought %lld bytes, in which %zu %s", trace_name(&step->event),
             (long long)step->event.result, newlines,
             text_plural(newlines, "line ends", "lines end"));
    evidence_place(evidence->text, step);
    text_add(evidence->text, ". Were two lines taken for one, or the rest thrown away? What stands "
                             "behind the first newline belongs to the next line: keep it, and look "
                             "there before receiving again.");
}

/* The LENGTH bytes of LINE, its newline among them, are a line on the console: behind `says: `, or
   alone. */
static bool is_on_console(const struct program *program, const char *line, size_t length,
                          bool behind_says)
{
    const struct text *console = &program->said;
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

/* The console shows each line that the peer has sent: none of them was lost. */
static bool shows_all_lines(const struct program *program)
{
    const char *line = dialogue.said.start;
    const char *end = line + dialogue.said.length;
    bool behind_says = has_words(&program->said, "says: ") && !has_words(&dialogue.said, "says: ");
    for (const char *newline; line < end; line = newline + 1) {
        newline = memchr(line, '\n', (size_t)(end - line));
        if (newline == NULL)
            break;
        if (!is_on_console(program, line, (size_t)(newline - line) + 1, behind_says))
            return false;
    }
    return true;
}

/* What each receive brought, held against what the peer had sent. */
static bool takes_pieces_for_lines(const struct live *evidence)
{
    size_t from = 0;
    size_t done = 0;
    size_t open = 0; /* bytes since the last newline, at least */
    size_t glued_newlines = 0;
    const struct step *glued = NULL;
    int fd = last_connection(evidence, &from);
    for (size_t i = from; fd != -1 && i < evidence->count; i++) {
        const struct probe_event *event = &evidence->steps[i].event;
        if (!receives(event, fd) || trace_is_pending(event) || event->result <= 0)
            continue;
        if (!is_of_this_lab(&evidence->steps[i]))
            return false;
        size_t length = (size_t)event->result;
        if (length > dialogue.said.length - done)
            return false; /* these are not the bytes that the test has sent */
        const char *piece = dialogue.said.start + done;
        done += length;
        size_t newlines = count_newlines(piece, length);
        open = newlines > 0 ? 0 : open + length;
        if (open > LINE_LIMIT) /* too long: it is right not to ask for more */
            return false;
        if (newlines == 0 && went_on_with_it(evidence, i, fd)) {
            add_half(evidence, &evidence->steps[i]);
            return true;
        }
        if (newlines > 0 && (newlines > 1 || piece[length - 1] != '\n') && glued == NULL) {
            glued = &evidence->steps[i];
            glued_newlines = newlines;
        }
    }
    if (glued == NULL || shows_all_lines(evidence->program))
        return false;
    add_glued(evidence, glued, glued_newlines);
    return true;
}

/* ---- lines that were good ---- */

static bool refuses_a_good_line(const struct live *evidence)
{
    if (dialogue.longest > LINE_LIMIT ||
        !has_words(&evidence->program->complained, "longer than 1024 bytes"))
        return false;
    text_add(evidence->text,
             "A line was refused as longer than 1024 bytes, but the longest that came had %zu. The "
             "limit holds for each line, without its newline, and not for all that has arrived.",
             dialogue.longest);
    return true;
}

static size_t count_words(const struct text *text, const char *words)
{
    size_t count = 0;
    const char *at = text->length > 0 ? text->start : NULL;
    while (at != NULL && (at = strstr(at, words)) != NULL) {
        count++;
        at++;
    }
    return count;
}

static bool shows_more_than_came(const struct live *evidence)
{
    bool is_server = strcmp(evidence->program->role, "server") == 0;
    size_t shown =
        count_words(&evidence->program->said, is_server ? "client says:" : "server says:");
    size_t came = dialogue.lines_said;
    bool open = dialogue.said.length > 0 && dialogue.said.start[dialogue.said.length - 1] != '\n';
    if (shown <= came + open || end_of(evidence, -1, true) != NULL)
        return false;
    text_add(evidence->text,
             "The console shows %zu lines of the other side, and only %zu %s come. A line that has "
             "been given out is taken out of the buffer, together with its newline: else the next "
             "search finds it once more.",
             shown, came + open, came + open == 1 ? "has" : "have");
    return true;
}

/* ---- sending when it is over ---- */

/* The last send on a socket that failed for good. */
static const struct step *failed_send(const struct live *evidence)
{
    const struct step *sending = last_send(evidence);
    return sending != NULL && evidence_failed(sending) && sending->event.error != EINTR &&
                   sending->event.error != EAGAIN
               ? sending
               : NULL;
}

static bool goes_on_after_a_failed_send(const struct live *evidence)
{
    const struct step *sending = is_one_by_one(evidence) ? failed_send(evidence) : NULL;
    const struct step *end = evidence->steps + evidence->count;
    for (const struct step *step = sending == NULL ? end : sending + 1; step < end; step++) {
        if (trace_group(&step->event) == GROUP_ACCEPTING)
            return false;
        if (trace_group(&step->event) != GROUP_RECEIVING ||
            (step->event.fd != sending->event.fd && step->event.fd != 0))
            continue;
        evidence_failure(evidence->text, sending);
        text_add(evidence->text, ", and the conversation went on with %s",
                 trace_name(&step->event));
        evidence_place(evidence->text, step);
        text_add(evidence->text, ". A send that fails tells that the other side has left: look at "
                                 "what it returns. (Kept in a size_t, -1 is not less than 0.)");
        return true;
    }
    return false;
}

/* The last client that was accepted is let go, and nothing of what it sent, or was about to, was
   received. */
static bool hangs_up_unheard(const struct live *evidence)
{
    const struct step *accepted = NULL;
    size_t clients = 0;
    for (size_t i = 0; is_one_by_one(evidence) && i < evidence->count; i++) {
        const struct step *step = &evidence->steps[i];
        if (trace_group(&step->event) == GROUP_ACCEPTING && step->event.result >= 0) {
            accepted = step;
            clients++;
        }
        if (accepted == NULL || step->event.fd != (int)accepted->event.result)
            continue;
        if (trace_group(&step->event) == GROUP_RECEIVING)
            accepted = NULL;
        else if (step->event.call == CALL_CLOSE && clients > 1) {
            text_add(evidence->text, "A client was let go");
            evidence_place(evidence->text, step);
            text_add(evidence->text, ", and nothing that it sends was received. Was something of "
                                     "an earlier client taken for its own? Each connection has a "
                                     "new reader.");
            return true;
        }
    }
    return false;
}

/* ---- waiting for the wrong thing ---- */

static const struct step *last_waiting(const struct live *evidence, enum probe_group group)
{
    const struct step *last = is_one_by_one(evidence) ? evidence_last_of(evidence, group) : NULL;
    return last != NULL && trace_is_pending(&last->event) ? last : NULL;
}

/* select or poll sleeps, although bytes are there. */
static bool watches_something_else(const struct live *evidence)
{
    const struct step *waiting = last_waiting(evidence, GROUP_WAITING);
    int unread =
        waiting == NULL ? 0 : waits_unread(awaits_what_was_said() || awaits_what_is_told());
    if (unread <= 0)
        return false;
    text_add(evidence->text, "%d %s come, and %s still waits", unread,
             text_plural((size_t)unread, "byte has", "bytes have"), trace_name(&waiting->event));
    evidence_place(evidence->text, waiting);
    text_add(evidence->text, ": it does not watch that connection. The first argument of select is "
                             "the highest descriptor plus one; poll wants POLLIN in events.");
    return true;
}

/* A receive has not returned, although what was sent has left the kernel. */
static bool waits_for_all(const struct live *evidence)
{
    const struct step *waiting = last_waiting(evidence, GROUP_RECEIVING);
    if (waiting == NULL || !waiting->event.is_socket || dialogue.awaited == NULL ||
        dialogue.peer == NULL || stage.last != STALLED || connection_unread(dialogue.peer) != 0)
        return false;
    size_t bytes = brought(evidence);
    if (bytes >= dialogue.said.length || dialogue.said.start[dialogue.said.length - 1] != '\n' ||
        waiting->event.asked <= (int64_t)(dialogue.said.length - bytes))
        return false;
    text_add(evidence->text,
             "%zu bytes have come that no finished call has brought, and %s, which was asked for "
             "%lld, is still waiting",
             dialogue.said.length - bytes, trace_name(&waiting->event),
             (long long)waiting->event.asked);
    evidence_place(evidence->text, waiting);
    text_add(evidence->text, ". Does it wait until all of them are there (MSG_WAITALL), or has a "
                             "stream of stdio taken more than its line?");
    return true;
}

/* What was typed waits in the pipe, and the program in a receive of its connection. */
static bool leaves_the_keyboard_unread(const struct live *evidence)
{
    int typed = 0;
    const struct program *program = evidence->program;
    const struct step *waiting = last_waiting(evidence, GROUP_RECEIVING);
    if (waiting == NULL || !waiting->event.is_socket || dialogue.wanted.length == 0 ||
        dialogue.heard.length > 0 || stage.last != STALLED || program->in == -1 ||
        ioctl(program->in, FIONREAD, &typed) == -1 || typed <= 0)
        return false;
    text_add(evidence->text,
             "%d %s typed, and no call has read %s: the %s waits for the other side to speak, as "
             "if it were not its own turn.",
             typed, text_plural((size_t)typed, "byte was", "bytes were"),
             text_plural((size_t)typed, "it", "them"), program->role);
    return true;
}

bool cause_talk(const struct live *evidence)
{
    static evidence_rule *const rules[] = {
        refuses_a_good_line,
        sends_the_prompt,
        sends_says,
        sends_what_was_said,
        sends_zeros,
        sends_no_newline,
        sends_nothing_for_empty,
        sends_nothing,
        tells_on_stderr,
        ends_the_prompt,
        waits_after_the_keyboard,
        asks_after_the_end,
        goes_on_after_a_failed_send,
        hangs_up_unheard,
        shows_more_than_came,
        takes_a_line_for_a_format,
        shows_an_old_rest,
        receives_nothing_meanwhile,
        watches_something_else,
        waits_for_all,
        keeps_what_came,
        takes_pieces_for_lines,
        is_out_of_turn,
        keeps_the_prompt,
        leaves_the_keyboard_unread,
    };
    return dialogue.in_lines && evidence_try(rules, sizeof rules / sizeof rules[0], evidence);
}
