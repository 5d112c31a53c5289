#include "grader/explain/actors.h"

#include "grader/explain/query.h"

#include <stdio.h>

bool actors_are_many(const struct evidence *e)
{
    return has_forked(e) || has_threads(e);
}

static bool starts(const struct step *step)
{
    const struct probe_event *event = &step->event;
    return is_pending(step) || event->error != 0
               ? false
               : (event->call == CALL_FORK && event->result > 0) ||
                     event->call == CALL_PTHREAD_CREATE;
}

/* The step that has started who made STEP; NULL if that is not known, or it is the first process,
   or its first thread. */
static const struct step *start_of(const struct evidence *e, const struct step *step)
{
    if (step->event.pid != e->program.pid)
        return LAST(e, NULL, .call = IS(CALL_FORK), .result = IS(step->event.pid));
    const struct step *begun =
        step->event.call == CALL_THREAD_START
            ? step
            : LAST(e, NULL, .call = IS(CALL_THREAD_START), .tid = IS(step->event.tid));
    const struct step *created = NULL;
    while (begun != NULL && (created = LAST(e, created, .call = IS(CALL_PTHREAD_CREATE))) != NULL)
        if (created->event.number == (uint32_t)begun->event.creation)
            return created;
    return NULL;
}

static bool is_first(const struct evidence *e, const struct step *step)
{
    return step->event.pid == e->program.pid && step->event.tid == e->program.pid;
}

/* Its place among those that have started somebody by the same call, from 1 on. */
static int number_of(const struct evidence *e, const struct step *start)
{
    int number = 1;
    EACH(e, step, .call = IS(start->event.call))
    number += step < start && starts(step);
    return number;
}

static void write_mark(char mark[ACTOR_SIZE], char letter, int number)
{
    if (number > 0)
        snprintf(mark, ACTOR_SIZE, "%c%d", letter, number);
    else
        snprintf(mark, ACTOR_SIZE, "%c?", letter);
}

void actor_mark(char mark[ACTOR_SIZE], const struct evidence *e, const struct step *step)
{
    mark[0] = '\0';
    if (!actors_are_many(e))
        return;
    if (is_first(e, step)) {
        snprintf(mark, ACTOR_SIZE, "%s", has_forked(e) ? "P" : "main");
        return;
    }
    const struct step *start = start_of(e, step);
    write_mark(mark, step->event.pid != e->program.pid ? 'C' : 'T',
               start == NULL ? 0 : number_of(e, start));
}

void actor_started(char mark[ACTOR_SIZE], const struct evidence *e, const struct step *step)
{
    mark[0] = '\0';
    if (starts(step))
        write_mark(mark, step->event.call == CALL_FORK ? 'C' : 'T', number_of(e, step));
}

const struct step *actor_accepted(const struct evidence *e, const struct step *step)
{
    const struct step *start = is_first(e, step) ? NULL : start_of(e, step);
    if (start == NULL)
        return NULL;
    int32_t creator = start->event.tid;
    const struct step *accepted = LAST(e, start, .group = GROUP_ACCEPTING, .tid = IS(creator));
    const struct step *former =
        LAST(e, start, .call = IS(start->event.call), .tid = IS(creator), .how = RETURNED);
    if (accepted == NULL || accepted->event.result < 0 || (former != NULL && former > accepted))
        return NULL;
    return accepted;
}

void actor_add(struct text *text, const struct evidence *e, const struct step *step)
{
    char mark[ACTOR_SIZE];
    const struct step *accepted = actor_accepted(e, step);
    actor_mark(mark, e, step);
    if (mark[0] == '\0')
        text_add(text, _("the %s"), _(e->program.role));
    else if (is_first(e, step))
        text_add(text, _(has_forked(e) ? "the parent" : "the main thread"));
    else
        text_add(text, _("%s %s"), _(mark[0] == 'C' ? "child" : "thread"), mark);
    if (accepted != NULL && accepted->event.port != 0)
        text_add(text, _(", which serves [%d],"), accepted->event.port);
}
