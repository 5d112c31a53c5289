#include "grader/play/verdict.h"

#include "grader/base/settings.h"
#include "grader/observe/blame.h"
#include "grader/observe/budget.h"
#include "grader/play/begun.h"
#include "grader/play/datagram.h"
#include "grader/play/kept.h"
#include "grader/play/overflow.h"
#include "grader/play/stage.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

/* A program under valgrind has ended: did it begin at all, and was it valgrind that ended? */
static void blame_valgrind(void)
{
    for (size_t i = 0; i < stage.program_count; i++) {
        const struct program *program = stage.programs[i];
        if (!program->under_valgrind || !program->ended)
            continue;
        program_must_have_begun(program);
        valgrind_must_not_have_failed(&program->valgrind);
    }
}

/* What was late had less time than usual, and whose doing that is. */
static void add_budget(void)
{
    double seconds;
    const char *slowest;
    size_t used = strlen(stage.result->story);
    if (stage.last != LATE || !budget_is_used_up(&seconds, &slowest))
        return;
    snprintf(
        stage.result->story + used, sizeof stage.result->story - used,
        _(" (The %.0f seconds for this lab had been used up by tests that waited in vain%s%s, so "
          "this one had less time than usual.)"),
        seconds, _(slowest[0] != '\0' ? ", longest by " : ""), slowest);
}

/* A program that was ended by what it did to memory did not do what the test waited for: then the
   story is not that it failed to. */
static void blame_use_of_memory(void)
{
    struct text story = {0};
    for (size_t i = 0; i < stage.program_count && story.length == 0; i++)
        if (overflow_tell(&story, stage.programs[i]) == OVERFLOW_ADVISED ||
            kept_tell(&story, stage.programs[i]))
            stage.result->advised = true;
    if (story.length > 0) {
        snprintf(stage.result->story, sizeof stage.result->story, "%s", story.start);
        stage.explained = true;
    }
    text_free(&story);
}

static verdict_explain_fn *explain;

void verdict_explain_by(verdict_explain_fn *how)
{
    explain = how;
}

_Noreturn void fail_because(enum expectation expected, const char *format, ...)
{
    va_list arguments;
    stage.ending = true;
    stage.expected = expected;
    if (stage.datagrams)
        datagrams_let_calls_end();
    stage_take_in();
    blame_valgrind();
    va_start(arguments, format);
    vsnprintf(stage.result->story, sizeof stage.result->story, _(format), arguments);
    va_end(arguments);
    add_budget();
    blame_use_of_memory();
    if (explain != NULL)
        explain(stage.result);
    stage.result->status = FAILED;
    fail_msg("%s", stage.result->story);
    __builtin_unreachable();
}

/* What keeps it from being tested may be that it is not written yet: then it has simply failed. */
static bool is_unwritten(struct result *result)
{
    stage.ending = true;
    stage_take_in();
    if (explain != NULL)
        explain(result);
    if (result->unwritten[0] != '\0')
        return true;
    result->cause[0] = result->cause_id[0] = result->ladder[0] = '\0';
    return false;
}

_Noreturn void not_tested(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(stage.result->story, sizeof stage.result->story, _(format), arguments);
    va_end(arguments);
    if (is_unwritten(stage.result)) {
        stage.result->status = FAILED;
        fail_msg("%s", stage.result->story);
    }
    stage.result->status = NOT_EARNED;
    skip();
    __builtin_unreachable();
}

/* Not the program's doing, and the reference has had it: the machine has changed since. */
static _Noreturn void machine_lacks(const char *format, long there, long needed)
    __attribute__((format(printf, 1, 0)));

static _Noreturn void machine_lacks(const char *format, long there, long needed)
{
    snprintf(stage.result->story, sizeof stage.result->story, _(format), there, needed);
    stage.result->status = GRADER_FAULT;
    fail_msg("%s", stage.result->story);
    __builtin_unreachable();
}

void stage_needs(long tasks, long descriptors)
{
    struct rlimit limit;
    if (settings.room != 0 && settings.room < tasks)
        machine_lacks("There is room for %ld more processes and threads on this machine; this test "
                      "needs %ld (ulimit -u; in a container, its limit of processes).",
                      settings.room, tasks);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < (rlim_t)descriptors)
        machine_lacks("A process may have %ld descriptors on this machine; this test needs %ld "
                      "(ulimit -n).",
                      (long)limit.rlim_cur, descriptors);
}

_Noreturn void grader_fault(const char *call)
{
    int error = errno;
    stage.ending = true;
    bool theirs = blame_program(call, error, stage.result->story, sizeof stage.result->story);
    if (!theirs)
        snprintf(stage.result->story, sizeof stage.result->story, "%s%s%s", _(call),
                 error != 0 ? ": " : "", error != 0 ? strerror(error) : "");
    stage.result->status = theirs ? FAILED : GRADER_FAULT;
    fail_msg("%s", stage.result->story);
    __builtin_unreachable();
}
