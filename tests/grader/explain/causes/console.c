/* Conversations in lines: what the person at the console is shown. */
#include "grader/explain/causes/causes.h"

#include <string.h>

/* The awaited words; NULL: the console is not what was looked at. */
static const char *awaited_of(const struct evidence *e)
{
    if (!e->dialogue.awaits)
        return NULL;
    return e->dialogue.awaited.start != NULL ? e->dialogue.awaited.start : "";
}

/* ---- the stream, and the prompt ---- */

/* The LENGTH bytes of WORDS should be on the console, and are on standard error. */
static bool is_on_stderr(const struct evidence *e, const char *words, size_t length)
{
    const struct text *wrong = &e->program.complained;
    const struct text *shown = &e->dialogue.shown;
    return wrong->length > 0 && memmem(wrong->start, wrong->length, words, length) != NULL &&
           (shown->length == 0 || memmem(shown->start, shown->length, words, length) == NULL);
}

/* The lines of what is awaited, and the prompt behind them, one by one. */
static bool told_on_stderr(const struct evidence *e, struct finding *f)
{
    for (const char *line = awaited_of(e); line != NULL && *line != '\0';) {
        size_t length = strcspn(line, "\n");
        if (length > 0 && is_on_stderr(e, line, length)) {
            text_harmless(&f->quote, line, length, 40, false);
            return true;
        }
        line += length + (line[length] == '\n');
    }
    return false;
}

static bool prompt_without_space(const struct evidence *e, struct finding *f)
{
    static const char no_space[] = "You want to say:";
    const struct text *shown = &e->dialogue.shown;
    (void)f;
    return e->dialogue.awaits && shown->length >= sizeof no_space - 1 &&
           strcmp(shown->start + shown->length - (sizeof no_space - 1), no_space) == 0;
}

static bool prompt_with_newline(const struct evidence *e, struct finding *f)
{
    (void)f;
    return has_words(&e->program.said, "You want to say: \n");
}

/* The program waits for an answer to a question that nobody can see. */
static bool prompt_kept(const struct evidence *e, struct finding *f)
{
    const struct text *shown = &e->dialogue.shown;
    (void)f;
    if (!e->dialogue.awaits || !e->program.reads_keyboard || e->program.shows_prompt ||
        !ends_with(awaited_of(e), prompt_of_chat))
        return false;
    /* Or something stands where the prompt belongs. */
    return shown->length == 0 || shown->start[shown->length - 1] == '\n';
}

static bool told_kept(const struct evidence *e, struct finding *f)
{
    (void)f;
    return e->dialogue.awaits && e->program.reads_keyboard && !e->program.shows_prompt &&
           !ends_with(awaited_of(e), prompt_of_chat) && !e->program.shows_says &&
           e->dialogue.shown.length == 0 && !awaits_what_was_said(e);
}

/* The line of the other side is on the console, with other words before it: $q is shown. */
static bool other_words(const struct evidence *e, struct finding *f)
{
    const char *awaited = awaited_of(e);
    const char *says = awaited == NULL ? NULL : strstr(awaited, " says: ");
    const struct text *shown = &e->dialogue.shown;
    if (says == NULL || shown->length == 0)
        return false;
    size_t prefix = (size_t)(says - awaited) + sizeof " says: " - 1;
    size_t length = strcspn(awaited + prefix, "\n");
    const char *line = shown->start;
    if (length < 3 || memmem(line, shown->length, awaited, prefix) != NULL)
        return false;
    const char *found = memmem(line, shown->length, awaited + prefix, length);
    if (found == NULL || found[length] != '\n')
        return false;
    const char *text = found;
    while (found > line && found[-1] != '\n')
        found--;
    if (found == text) /* it is a line of its own: two were shown as one */
        return false;
    text_harmless(&f->quote, found, strcspn(found, "\n"), 60, false);
    bool of_client = says - awaited >= 6 && memcmp(says - 6, "client", 6) == 0;
    f->word = of_client ? "client says: " : "server says: ";
    return true;
}

/* What came was received, and no call that the test could see has written anything since. */
static bool line_kept(const struct evidence *e, struct finding *f)
{
    if (e->dialogue.peer == -1 || !awaits_what_was_said(e) || e->dialogue.shown.length > 0 ||
        !has_stalled(e) || e->peers[e->dialogue.peer].unread != 0)
        return false;
    f->step[1] = LAST(e, NULL, .group = GROUP_RECEIVING, .how = ON_SOCKET | RETURNED);
    if (f->step[1] == NULL || f->step[1]->event.result <= 0)
        return false;
    for (const struct step *step = f->step[1];
         (step = FIRST(e, step, .group = GROUP_SENDING)) != NULL;)
        if (!step->event.is_socket)
            return false;
    return true;
}

/* ---- lines that are shown ---- */

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

static bool line_again(const struct evidence *e, struct finding *f)
{
    const struct text *said = &e->dialogue.said;
    bool open = said->length > 0 && said->start[said->length - 1] != '\n';
    const char *words = is_server(e) ? "client says:" : "server says:";
    f->n = (long long)count_words(&e->program.said, words);
    f->m = (long long)e->dialogue.lines_said + open;
    return f->n > f->m && end_of_connection(e) == NULL;
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

static bool line_as_format(const struct evidence *e, struct finding *f)
{
    const struct evidence_dialogue *dialogue = &e->dialogue;
    (void)f;
    return (dialogue->awaits &&
            goes_wrong_at_percent(dialogue->awaited.start, dialogue->awaited.length,
                                  &dialogue->shown)) ||
           goes_wrong_at_percent(dialogue->wanted.start, dialogue->wanted.length, &dialogue->heard);
}

/* The peer has said the line from BEGIN to END with REST behind it: it is just another line. */
static bool was_said(const struct evidence *e, const char *begin, const char *end, const char *rest,
                     size_t length)
{
    const struct text *said = &e->dialogue.said;
    struct text line = {0};
    text_add_bytes(&line, begin, (size_t)(end - begin));
    text_add_bytes(&line, rest, length);
    bool was =
        said->length > 0 && memmem(said->start, said->length, line.start, line.length) != NULL;
    text_free(&line);
    return was;
}

/* The line is there, and more of an older one behind it. */
static bool old_rest(const struct evidence *e, struct finding *f)
{
    enum { WORDS = sizeof " says: " - 1 };
    const struct text *shown = &e->dialogue.shown;
    const char *awaited = awaited_of(e);
    const char *says = awaited == NULL ? NULL : strstr(awaited, " says: ");
    const char *newline = says == NULL ? NULL : strchr(says, '\n');
    if (newline == NULL || newline - says <= WORDS || shown->length == 0)
        return false;
    const char *begun = memmem(shown->start, shown->length, awaited, (size_t)(newline - awaited));
    const char *rest = begun == NULL ? NULL : begun + (newline - awaited);
    size_t length = rest == NULL ? 0 : strcspn(rest, "\r\n");
    if (length == 0 || length >= strlen(rest) || was_said(e, says + WORDS, newline, rest, length))
        return false;
    text_harmless(&f->quote, rest, length, 20, false);
    return true;
}

/* ---- the tables ---- */

#define UNTIL_MUCH_MORE                                                                            \
    "On a terminal, what printf writes stays there until the newline; on a pipe, until much more " \
    "has come."
#define STUCK "stuck in a buffer. " UNTIL_MUCH_MORE

const struct cause causes_of_console[] = {
    {.id = "line-in-other-words",
     .scope = LINES,
     .of = EXPECT_CONSOLE,
     .explains = other_words,
     .sentence = "The line is on the console, but in other words: \"$q\". It must stand behind "
                 "\"$w\".",
     .hint = "Print exactly the words that the header gives, with console_say().",
     .section = "Sample output"},
    {.id = "told-on-stderr",
     .scope = LINES,
     .of = EXPECT_CONSOLE,
     .explains = told_on_stderr,
     .sentence = "\"$q\" was written to standard error. That is for complaints; what the person "
                 "is told goes to standard output, where console_say() and console_prompt() "
                 "write.",
     .hint = "Print it with console_say() or console_prompt()."},
    {.id = "prompt-space-missing",
     .scope = LINES,
     .of = EXPECT_CONSOLE,
     .explains = prompt_without_space,
     .sentence = "The prompt is on the screen, but not its last byte, a space: \"You want to say: "
                 "\".",
     .hint = "Print the prompt with its space, as the header gives it."},
    {.id = "prompt-ends-line",
     .scope = LINES,
     .of = EXPECT_CONSOLE | EXPECT_OTHER,
     .explains = prompt_with_newline,
     .sentence = "A newline follows the prompt. What the person types belongs on the same "
                 "line: the prompt ends with its space.",
     .hint = "Print the prompt with console_prompt(), and without a newline."},
    {.id = NULL},
};

const struct cause causes_of_lines_shown[] = {
    {.id = "line-shown-again",
     .scope = LINES,
     .explains = line_again,
     .sentence = "The console shows $n lines of the other side, and only $m ${m:has|have} come. A "
                 "line that has been given out is taken out of the buffer, together with its "
                 "newline: else the next search finds it once more.",
     .hint = "After a line, move the rest of the buffer to its beginning."},
    {.id = "line-as-format",
     .scope = LINES,
     .explains = line_as_format,
     .sentence = "All is right up to the first %: the line was itself used as the format of "
                 "printf, which takes %d and the like for orders. A line is not a format: "
                 "printf(\"%s\", line).",
     .hint = "Write printf(\"%s\", line), or pass the line as an argument of console_say()."},
    {.id = "line-with-old-rest",
     .scope = LINES,
     .of = EXPECT_CONSOLE,
     .explains = old_rest,
     .sentence = "The line that came is followed by \"$q\", which was in the buffer before.",
     .hint = "Put a 0 behind the last byte of each line."},
    {.id = NULL},
};

const struct cause causes_of_line_kept[] = {
    {.id = "line-in-buffer",
     .scope = LINES,
     .of = EXPECT_CONSOLE,
     .explains = line_kept,
     .sentence = "What came has been received ($c1$1), and no call has written anything to the "
                 "console since. Is it in a buffer of stdio? " UNTIL_MUCH_MORE,
     .hint = "Print with console_say() and console_prompt(), which write at once, or call "
             "fflush(stdout) before you wait."},
    {.id = NULL},
};

const struct cause causes_of_prompt_kept[] = {
    {.id = "prompt-in-buffer",
     .scope = LINES,
     .of = EXPECT_CONSOLE,
     .explains = prompt_kept,
     .sentence = "The $role waits at its keyboard, and no prompt is on the screen: it was not "
                 "written before this wait, or it is " STUCK,
     .hint = "Print the prompt with console_prompt(), or call fflush(stdout) before you wait."},
    {.id = "line-in-buffer",
     .scope = LINES,
     .of = EXPECT_CONSOLE,
     .explains = told_kept,
     .sentence = "The $role waits at its keyboard, and what it has been told is not on the "
                 "screen: it is " STUCK,
     .hint = "Print with console_say() and console_prompt(), which write at once, or call "
             "fflush(stdout) before you wait."},
    {.id = NULL},
};
