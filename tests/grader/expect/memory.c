#include "grader/expect/memory.h"

#include "grader/base/settings.h"
#include "grader/observe/helgrind.h"
#include "grader/observe/memcheck.h"
#include "grader/observe/trace.h"
#include "grader/observe/valgrind.h"
#include "grader/play/begun.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A story's lines that begin with a space are never broken, and the report indents them by 4. */
static size_t story_columns(void)
{
    return settings.columns > 4 ? settings.columns - 4 : 92;
}

/* Adds what valgrind has found to a story, on lines of its own. */
static void add_finding(struct text *text, const char *words, size_t room)
{
    struct text finding = {0};
    text_add(&finding, "- ");
    text_harmless(&finding, words, strlen(words), room, false);
    text_add(text, "\n");
    text_wrap(text, finding.start, story_columns(), 2);
    text->start[--text->length] = '\0'; /* the newline */
    text_free(&finding);
}

/* ---- memcheck ---- */

static void add_count(struct text *text, int count, const char *one, const char *many)
{
    if (count > 0)
        text_add(text, _("%s%d %s"), text->length > 0 ? _(", ") : "", count,
                 text_plural((size_t)count, one, many));
}

/* Fails with what valgrind found in one process; WHOSE names it ("", " in the process of a
 * client").
 */
_Noreturn static void complain_about(const struct memcheck *memcheck, int open, const char *whose)
{
    struct text counts = {0};
    struct text text = {0};
    add_count(&counts, memcheck->errors, "error in the use of memory",
              "errors in the use of memory");
    add_count(&counts, memcheck->leaks, "leak", "leaks");
    add_count(&counts, open, "socket left open", "sockets left open");
    text_add(&text, _("The session went well, but valgrind found%s: %s."), _(whose),
             counts.length > 0 ? counts.start
                               : _("nothing, because it was killed before its summary"));
    const char *firsts[] = {memcheck->first_error, memcheck->first_leak,
                            open > 0 ? memcheck->first_socket : ""};
    for (size_t i = 0; i < sizeof firsts / sizeof firsts[0]; i++)
        if (firsts[i][0] != '\0')
            add_finding(&text, firsts[i], sizeof memcheck->first_error);
    stage.explained = true;
    stage.result->proven = memcheck->errors > 0;
    fail_because(EXPECT_MEMORY, "%s", text.start);
}

static int above(int count, int allowed)
{
    return count > allowed ? count - allowed : 0;
}

static void judge_process(const struct text *log, int accepted, int opened, const char *whose)
{
    struct memcheck memcheck;
    memcheck_read(log, valgrind_own_file, &memcheck);
    /* A server that is still running may use one duplicate of its socket. */
    if (opened > 0 && memcheck.duplicates > 0)
        opened++;
    int open = above(memcheck.accepted, accepted) + above(memcheck.opened, opened);
    if (!memcheck.complete || memcheck.errors > 0 || memcheck.leaks > 0 || open > 0)
        complain_about(&memcheck, open, whose);
}

/* ---- several processes in one log ---- */

enum { MOST_LOGS = 256 };

/* The lines of one process; lines of other processes may be between them. */
struct part {
    long pid;
    struct text log;
};

static size_t split(const struct text *log, struct part *parts, size_t most)
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
        if (at == most)
            continue;
        if (at == count)
            parts[count++].pid = pid;
        text_add_bytes(&parts[at].log, line, length);
    }
    return count;
}

/* Returns whether process PID has received anything. The fork of daemon(3) is not in the trace. */
static bool serves(const struct step *steps, size_t count, int32_t pid)
{
    for (size_t i = 0; i < count; i++)
        if (steps[i].event.pid == pid && trace_group(&steps[i].event) == GROUP_RECEIVING)
            return true;
    return false;
}

/* A process that the program has started may end in any way, with inherited descriptors still open:
   only its errors and leaks of memory count. */
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
        /* The process in the middle of a double fork serves no client, and may hold anything. */
        bool middle = !first && !serves(steps, steps_count, (int32_t)parts[i].pid);
        judge_process(&parts[i].log, first ? 0 : (middle ? MOST_LOGS : 1),
                      first ? 1 : (middle ? MOST_LOGS : 0),
                      first ? " in the server's first process" : " in the process of a client");
        text_free(&parts[i].log);
    }
    free(steps);
    if (count < wanted + 1)
        fail_because(EXPECT_TASKS,
                     "The server had %zu clients, and should have started a process for each. "
                     "valgrind saw %zu processes end, not counting the server's first one.",
                     wanted, count == 0 ? 0 : count - 1);
}

/* ---- helgrind ---- */

/* The student's files of this lab, and of those below. */
static bool is_of_the_program(const char *file)
{
    if (valgrind_own_file(file) || strchr(file, '/') != NULL)
        return valgrind_own_file(file);
    glob_t found = {0};
    char pattern[8192];
    snprintf(pattern, sizeof pattern, "%s/../[1-5]-*/%s", settings.sources, file);
    bool there = glob(pattern, 0, NULL, &found) == 0;
    globfree(&found);
    return there;
}

void expect_no_races(const struct program *program)
{
    struct helgrind helgrind;
    struct text text = {0};
    valgrind_must_have_begun(program);
    helgrind_read(&program->valgrind, is_of_the_program, &helgrind);
    if (helgrind.complete && helgrind.count == 0)
        return;
    if (helgrind.count == 0)
        text_add(&text,
                 _("helgrind, which watches how the threads use memory and locks, was killed "
                   "before its summary."));
    else
        text_add(&text,
                 _("The session went well, but helgrind found %zu mistake%s in how the "
                   "threads share memory or locks:"),
                 helgrind.count, helgrind.count == 1 ? "" : "s");
    for (size_t i = 0; i < helgrind.count && i < FINDINGS; i++)
        add_finding(&text, helgrind.findings[i], FINDING_ROOM);
    if (helgrind.count > FINDINGS)
        text_add(&text, _("\n  and %zu more."), helgrind.count - FINDINGS);
    stage.explained = true;
    stage.result->proven = helgrind.count > 0;
    fail_because(EXPECT_MEMORY, "%s", text.start);
}
