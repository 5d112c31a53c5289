#include "grader/observe/valgrind.h"

#include "grader/observe/source.h"

#include <stdio.h>
#include <string.h>

bool valgrind_is_there(const struct text *log)
{
    return log->start != NULL && strstr(log->start, "Using Valgrind") != NULL;
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
