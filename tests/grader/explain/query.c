#include "grader/explain/query.h"

#include <string.h>
#include <sys/wait.h>

/* ---- steps ---- */

static bool allows(struct want_value wanted, int64_t value)
{
    return !wanted.set || wanted.value == value;
}

static bool is_how(const struct evidence *e, const struct step *step, unsigned how)
{
    const struct probe_event *event = &step->event;
    bool pending = is_pending(step);
    bool first = event->pid == e->program.pid;
    const bool holds[] = {
        event->is_socket != 0,
        pending,
        !pending,
        !pending && event->result == -1 && event->error != 0,
        !pending && event->error != 0,
        !pending && event->result >= 0,
        !pending && event->result > 0,
        !event->faulted,
        first,
        !first,
        !is_in(step, "console.c"),
        !event->is_socket,
    };
    for (size_t i = 0; i < sizeof holds / sizeof holds[0]; i++)
        if ((how >> i & 1) != 0 && !holds[i])
            return false;
    return true;
}

bool query_is(const struct evidence *e, const struct step *step, const struct want *want)
{
    const struct probe_event *event = &step->event;
    return (want->group == GROUP_NONE || group_of(step) == want->group) &&
           allows(want->call, event->call) && allows(want->fd, event->fd) &&
           allows(want->result, event->result) && allows(want->given, event->given) &&
           allows(want->error, event->error) && allows(want->port, event->port) &&
           allows(want->process, event->process) && allows(want->pid, event->pid) &&
           allows(want->tid, event->tid) &&
           (!want->not_tid.set || want->not_tid.value != event->tid) && is_how(e, step, want->how);
}

const struct step *query_last(const struct evidence *e, const struct step *before,
                              const struct want *want)
{
    for (const struct step *step = before != NULL ? before : e->steps + e->count;
         step-- > e->steps;)
        if (query_is(e, step, want))
            return step;
    return NULL;
}

const struct step *query_first(const struct evidence *e, const struct step *after,
                               const struct want *want)
{
    for (const struct step *step = after != NULL ? after + 1 : e->steps; step < e->steps + e->count;
         step++)
        if (query_is(e, step, want))
            return step;
    return NULL;
}

size_t query_count(const struct evidence *e, const struct want *want)
{
    size_t count = 0;
    for (const struct step *step = NULL; (step = query_first(e, step, want)) != NULL;)
        count++;
    return count;
}

const struct step *query_next(const struct evidence *e, const struct step *step)
{
    return FIRST(e, step, .tid = IS(step->event.tid), .how = OUTSIDE_CONSOLE);
}

bool has_gap(const struct step *from, const struct step *to)
{
    for (const struct step *step = from; step < to; step++)
        if (step[1].event.number != step[0].event.number + 1)
            return true;
    return false;
}

bool is_pending(const struct step *step)
{
    return trace_is_pending(&step->event);
}

enum probe_group group_of(const struct step *step)
{
    return trace_group(&step->event);
}

bool is_in(const struct step *step, const char *file)
{
    return strcmp(step->line.file, file) == 0;
}

bool is_transfer(const struct step *step)
{
    return step->event.is_socket &&
           (group_of(step) == GROUP_RECEIVING || group_of(step) == GROUP_SENDING);
}

/* ---- the program ---- */

bool is_server(const struct evidence *e)
{
    return strcmp(e->program.role, "server") == 0;
}

bool is_client(const struct evidence *e)
{
    return strcmp(e->program.role, "client") == 0;
}

bool runs_serve(const struct evidence *e)
{
    return is_server(e) || FIRST(e, NULL, .call = IS(CALL_SERVE)) != NULL;
}

bool has_forked(const struct evidence *e)
{
    return trace_has_forked(e->steps, e->count, e->program.pid);
}

bool has_threads(const struct evidence *e)
{
    return FIRST(e, NULL, .call = IS(CALL_PTHREAD_CREATE)) != NULL;
}

bool has_exited(const struct evidence *e)
{
    return e->program.ended && !e->program.terminated && WIFEXITED(e->program.status);
}

bool was_killed_by(const struct evidence *e, int number)
{
    return e->program.ended && !e->program.terminated && WIFSIGNALED(e->program.status) &&
           WTERMSIG(e->program.status) == number;
}

bool has_stalled(const struct evidence *e)
{
    return e->last == STALLED;
}

bool waits_in_vain(const struct evidence *e)
{
    return e->last == STALLED || e->last == LATE;
}

static bool is_among(const int32_t *numbers, size_t count, int32_t number)
{
    for (size_t i = 0; i < count; i++)
        if (numbers[i] == number)
            return true;
    return false;
}

bool thread_lives(const struct evidence *e, int32_t tid)
{
    return is_among(e->tasks, e->task_count, tid);
}

bool thread_is_held(const struct evidence *e, int32_t tid)
{
    return is_among(e->held, e->held_count, tid);
}

const struct evidence_process *process_of(const struct evidence *e, int32_t pid)
{
    for (size_t i = 0; i < e->process_count; i++)
        if (e->processes[i].pid == pid)
            return &e->processes[i];
    return NULL;
}

const struct evidence_peer *peer_of(const struct evidence *e)
{
    if (e->waiting != -1)
        return &e->peers[e->waiting];
    return e->peer_count > 0 ? &e->peers[e->peer_count - 1] : NULL;
}

bool is_own_file(const struct evidence *e, const char *file)
{
    for (size_t i = 0; i < e->own_count; i++)
        if (strcmp(e->own[i], file) == 0)
            return true;
    return false;
}

int64_t length_to_zero(const struct evidence *e)
{
    const char *zero = e->data.length == 0 ? NULL : memchr(e->data.start, '\0', e->data.length);
    return zero == NULL ? -1 : zero - e->data.start;
}
