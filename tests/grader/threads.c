#include "grader/threads.h"

#include "grader/proc.h"

#include <stdarg.h>
#include <stdio.h>

size_t threads_of(const struct program *program)
{
    return program->ended ? 0 : proc_threads(program->pid);
}

long address_space_of(const struct program *program)
{
    return program->ended ? 0 : proc_address_space(program->pid);
}

struct crowd {
    const struct program *program;
    size_t most;
};

static bool is_small_enough(void *argument)
{
    const struct crowd *crowd = argument;
    return threads_of(crowd->program) <= crowd->most;
}

void expect_threads_at_most(struct program *program, size_t count, const char *format, ...)
{
    struct crowd crowd = {program, count};
    char when[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(when, sizeof when, format, arguments);
    va_end(arguments);
    stage.waiting = NULL;
    bool came = stage_wait(is_small_enough, &crowd) == CAME;
    if (program->ended)
        fail_because("%s, the %s should go on. It has ended.", when, program->role);
    if (!came)
        fail_because("%s, the %s should have at most %zu thread%s. It has %zu.", when,
                     program->role, count, count == 1 ? "" : "s", threads_of(program));
}
