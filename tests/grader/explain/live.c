#include "grader/explain/live.h"

#include "grader/play/orders.h"
#include "grader/play/places.h"

#include <string.h>

bool evidence_try(evidence_rule *const *rules, size_t count, const struct live *evidence)
{
    for (size_t i = 0; i < count; i++)
        if (rules[i](evidence))
            return true;
    return false;
}

const struct step *evidence_last_of(const struct live *evidence, enum probe_group group)
{
    for (size_t i = evidence->count; i-- > 0;)
        if (trace_group(&evidence->steps[i].event) == group)
            return &evidence->steps[i];
    return NULL;
}

const struct step *evidence_last(const struct live *evidence, enum probe_call call)
{
    for (size_t i = evidence->count; i-- > 0;)
        if (evidence->steps[i].event.call == (int32_t)call)
            return &evidence->steps[i];
    return NULL;
}

bool evidence_is_first(const struct live *evidence, const struct step *step)
{
    return step->event.pid == evidence->program->pid;
}

bool evidence_has_forked(const struct live *evidence)
{
    return trace_has_forked(evidence->steps, evidence->count, evidence->program->pid);
}

bool evidence_is_held(const struct live *evidence, int32_t tid)
{
    for (enum probe_group group = 0; group < GROUP_COUNT; group++)
        if (gate_is_holding(evidence->program, group) &&
            gate_holds_whom(evidence->program, group) == tid)
            return true;
    return false;
}

bool evidence_has_threads(const struct live *evidence)
{
    return evidence_last(evidence, CALL_PTHREAD_CREATE) != NULL;
}

bool evidence_on_socket(const struct step *step, enum probe_group group)
{
    return step->event.is_socket && trace_group(&step->event) == group;
}

bool evidence_failed(const struct step *step)
{
    return !trace_is_pending(&step->event) && step->event.result == -1 && step->event.error != 0;
}

const struct peer *evidence_peer(void)
{
    if (stage.waiting != NULL)
        return stage.waiting;
    return stage.peer_count > 0 ? stage.peers[stage.peer_count - 1] : NULL;
}

const struct step *evidence_next(const struct live *evidence, const struct step *step)
{
    const struct step *end = evidence->steps + evidence->count;
    int32_t tid = step->event.tid;
    for (step++; step < end; step++)
        if (step->event.tid == tid && strcmp(step->line.file, "console.c") != 0)
            return step;
    return NULL;
}

struct line evidence_crash(const struct program *program)
{
    struct line lines[PROBE_FRAMES];
    uint64_t frames[PROBE_FRAMES];
    uint32_t count = program->trace->crash.count;
    if (count > PROBE_FRAMES)
        count = PROBE_FRAMES;
    memcpy(frames, program->trace->crash.frames, sizeof frames);
    places_find(program->path, frames, count, lines);
    for (uint32_t i = 0; i < count; i++)
        if (lines[i].number > 0)
            return lines[i];
    return (struct line){.number = 0};
}

void evidence_place(struct text *text, const struct step *step)
{
    if (step == NULL || step->line.number == 0)
        return;
    text_add(text, ", ");
    trace_place(text, &step->line);
}

void evidence_failure(struct text *text, const struct step *step)
{
    const char *name = strerrorname_np(step->event.error);
    text_add(text, "%s failed with %s (%s)", trace_name(&step->event),
             name != NULL ? name : "an unknown error", strerror(step->event.error));
    evidence_place(text, step);
}
