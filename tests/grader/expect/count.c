#include "grader/expect/count.h"

#include "grader/observe/procfs.h"
#include "grader/play/stage.h"

#include <stdarg.h>
#include <stdio.h>

struct counted {
    const struct program *program;
    count_fn *count;
    long most; /* count_at_most(): this is few enough; count_at_rest(): that many were found */
    long last;
};

/* Never returns true: the wait ends when everything blocks. */
static bool has_been_looked_at(void *argument)
{
    struct counted *counted = argument;
    counted->last = counted->count(counted->program);
    if (counted->last > counted->most)
        counted->most = counted->last;
    return false;
}

long count_at_rest(struct program *program, count_fn *count)
{
    struct counted counted = {program, count, -1, -1};
    return stage_settle(NULL, has_been_looked_at, &counted) == LATE ? counted.most : counted.last;
}

static bool are_few_enough(void *argument)
{
    struct counted *counted = argument;
    counted->last = counted->count(counted->program);
    return counted->last <= counted->most;
}

long count_at_most(struct program *program, count_fn *count, long most)
{
    struct counted counted = {program, count, most, -1};
    stage_wait(NULL, are_few_enough, &counted);
    return counted.last;
}

long descriptors_of(const struct program *program)
{
    return program->ended ? -1 : procfs_count_descriptors(program->pid);
}

long descriptors_at_rest(struct program *program)
{
    long count = count_at_rest(program, descriptors_of);
    if (program->ended)
        fail_because(EXPECT_RUNNING, "The %s should go on, but it has ended.", _(program->role));
    if (count == -1)
        not_tested("The system does not let the test see the %s's descriptors.", _(program->role));
    return count;
}

void expect_few_descriptors(struct program *server, long before, long more, const char *had,
                            const char *since)
{
    long after = count_at_most(server, descriptors_of, before + more);
    if (after > before + more)
        fail_because(EXPECT_RESOURCES, "%s %ld %s open. %s, it has %ld.", _(had), before,
                     _(before == 1 ? "descriptor" : "descriptors"), _(since), after);
}

/* ---- threads and memory ---- */

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
    vsnprintf(when, sizeof when, _(format), arguments);
    va_end(arguments);
    long left = count_at_most(program, threads_of, count);
    if (program->ended)
        fail_because(EXPECT_RUNNING, "%s, the %s should go on, but it has ended.", _(when),
                     _(program->role));
    if (left > count)
        fail_because(EXPECT_RESOURCES, "%s, the %s should have at most %ld thread%s. It has %ld.",
                     _(when), _(program->role), count, count == 1 ? "" : "s", left);
}
