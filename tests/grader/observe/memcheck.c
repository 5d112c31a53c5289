#include "grader/observe/memcheck.h"

#include "grader/observe/trace.h"
#include "grader/observe/valgrind.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One report: a heading, and the places below it. */
struct report_block {
    char heading[256];
    char caller[64]; /* the call: function of the innermost frame but what the C library puts there
                      */
    char place[160]; /* `echo.c:24 (echo_session)`: the first frame in a file of the student's */
    bool has_frames;
};

/* From glibc 2.41 on, accept(2) and what else is a cancellation point stand above these. */
static bool is_cancellation(const char *function)
{
    return strcmp(function, "__internal_syscall_cancel") == 0 ||
           strcmp(function, "__syscall_cancel") == 0 ||
           strcmp(function, "__syscall_cancel_arch") == 0;
}

/* A frame: `   at 0x4967929: recv (recv.c:28)` or `   by 0x10993F: echo_session (echo.c:46)`. */
static void read_frame(struct report_block *block, const char *line, bool (*own)(const char *))
{
    struct line frame;
    if (!valgrind_frame(line, &frame))
        return;
    if (!block->has_frames || is_cancellation(block->caller))
        snprintf(block->caller, sizeof block->caller, "%s", frame.function);
    block->has_frames = true;
    if (block->place[0] == '\0' && frame.number > 0 && own(frame.file))
        snprintf(block->place, sizeof block->place, "%s:%d (%s)", frame.file, frame.number,
                 frame.function);
}

static void note(char *first, size_t size, int *count, const struct report_block *block)
{
    if (++*count == 1)
        snprintf(first, size, "%s%s%s", block->heading, block->place[0] != '\0' ? ", at " : "",
                 block->place);
}

static void judge(struct memcheck *memcheck, const struct report_block *block)
{
    if (!block->has_frames || strncmp(block->heading, "Process terminating", 19) == 0)
        return;
    if (strncmp(block->heading, "Open AF_", 8) == 0) {
        bool accepted = strncmp(block->caller, "accept", 6) == 0;
        bool copied =
            strncmp(block->caller, "dup", 3) == 0 || strstr(block->caller, "fcntl") != NULL;
        memcheck->duplicates += copied && strstr(block->heading, "unbound") != NULL;
        /* A connection left open is worse than a listener, whichever comes first in the log. */
        char none[sizeof memcheck->first_socket];
        bool tell = accepted || memcheck->accepted == 0;
        note(tell ? memcheck->first_socket : none, sizeof none,
             accepted ? &memcheck->accepted : &memcheck->opened, block);
    } else if (strncmp(block->heading, "Open file descriptor", 20) == 0 ||
               strncmp(block->heading, "File descriptor ", 16) == 0) {
        /* A file, or something inherited: no header speaks of it. Or a close of what is closed or
           was never open: valgrind tells from 3.23 on, and the verdict may not depend on that. */
        return;
    } else if (strstr(block->heading, "definitely lost") != NULL) {
        note(memcheck->first_leak, sizeof memcheck->first_leak, &memcheck->leaks, block);
    } else if (strstr(block->heading, "indirectly lost") == NULL && /* through a definite one */
               strstr(block->heading, "possibly lost") == NULL &&
               strstr(block->heading, "still reachable") == NULL) {
        note(memcheck->first_error, sizeof memcheck->first_error, &memcheck->errors, block);
    }
}

void memcheck_read(const struct text *log, bool (*own)(const char *), struct memcheck *memcheck)
{
    const char *rest = log->start != NULL ? log->start : "";
    struct report_block block = {.heading = ""};
    char line[1024];
    *memcheck = (struct memcheck){.begun = strstr(rest, "Memcheck") != NULL,
                                  .complete = strstr(rest, "ERROR SUMMARY:") != NULL};
    while (valgrind_line(&rest, line, sizeof line)) {
        bool frame = valgrind_is_frame(line);
        if (frame && block.heading[0] != '\0') {
            read_frame(&block, line, own);
        } else if (!frame && line[0] != ' ') { /* else it goes on: "Address ... is 0 bytes after" */
            judge(memcheck, &block);
            block = (struct report_block){.heading = ""};
            snprintf(block.heading, sizeof block.heading, "%.255s", line);
        }
    }
    judge(memcheck, &block);
}
