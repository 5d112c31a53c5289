#include "grader/observe/trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[CALL_COUNT] = {
#define PROBE_NAME(name, text, group) text,
    PROBE_CALLS(PROBE_NAME)
#undef PROBE_NAME
};

static const enum probe_group groups[CALL_COUNT] = {
#define PROBE_GROUP(name, text, group) GROUP_##group,
    PROBE_CALLS(PROBE_GROUP)
#undef PROBE_GROUP
};

const char *trace_name(const struct probe_event *event)
{
    return names[event->call];
}

enum probe_group trace_group(const struct probe_event *event)
{
    return groups[event->call];
}

bool trace_is_pending(const struct probe_event *event)
{
    return event->state == EVENT_BEGUN;
}

/* ---- the steps ---- */

static int by_number(const void *left, const void *right)
{
    uint32_t a = ((const struct step *)left)->event.number;
    uint32_t b = ((const struct step *)right)->event.number;
    return a < b ? -1 : a > b;
}

struct step *trace_steps(const struct program *program, size_t *count)
{
    const struct probe_trace *memory = program->trace;
    struct step *steps = calloc(PROBE_HEAD + PROBE_TAIL, sizeof *steps);
    *count = 0;
    for (size_t i = 0; steps != NULL && i < PROBE_HEAD + PROBE_TAIL; i++) {
        struct probe_event *event = &steps[*count].event;
        memcpy(event, (const void *)&memory->events[i], sizeof *event);
        if (event->call >= 0 && event->call < CALL_COUNT &&
            (event->state == EVENT_BEGUN || event->state == EVENT_DONE))
            ++*count;
    }
    if (*count == 0) {
        free(steps);
        return NULL;
    }
    qsort(steps, *count, sizeof *steps, by_number);
    return steps;
}

/* ---- counting ---- */

enum { AT_ONCE_NS = 5000000, PAUSE_NS = 10000000, FEW = 4, MANY = 12 };

/* The events are read where they are: a program that scribbles over them spoils its own count. */
static bool is_done(const struct probe_event *event)
{
    return atomic_load(&event->state) == EVENT_DONE && event->call >= 0 && event->call < CALL_COUNT;
}

uint64_t trace_received(const struct program *program)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < PROBE_HEAD + PROBE_TAIL; i++) {
        const struct probe_event *event = &program->trace->events[i];
        if (atomic_load(&event->state) == EVENT_EMPTY && i < PROBE_HEAD)
            break;
        if (is_done(event) && event->is_socket && trace_group(event) == GROUP_RECEIVING &&
            event->result > 0)
            bytes += (uint64_t)event->result;
    }
    return bytes;
}

size_t trace_failures(const struct program *program, enum probe_group group, int error)
{
    size_t count = 0;
    for (size_t i = 0; i < PROBE_HEAD + PROBE_TAIL; i++) {
        const struct probe_event *event = &program->trace->events[i];
        count += is_done(event) && trace_group(event) == group && event->error == error;
    }
    return count;
}

static bool is_begun(const struct probe_event *event)
{
    return atomic_load(&event->state) == EVENT_BEGUN && event->call >= 0 &&
           event->call < CALL_COUNT;
}

/* It sleeps; or it waited until its time was over. */
static bool is_pause(const struct probe_event *event)
{
    return trace_group(event) == GROUP_SLEEPING ||
           (trace_group(event) == GROUP_WAITING && event->result == 0);
}

static void note_longest(struct retries *retries, uint64_t pause)
{
    if (pause > retries->longest)
        retries->longest = pause;
}

/* A sleep that is not interrupted is never shorter than asked, on a busy machine either. */
static void note_pause(struct retries *retries, uint64_t pause, bool interrupted)
{
    if (pause < PAUSE_NS && !interrupted)
        retries->brief++;
    else
        retries->paused++;
    note_longest(retries, pause);
}

struct retries trace_retries(const struct program *program, enum probe_group group, int error)
{
    struct retries retries = {0};
    uint64_t failed_at = 0;
    int32_t failed_in = 0; /* what other processes do meanwhile is no pause of this one */
    int32_t failed_by = 0;
    bool slept = false;
    bool caller_slept = false;
    bool sleeps = false;
    bool interrupted = false;
    for (size_t i = 0; i < PROBE_HEAD; i++) {
        const struct probe_event *event = &program->trace->events[i];
        if (is_begun(event))
            sleeps = sleeps || trace_group(event) == GROUP_SLEEPING;
        if (!is_done(event))
            continue;
        slept = slept || (event->pid == failed_in && is_pause(event));
        caller_slept =
            caller_slept || (event->tid == failed_by && trace_group(event) == GROUP_SLEEPING);
        interrupted = interrupted || event->error == EINTR;
        if (trace_group(event) != group)
            continue;
        uint64_t pause = event->begun - failed_at;
        if (failed_at != 0 && slept)
            note_pause(&retries, pause, interrupted);
        else if (failed_at != 0 && pause < AT_ONCE_NS)
            retries.at_once++;
        retries.slept += failed_at != 0 && caller_slept;
        slept = caller_slept = interrupted = false;
        failed_in = event->pid;
        failed_by = event->tid;
        failed_at = event->error == error ? event->ended : 0;
        retries.failures += event->error == error;
    }
    if (failed_at != 0 && sleeps)
        note_longest(&retries, stage_now() - failed_at);
    return retries;
}

bool retries_tell(const struct retries *retries)
{
    return retries->failures >= FEW && (retries->at_once > 0 || retries->brief > 0 ||
                                        retries->paused > 0 || retries->failures >= MANY);
}

bool retries_hurry(const struct retries *retries)
{
    return retries_tell(retries) &&
           (retries->brief > 0 || (retries->at_once > 0 && retries->paused == 0));
}

/* True when one of the COUNT STEPS shows that FD was a socket of PID. */
static bool was_socket(const struct step *steps, size_t count, int32_t pid, int32_t fd)
{
    for (size_t i = 0; i < count; i++) {
        const struct probe_event *event = &steps[i].event;
        if (event->pid == pid && ((event->is_socket && event->fd == fd) ||
                                  (trace_group(event) == GROUP_ACCEPTING && event->result == fd)))
            return true;
    }
    return false;
}

bool trace_closes_twice(const struct program *program)
{
    size_t count;
    bool twice = false;
    struct step *steps = trace_steps(program, &count);
    for (size_t i = 0; i < count && !twice; i++) {
        const struct probe_event *event = &steps[i].event;
        twice = event->call == CALL_CLOSE && event->error == EBADF && !event->faulted &&
                event->fd >= 0 && was_socket(steps, i, event->pid, event->fd);
    }
    free(steps);
    return twice;
}

/* True when one of the COUNT STEPS behind FAILED closes the descriptor that it was given. */
static bool closes_behind(const struct step *steps, size_t count, const struct probe_event *failed)
{
    for (size_t i = 0; i < count; i++) {
        const struct probe_event *event = &steps[i].event;
        if (event->call == CALL_CLOSE && event->error == 0 && event->fd == failed->fd)
            return true;
    }
    return false;
}

bool trace_leaves_open(const struct program *program, enum probe_call call)
{
    size_t count;
    bool open = false;
    struct step *steps = trace_steps(program, &count);
    for (size_t i = 0; i < count && !open; i++) {
        const struct probe_event *event = &steps[i].event;
        open = event->call == (int32_t)call && event->error != 0 && event->is_socket &&
               !closes_behind(steps + i + 1, count - i - 1, event);
    }
    free(steps);
    return open;
}

bool trace_closes_after(const struct program *program, enum probe_call call)
{
    size_t count;
    int32_t fd = -1;
    struct step *steps = trace_steps(program, &count);
    for (size_t i = 0; i < count; i++) {
        const struct probe_event *event = &steps[i].event;
        if (event->pid != program->pid)
            continue;
        if (event->call == (int32_t)call)
            fd = event->fd;
        else if (event->call == CALL_CLOSE && event->error == 0 && event->fd == fd)
            fd = -1;
    }
    free(steps);
    return fd == -1;
}

uint64_t trace_failed_at(const struct program *program, enum probe_call call)
{
    size_t count;
    uint64_t place = 0;
    struct step *steps = trace_steps(program, &count);
    for (size_t i = 0; i < count; i++)
        if (steps[i].event.call == (int32_t)call && steps[i].event.error != 0)
            place = steps[i].event.caller;
    free(steps);
    return place;
}

uint64_t trace_exit_place(const struct program *program)
{
    size_t count;
    uint64_t place = 0;
    struct step *steps = trace_steps(program, &count);
    for (size_t i = 0; i < count; i++)
        if (steps[i].event.call == CALL_EXIT && steps[i].event.pid == program->pid)
            place = steps[i].event.caller;
    free(steps);
    return place;
}

bool trace_unsafe_in_handler(const struct program *program, enum probe_unsafe *what,
                             uint64_t *caller)
{
    for (size_t i = 0; i < PROBE_HEAD + PROBE_TAIL; i++) {
        const struct probe_event *event = &program->trace->events[i];
        if (!is_done(event) || event->call != CALL_UNSAFE || event->pid != program->pid)
            continue;
        *caller = event->caller;
        *what = event->unsafe >= 0 && event->unsafe < UNSAFE_COUNT
                    ? (enum probe_unsafe)event->unsafe
                    : UNSAFE_STDIO;
        return true;
    }
    return false;
}

/* The number of the pthread_create after that of START which made a thread with the same
   pthread_t. */
static uint32_t next_creation(const struct step *steps, size_t count,
                              const struct probe_event *start)
{
    uint32_t next = UINT32_MAX;
    for (size_t i = 0; i < count; i++) {
        const struct probe_event *event = &steps[i].event;
        if (event->call == CALL_THREAD_START && event->result == start->result &&
            event->creation > start->creation && event->creation < next)
            next = (uint32_t)event->creation;
    }
    return next;
}

/* The thread that begins at START: how many of the COUNT STEPS detach or join it, with the
   attribute it was created with. */
static size_t count_detached(const struct step *steps, size_t count,
                             const struct probe_event *start, uint64_t places[2])
{
    size_t times = 0;
    uint32_t next = next_creation(steps, count, start);
    for (size_t i = 0; i < count && steps[i].event.number < next; i++) {
        const struct probe_event *event = &steps[i].event;
        if (event->call == CALL_PTHREAD_CREATE && event->number == start->creation)
            times = event->detached == 1;
        if (event->number < start->creation || event->thread != start->result ||
            (event->call != CALL_PTHREAD_DETACH && event->call != CALL_PTHREAD_JOIN))
            continue;
        places[times > 0] = event->caller;
        times++;
    }
    return times;
}

size_t trace_most_detached(const struct program *program, uint64_t places[2])
{
    size_t count;
    size_t most = 0;
    struct step *steps = trace_steps(program, &count);
    for (size_t i = 0; i < count; i++) {
        uint64_t found[2] = {0, 0};
        if (steps[i].event.call != CALL_THREAD_START)
            continue;
        size_t times = count_detached(steps, count, &steps[i].event, found);
        if (times <= most)
            continue;
        most = times;
        places[0] = found[0];
        places[1] = found[1];
    }
    free(steps);
    return most;
}

bool trace_has_forked(const struct step *steps, size_t count, int32_t pid)
{
    for (size_t i = 0; i < count; i++)
        if (steps[i].event.call == CALL_FORK && steps[i].event.pid == pid &&
            steps[i].event.result > 0)
            return true;
    return false;
}

bool trace_signals_everyone(const struct program *program)
{
    for (size_t i = 0; i < PROBE_HEAD + PROBE_TAIL; i++) {
        const struct probe_event *event = &program->trace->events[i];
        if (is_done(event) && event->call == CALL_KILL && event->faulted)
            return true;
    }
    return false;
}

/* ---- in words ---- */

bool trace_has_value(const struct probe_event *event)
{
    int call = event->call;
    bool returns_nothing =
        call == CALL_ROOM_SAY || call == CALL_ROOM_ANNOUNCE || call == CALL_ROOM_LEAVE;
    return !returns_nothing && (call != CALL_ROOM_OPEN || event->result != 0);
}

void trace_call(struct text *text, const struct probe_event *event)
{
    enum probe_group group = trace_group(event);
    bool moves = group == GROUP_RECEIVING || group == GROUP_SENDING;
    if (event->call == CALL_THREAD_START) { /* no call of the program's */
        text_add(text, "%s", _(trace_name(event)));
        return;
    }
    text_add(text, "%s(", trace_name(event));
    if (event->fd != -1)
        text_add(text, "%d", event->fd);
    else if (group == GROUP_DRIVEN && event->argument >= 0)
        text_add(text, "%lld", (long long)event->argument);
    if (moves && event->size >= 0)
        text_add(text, ", %lld", (long long)event->size);
    else if (moves)
        text_add(text, ", %llu", (unsigned long long)event->size);
    text_add(text, ")");
    if (trace_is_pending(event))
        text_add(text, " …");
    else if (event->error != 0)
        text_add(text, " = %s%s", event->result == -1 ? "-1 " : "",
                 strerrorname_np(event->error) ? strerrorname_np(event->error)
                                               : _("(unknown error)"));
    else if (trace_has_value(event) && (event->call != CALL_CLOSE || event->result != 0))
        text_add(text, " = %lld", (long long)event->result);
    if (moves && event->port != 0) /* a datagram: who sent it, or whom it goes to */
        text_add(text, " %s%d", group == GROUP_SENDING ? "→" : "←", event->port);
    if (event->unread > 0)
        text_add(text, _(", %d %s unread"), event->unread,
                 text_plural((size_t)event->unread, "byte", "bytes"));
}

void trace_place(struct text *text, const struct line *line)
{
    if (line->number > 0) {
        text_harmless(text, line->file, strlen(line->file), sizeof line->file, false);
        text_add(text, ":%d", line->number);
    }
}
