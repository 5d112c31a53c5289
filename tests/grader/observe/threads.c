#include "grader/observe/threads.h"

#include "grader/observe/procfs.h"

#include <stdarg.h>
#include <stdio.h>

long threads_of(const struct program *program)
{
    return program->ended ? 0 : (long)procfs_threads(program->pid);
}

long address_space_of(const struct program *program)
{
    return program->ended ? 0 : procfs_address_space(program->pid);
}

void expect_threads_at_most(struct program *program, long count, const char *format, ...)
{
    char when[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(when, sizeof when, format, arguments);
    va_end(arguments);
    long left = count_at_most(program, threads_of, count);
    if (program->ended)
        fail_because("%s, the %s should go on. It has ended.", when, program->role);
    if (left > count)
        fail_because("%s, the %s should have at most %ld thread%s. It has %ld.", when,
                     program->role, count, count == 1 ? "" : "s", left);
}
