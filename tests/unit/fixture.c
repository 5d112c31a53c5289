#include "fixture.h"

#include "grader/base/settings.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct settings settings;

static const struct scenario nothing = {.id = "nothing"};
static struct result result;
struct result *const told = &result;

void read_settings(void)
{
    settings = (struct settings){.programs = getenv("PROGRAMS"),
                                 .probe = getenv("PROBE"),
                                 .sources = "/",
                                 .source = "labs",
                                 .base = "labs",
                                 .tasks = 512,
                                 .patience = 1};
    if (settings.programs == NULL || settings.probe == NULL)
        fail_msg("the environment must say where they are: PROGRAMS=directory PROBE=file");
}

int open_stage(void **state)
{
    (void)state;
    read_settings();
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    signal(SIGPIPE, SIG_IGN);
    memset(&stage, 0, sizeof stage);
    memset(&result, 0, sizeof result);
    stage_open(&nothing, &result);
    return 0;
}

int close_stage(void **state)
{
    (void)state;
    return stage_close() == -1 ? -1 : 0;
}

void cast(const char *behaviour)
{
    static char directory[4096];
    char link[4200];
    static const char *const roles[] = {"server", "client"};
    snprintf(directory, sizeof directory, "%s/as/%s", getenv("PROGRAMS"), behaviour);
    if (mkdir(directory, 0777) == -1 && errno != EEXIST)
        fail_msg("%s: %s", directory, strerror(errno));
    for (size_t i = 0; i < 2; i++) {
        snprintf(link, sizeof link, "%s/%s", directory, roles[i]);
        if (symlink("../../acts", link) == -1 && errno != EEXIST)
            fail_msg("%s: %s", link, strerror(errno));
    }
    settings.programs = directory;
}

long number_said(const struct program *program, const char *words)
{
    const char *found = program->said.start;
    while (found != NULL && strncmp(found, words, strlen(words)) != 0) {
        found = strchr(found, '\n');
        found += found != NULL;
    }
    if (found == NULL)
        fail_msg("the program did not say: %s N", words);
    return strtol(found + strlen(words), NULL, 10);
}

const struct step *step_of(const struct step *steps, size_t count, enum probe_call call)
{
    for (size_t i = 0; i < count; i++)
        if (steps[i].event.call == (int32_t)call)
            return &steps[i];
    fail_msg("there is no call number %d in the trace", (int)call);
    return NULL;
}

void wait_for_end(struct program *program)
{
    assert_int_equal(program_wait(program), DONE);
}

struct pending {
    const struct program *program;
    enum probe_group group;
};

static bool is_pending(void *argument)
{
    const struct pending *pending = argument;
    for (size_t i = 0; i < PROBE_HEAD; i++) {
        const struct probe_event *event = &pending->program->trace->events[i];
        if (atomic_load(&event->state) == EVENT_BEGUN && trace_group(event) == pending->group)
            return true;
    }
    return false;
}

void wait_until_pending(struct program *program, enum probe_group group)
{
    struct pending pending = {program, group};
    program_watch(program);
    assert_int_equal(stage_wait(NULL, is_pending, &pending), DONE);
}

void assert_said(const struct program *program, const char *text)
{
    char line[128];
    for (const char *end; (end = strchr(text, '\n')) != NULL; text = end + 1) {
        snprintf(line, sizeof line, "%.*s", (int)(end - text), text);
        if (!has_line(&program->said, line))
            fail_msg("it did not say \"%s\", but:\n%s", line,
                     program->said.start != NULL ? program->said.start : "");
    }
}

void assert_step(const struct program *program, const struct step *step, const char *name,
                 const char *call)
{
    char words[40];
    struct text text = {0};
    trace_call(&text, &step->event);
    assert_string_equal(text.start, call);
    text_free(&text);
    snprintf(words, sizeof words, "%s at ", name);
    assert_int_equal(step->line.number, number_said(program, words));
    assert_int_equal(step->event.pid, program->pid);
    assert_true(step->event.begun <= step->event.ended);
}
