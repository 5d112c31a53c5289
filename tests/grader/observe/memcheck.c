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

/* ---- as an expectation ---- */

static void add_count(struct text *text, int count, const char *one, const char *many)
{
    if (count > 0)
        text_add(text, "%s%d %s", text->length > 0 ? ", " : "", count, count == 1 ? one : many);
}

/* What is told about one process: WHOSE it is ("", or "the process of a client: "). */
_Noreturn static void complain_about(const struct memcheck *memcheck, int open, const char *whose)
{
    struct text counts = {0};
    struct text text = {0};
    add_count(&counts, memcheck->errors, "error in the use of memory",
              "errors in the use of memory");
    add_count(&counts, memcheck->leaks, "leak", "leaks");
    add_count(&counts, open, "socket left open", "sockets left open");
    text_add(&text, "The conversation went well, but valgrind found%s: %s.", whose,
             counts.length > 0 ? counts.start : "nothing, because it was ended before its summary");
    const char *firsts[] = {memcheck->first_error, memcheck->first_leak,
                            open > 0 ? memcheck->first_socket : ""};
    for (size_t i = 0; i < sizeof firsts / sizeof firsts[0]; i++) {
        if (firsts[i][0] == '\0')
            continue;
        text_add(&text, "\n  ");
        text_harmless(&text, firsts[i], strlen(firsts[i]), sizeof memcheck->first_error, false);
    }
    stage.explained = true;
    fail_because("%s", text.start);
}

static int above(int count, int allowed)
{
    return count > allowed ? count - allowed : 0;
}

static void judge_process(const struct text *log, int accepted, int opened, const char *whose)
{
    struct memcheck memcheck;
    memcheck_read(log, valgrind_own_file, &memcheck);
    /* Who still serves may do so on a duplicate of its socket, one. */
    if (opened > 0 && memcheck.duplicates > 0)
        opened++;
    int open = above(memcheck.accepted, accepted) + above(memcheck.opened, opened);
    if (!memcheck.complete || memcheck.errors > 0 || memcheck.leaks > 0 || open > 0)
        complain_about(&memcheck, open, whose);
}

/* ---- several processes in one log ---- */

enum { MOST_LOGS = 256 };

/* The lines of one process; those of others may stand between them. */
struct part {
    long pid;
    struct text log;
};

static size_t split(const struct text *log, struct part *parts, size_t room)
{
    size_t count = 0;
    size_t length;
    for (const char *line = log->start; line != NULL && *line != '\0'; line += length) {
        length = strcspn(line, "\n");
        length += line[length] == '\n';
        if (strncmp(line, "==", 2) != 0)
            continue;
        long pid = strtol(line + 2, NULL, 10);
        size_t at = 0;
        while (at < count && parts[at].pid != pid)
            at++;
        if (at == room)
            continue;
        if (at == count)
            parts[count++].pid = pid;
        text_add_bytes(&parts[at].log, line, length);
    }
    return count;
}

/* Has process PID received anything? The fork of daemon(3) is not in the trace. */
static bool serves(const struct step *steps, size_t count, int32_t pid)
{
    for (size_t i = 0; i < count; i++)
        if (steps[i].event.pid == pid && trace_group(&steps[i].event) == GROUP_RECEIVING)
            return true;
    return false;
}

/* A process that the program has started may have ended in any way, and with what it got from the
   first one still open: only what it does to memory is its own. */
static void judge_helper(const struct text *log)
{
    struct memcheck memcheck;
    memcheck_read(log, valgrind_own_file, &memcheck);
    memcheck.complete = true;
    if (memcheck.errors > 0 || memcheck.leaks > 0)
        complain_about(&memcheck, 0, " in a process that the program has started");
}

void expect_clean(const struct program *program, int sockets)
{
    static struct part parts[MOST_LOGS];
    valgrind_must_have_begun(program);
    memset(parts, 0, sizeof parts);
    size_t count = split(&program->valgrind, parts, MOST_LOGS);
    for (size_t i = 0; i < count; i++)
        if (parts[i].pid == program->pid)
            judge_process(&parts[i].log, 0, sockets, "");
    for (size_t i = 0; i < count; i++) {
        if (parts[i].pid != program->pid)
            judge_helper(&parts[i].log);
        text_free(&parts[i].log);
    }
}

void expect_clean_family(const struct program *server, size_t wanted)
{
    static struct part parts[MOST_LOGS];
    size_t steps_count;
    struct step *steps = trace_steps(server, &steps_count);
    valgrind_must_have_begun(server);
    memset(parts, 0, sizeof parts);
    size_t count = split(&server->valgrind, parts, MOST_LOGS);
    for (size_t i = 0; i < count; i++) {
        bool first = parts[i].pid == server->pid;
        /* The one in the middle of a double fork serves nobody, and may hold anything. */
        bool middle = !first && !serves(steps, steps_count, (int32_t)parts[i].pid);
        judge_process(&parts[i].log, first ? 0 : (middle ? MOST_LOGS : 1),
                      first ? 1 : (middle ? MOST_LOGS : 0),
                      first ? " in the server's first process" : " in the process of a client");
        text_free(&parts[i].log);
    }
    free(steps);
    if (count < wanted + 1)
        fail_because("The server had %zu clients, and should have started a process for each. "
                     "valgrind has seen %zu end, besides the server's first one.",
                     wanted, count == 0 ? 0 : count - 1);
}
