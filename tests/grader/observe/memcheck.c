#include "grader/observe/memcheck.h"

#include "grader/observe/trace.h"
#include "grader/observe/valgrind.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One report: a heading, and the places below it. Then what it says of the memory: where that is,
   as `0 bytes after a block of size 8`, and where it was allocated or freed. */
enum part { ERROR, ALLOCATED, FREED, ELSEWHERE, PARTS };
struct report_block {
    enum part part; /* that of the frames that come next */
    char heading[256];
    char block[96];
    char caller[64]; /* the call: function of the innermost frame but what the C library puts there
                      */
    char place[PARTS][160]; /* `echo.c:24 (echo_session)`: the first frame in the student's files */
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
    char *place = block->place[block->part];
    if (!block->has_frames || is_cancellation(block->caller))
        snprintf(block->caller, sizeof block->caller, "%s", frame.function);
    block->has_frames = true;
    if (place[0] == '\0' && frame.number > 0 && own(frame.file))
        snprintf(place, sizeof block->place[0], "%s:%d (%s)", frame.file, frame.number,
                 frame.function);
}

/* A line between the frames: `Address 0x4a4308a is 0 bytes after a block of size 10 alloc'd`, with
   the frames of the allocation below it; or free'd, and then `Block was alloc'd at`. */
static void read_about(struct report_block *block, const char *line)
{
    const char *where = strstr(line, " is ");
    const char *what = where == NULL ? NULL : strstr(where, " a block of size ");
    bool freed = strstr(line, "free'd") != NULL;
    block->part = ELSEWHERE;
    if (strncmp(line, " Block was alloc'd", 18) == 0) {
        block->part = ALLOCATED;
    } else if (what != NULL && strncmp(line, " Address ", 9) == 0) {
        what += strlen(" a block of size ");
        what += strspn(what, "0123456789,");
        snprintf(block->block, sizeof block->block, "%.*s", (int)(what - where - 4), where + 4);
        block->part = freed ? FREED : ALLOCATED;
    }
}

static void note(char *first, size_t size, int *count, const struct report_block *block)
{
    static const char *const words[] = {
        [ERROR] = ", at ", [FREED] = ", freed at ", [ALLOCATED] = ", allocated at "};
    static const enum part order[] = {ERROR, FREED, ALLOCATED};
    size_t used = 0;
    if (++*count > 1)
        return;
    for (size_t i = 0; i < sizeof order / sizeof order[0] && used < size; i++) {
        const char *place = block->place[order[i]];
        used += (size_t)snprintf(first + used, size - used, "%s%s%s",
                                 order[i] == ERROR ? block->heading : "",
                                 place[0] != '\0' ? words[order[i]] : "", place);
        if (order[i] == ERROR && block->block[0] != '\0' && used < size)
            used += (size_t)snprintf(first + used, size - used, ": %s", block->block);
    }
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
        } else if (!frame && line[0] == ' ' && block.heading[0] != '\0') {
            read_about(&block, line);
        } else if (!frame && line[0] != ' ') {
            judge(memcheck, &block);
            block = (struct report_block){.heading = ""};
            snprintf(block.heading, sizeof block.heading, "%.255s", line);
        }
    }
    judge(memcheck, &block);
}
