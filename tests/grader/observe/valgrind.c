#include "grader/observe/valgrind.h"

#include "grader/observe/source.h"
#include "grader/play/program.h"
#include "grader/play/stage.h"

#include <stdio.h>
#include <string.h>

bool valgrind_is_there(const struct text *log)
{
    return log->start != NULL && strstr(log->start, "Using Valgrind") != NULL;
}

void valgrind_must_have_begun(const struct program *program)
{
    struct text text = {0};
    if (valgrind_is_there(&program->valgrind))
        return;
    program_must_have_begun(program);
    text_add(&text, "valgrind runs other programs on this machine, and could not run the %s.",
             program->role);
    if (program->valgrind.length > 0) {
        text_add(&text, " It said:");
        text_quote(&text, program->valgrind.start, program->valgrind.length, 300);
    }
    stage.explained = true;
    fail_because("%s", text.start);
}

void valgrind_must_not_have_failed(const struct text *log)
{
    if (has_words(log, "Fatal error at startup: a function redirection"))
        not_tested("valgrind cannot start programs here: the debug information of the C library is "
                   "missing (sh .ci/install student, or apt-get install libc6-dbg).");
    if (has_words(log, "Fatal error at startup"))
        not_tested("valgrind cannot start programs here: it ends with a fatal error.");
    const char *end = log->start == NULL ? NULL : strstr(log->start, "the 'impossible' happened");
    /* A program that writes past its blocks brings valgrind down, too, which has told of it then.
     */
    if (end != NULL && memmem(log->start, (size_t)(end - log->start), "==    at 0x", 11) == NULL)
        not_tested(
            "valgrind has failed, by a mistake of its own or because the debug information of "
            "the C library is missing (sh .ci/install student, or apt-get install "
            "libc6-dbg).");
}

bool valgrind_line(const char **rest, char *line, size_t size)
{
    if (**rest == '\0')
        return false;
    size_t length = strcspn(*rest, "\n");
    const char *start = *rest;
    /* The last one: what the program itself wrote there, if anything, stands before it. */
    for (const char *at = *rest; at + 4 < *rest + length; at++) {
        size_t digits = strspn(at + 2, "0123456789");
        if (strncmp(at, "==", 2) == 0 && digits > 0 && strncmp(at + 2 + digits, "== ", 3) == 0)
            start = at + 2 + digits + 3;
    }
    size_t left = length - (size_t)(start - *rest);
    snprintf(line, size, "%.*s", (int)left, start);
    *rest += length + ((*rest)[length] == '\n');
    return true;
}

bool valgrind_is_frame(const char *line)
{
    return strncmp(line, "   at 0x", 8) == 0 || strncmp(line, "   by 0x", 8) == 0;
}

bool valgrind_frame(const char *line, struct line *frame)
{
    const char *colon = strchr(line, ':');
    const char *bracket = strrchr(line, '(');
    *frame = (struct line){.number = 0};
    if (colon == NULL || bracket == NULL || bracket < colon)
        return false;
    snprintf(frame->function, sizeof frame->function, "%.*s", (int)strcspn(colon + 2, " ("),
             colon + 2);
    if (sscanf(bracket, "(%63[^:)]:%d)", frame->file, &frame->number) != 2)
        frame->number = 0;
    return true;
}

bool valgrind_own_file(const char *file)
{
    return source_is_there(file);
}
