#include "grader/expect/trust.h"

#include "grader/observe/procfs.h"
#include "grader/observe/trace.h"
#include "grader/play/orders.h"
#include "grader/play/stage.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* A copy of event NUMBER of PROGRAM; false if there is none, or not a whole one. */
static bool read_event(const struct program *program, size_t number, struct probe_event *event)
{
    memcpy(event, (const void *)&program->trace->events[number], sizeof *event);
    return event->state == EVENT_DONE && event->call >= 0 && event->call < CALL_COUNT;
}

/* Old events make room for new ones: then those that were hit may be gone. */
static bool has_forgotten(const struct program *program)
{
    return atomic_load(&program->trace->count) > PROBE_HEAD + PROBE_TAIL;
}

static bool shows_fault(const struct program *program)
{
    struct probe_event event;
    for (size_t i = 0; i < PROBE_HEAD + PROBE_TAIL; i++)
        if (read_event(program, i, &event) && event.faulted)
            return true;
    return has_forgotten(program);
}

void trust_faults(void)
{
    for (size_t i = 0; i < stage.program_count; i++) {
        struct program *program = stage.programs[i];
        if (!program->faults_set)
            continue;
        if (!program_met_fault(program))
            not_tested("The test wanted to make calls of the %s fail or return early, but the %s "
                       "made no such call that the probe could see.",
                       _(program->role), _(program->role));
        if (!shows_fault(program))
            not_tested("The %s has changed the memory of the autograder's probe: its trace is "
                       "inconsistent.",
                       _(program->role));
    }
}

_Noreturn void not_tested_unseen(const struct program *program, enum probe_group group,
                                 const char *could)
{
    static const char *const does[GROUP_COUNT] = {
        [GROUP_ACCEPTING] = "accept",
        [GROUP_RECEIVING] = "receive",
        [GROUP_SENDING] = "send",
        [GROUP_CLOSING] = "close",
        [GROUP_FORKING] = "start processes",
        [GROUP_THREADING] = "create threads",
        [GROUP_STARTING] = "create threads",
    };
    not_tested("The %s does not %s with a call that the probe could %s.", _(program->role),
               _(does[group] != NULL ? does[group] : "do this"), _(could));
}

void trust_fault(const struct program *program, enum probe_group group, const char *could)
{
    if (fault_hits(program, group) == 0)
        not_tested_unseen(program, group, could);
}

/* The signals for which PID has a handler, a bit each, as /proc/PID/status tells them; 0 if that
   cannot be read. Without those that the probe and the C library handle. */
static uint64_t handled_signals(pid_t pid)
{
    /* The last two are the C library's own: nptl(7). */
    static const int others[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, 32, 33};
    char path[64];
    char line[256];
    uint64_t handled = 0;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *status = fopen(path, "re");
    while (status != NULL && fgets(line, sizeof line, status) != NULL)
        if (sscanf(line, "SigCgt: %" SCNx64, &handled) == 1)
            break;
    if (status != NULL)
        fclose(status);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        handled &= ~(UINT64_C(1) << (others[i] - 1));
    return handled;
}

bool trust_interruptible(const struct program *program)
{
    if (atomic_load(&program->trace->interruptible) != 0)
        return true;
    if (atomic_load(&program->trace->handling) == 0 && !program->ended &&
        handled_signals(program->pid) != 0)
        not_tested("The %s handles a signal, but did not install the handler with a call that the "
                   "probe could see. The test cannot know whether its calls can be interrupted.",
                   _(program->role));
    return false;
}

void trust_closes(const struct program *program)
{
    struct probe_event event;
    for (size_t i = 0; i < PROBE_HEAD + PROBE_TAIL; i++)
        if (read_event(program, i, &event) && trace_group(&event) == GROUP_CLOSING &&
            event.is_socket)
            return;
    not_tested("The %s does not close its sockets with a call that the probe could see.",
               _(program->role));
}

void trust_next_accept(const struct program *program, int error)
{
    struct probe_event event;
    bool failed = false;
    for (size_t i = 0; i < PROBE_HEAD + PROBE_TAIL; i++) {
        if (!read_event(program, i, &event) || trace_group(&event) != GROUP_ACCEPTING)
            continue;
        if (failed && event.error != error)
            return;
        failed = failed || event.error == error;
    }
    if (!has_forgotten(program))
        not_tested("accept failed with %s. After that, the %s made only calls that the probe could "
                   "not see.",
                   strerrorname_np(error), _(program->role));
}
