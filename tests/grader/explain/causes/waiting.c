/* Loops that get nowhere, pauses that are none, and where a program waits. */
#include "grader/explain/causes/causes.h"

#include <errno.h>
#include <string.h>

/* ---- loops ---- */

/* Their place and process: the console's lines are written elsewhere, and not the reason. */
static bool is_same_place(const struct step *left, const struct step *right)
{
    return left->event.caller == right->event.caller && left->event.pid == right->event.pid &&
           !is_in(left, "console.c");
}

/* How much the place of STEP, where SAME calls were made, tells about the loop. */
static size_t weigh(const struct step *step, size_t same)
{
    /* Who calls the console in the loop is seen about as often, and tells more. */
    size_t weight = is_in(step, "console.c") ? same / 2 : same;
    /* What could not be received is what the others in the loop suffer from. */
    bool suffers = step->event.error != 0 && group_of(step) == GROUP_RECEIVING;
    return suffers ? weight + 2 : weight;
}

/* Of the places of the last calls the one that weighs most, and in *TIMES how often it is. */
static const struct step *most_frequent(const struct evidence *e, size_t *times)
{
    enum { LATELY = 200 };
    const struct step *most = NULL;
    size_t heaviest = 0;
    *times = 0;
    for (size_t i = e->count > LATELY ? e->count - LATELY : 0; i < e->count; i++) {
        const struct step *step = &e->steps[i];
        size_t same = 0;
        for (size_t k = 0; k < e->count; k++)
            same += is_same_place(&e->steps[k], step);
        size_t weight = weigh(step, same);
        if (weight > heaviest || (same > 0 && weight == heaviest && step->event.error != 0)) {
            most = step;
            heaviest = weight;
            *times = same;
        }
    }
    return most;
}

enum {
    MANY = 300,                   /* a loop of calls that burns a processor makes thousands */
    MANY_IN_VAIN = 50,            /* on a slow machine not as many, if they return 0 or fail */
    STILL_NS = 100 * 1000 * 1000, /* and the last of them a moment ago */
};

/* A thread other than that of STEP has a lock: it may be what the others wait for. */
static bool another_has_lock(const struct evidence *e, const struct step *step)
{
    for (size_t i = 0; i < e->lock_count; i++)
        if (e->locks[i].event.tid != step->event.tid && thread_lives(e, e->locks[i].event.tid))
            return true;
    return false;
}

/* The latest call of MOST's thread at its place. */
static const struct step *latest_at_place(const struct evidence *e, const struct step *most)
{
    const struct step *last = LAST(e, NULL, .tid = IS(most->event.tid));
    while (last != NULL && !is_same_place(last, most))
        last = LAST(e, last, .tid = IS(most->event.tid));
    return last;
}

/* There was a loop of calls, and it has ended, or is not what keeps the others waiting. */
static bool loop_is_beside(const struct evidence *e)
{
    size_t times;
    const struct step *most = most_frequent(e, &times);
    if (most == NULL || times < MANY)
        return false;
    const struct step *latest = LAST(e, NULL, .tid = IS(most->event.tid));
    const struct step *last = latest_at_place(e, most);
    bool over = last != NULL && last != latest && last->event.begun + STILL_NS < e->now;
    return over || another_has_lock(e, most);
}

static bool loops(const struct evidence *e, struct finding *f)
{
    (void)f;
    return (e->last == SPUN || e->program.spinning) && !loop_is_beside(e);
}

/* MOST is still being called, so many TIMES that there may be a loop around it. */
static bool goes_on(const struct evidence *e, const struct step *most, size_t times)
{
    const struct step *last = latest_at_place(e, most);
    return times >= MANY_IN_VAIN && last != NULL && last->event.begun + STILL_NS > e->now;
}

/* MOST, made so many TIMES, is what keeps the processor busy. */
static bool is_loop(const struct evidence *e, const struct step *most, size_t times)
{
    /* The probe has counted the errors, even if the trace does not hold as many. */
    bool counted = e->program.spinning && most->event.error != 0;
    return counted || times >= MANY || (most->event.result <= 0 && goes_on(e, most, times));
}

/* In part a the call returned $r1, and in part b it failed. */
static bool loops_in_calls(const struct evidence *e, struct finding *f)
{
    size_t times = 0;
    f->step[1] = loops(e, f) ? most_frequent(e, &times) : NULL;
    if (f->step[1] == NULL || !is_loop(e, f->step[1], times))
        return false;
    f->parts = (f->step[1]->event.result <= 0 ? PART('a') : 0) |
               (f->step[1]->event.error != 0 ? PART('b') : 0);
    return true;
}

static bool loops_at_end(const struct evidence *e, struct finding *f)
{
    return loops_in_calls(e, f) && f->step[1]->event.result == 0 &&
           group_of(f->step[1]) == GROUP_RECEIVING;
}

static bool loops_reaping(const struct evidence *e, struct finding *f)
{
    return loops_in_calls(e, f) && f->step[1]->event.result <= 0 &&
           group_of(f->step[1]) == GROUP_REAPING;
}

static bool loops_without_calls(const struct evidence *e, struct finding *f)
{
    size_t times = 0;
    const struct step *most = most_frequent(e, &times);
    return loops(e, f) && (most == NULL || !goes_on(e, most, times));
}

/* ---- pauses ---- */

/* accept failed for want of something, and the pause after it was none, $n times; step 1 is the
   last one. */
static bool pauses_in_vain(const struct evidence *e, struct finding *f)
{
    enum { SHORT_NS = 10 * 1000 * 1000, OFTEN = 2 };
    bool failed = false;
    EACH(e, step, .how = 0)
    {
        int error = step->event.error;
        if (group_of(step) == GROUP_ACCEPTING)
            failed = error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
        if (!failed || error == EINTR || group_of(step) != GROUP_SLEEPING || is_pending(step) ||
            step->event.ended - step->event.begun >= SHORT_NS)
            continue;
        f->step[1] = step;
        f->n++;
    }
    return f->n >= OFTEN;
}

static bool pause_fails(const struct evidence *e, struct finding *f)
{
    return pauses_in_vain(e, f) && LIKE(e, f->step[1], .how = FAILED_WITH_ERRNO);
}

/* ---- waiting ---- */

/* It reads the connection with stdio, waits for more, and has sent nothing: what it has written is
   in the buffer of a FILE, or it wants more than there is. */
static bool within_stdio(const struct evidence *e, struct finding *f)
{
    const struct evidence_peer *client = peer_of(e);
    f->step[1] = LAST(e, NULL, .group = GROUP_RECEIVING, .how = ON_SOCKET);
    return has_stalled(e) && client != NULL && client->sent != 0 && f->step[1] != NULL &&
           f->step[1]->event.in_stdio && is_pending(f->step[1]) &&
           FIRST(e, NULL, .group = GROUP_SENDING, .how = ON_SOCKET) == NULL;
}

/* A server's child has its own reasons to wait, and a first process that accepts is as it should
   be. Each thread of a server waits for its client or for the operator, and the first one for the
   next client: as they should. */
static bool is_as_it_should_be(const struct evidence *e, const struct step *step)
{
    enum probe_group group = group_of(step);
    if (has_forked(e) && (!LIKE(e, step, .how = IN_FIRST) || group == GROUP_ACCEPTING))
        return true;
    return is_server(e) && has_threads(e) && (group == GROUP_RECEIVING || group == GROUP_ACCEPTING);
}

/* Part a: it has other processes besides; part b: the call has a descriptor. */
static bool is_blocked(const struct evidence *e, struct finding *f)
{
    const struct step *step = NULL;
    if (!waits_in_vain(e) || e->program.ended)
        return false;
    while ((step = LAST(e, step, .how = PENDING)) != NULL) {
        f->step[1] = step;
        f->parts = (has_forked(e) ? PART('a') : 0) | (step->event.fd != -1 ? PART('b') : 0);
        if (group_of(step) != GROUP_STARTING && group_of(step) != GROUP_DRIVEN &&
            thread_lives(e, step->event.tid) && !is_as_it_should_be(e, step) &&
            (e->last != LATE || group_of(step) == GROUP_SLEEPING))
            return true;
    }
    return false;
}

/* ---- the tables ---- */

#define LOOPS "The $role uses up the processor in a loop"
#define LOOPS_OF LOOPS " of $c1$1[a:, which returned $r1][b: ($e1)][a: again and again]."

const struct cause causes_of_loops[] = {
    {.id = "loop-at-end",
     .explains = loops_at_end,
     .sentence = LOOPS_OF " 0 is end of file: no more will ever come.",
     .hint = "Leave every loop around that call: the one in the function itself, and the one that "
             "calls the function.",
     .section = "A stream has no messages"},
    {.id = "loop-of-reaping",
     .explains = loops_reaping,
     .sentence = LOOPS_OF " 0 means that no other child has ended yet, -1 that there is none: at "
                          "both there is nothing to reap, and the loop ends.",
     .hint = "End the loop when waitpid returns 0 or -1."},
    {.id = "loop-of-calls",
     .explains = loops_in_calls,
     .sentence = LOOPS_OF,
     .hint = "Look at what the call returns, and let the loop end or wait then."},
    {.id = "loop-without-calls",
     .explains = loops_without_calls,
     .sentence = LOOPS " that calls nothing the test could see.",
     .hint = "Look for a loop whose condition never changes."},
    {.id = NULL},
};

const struct cause causes_of_pauses[] = {
    {.id = "pause-fails",
     .explains = pause_fails,
     .sentence = "$c1 failed with $E1 ($e1)$1, so there was no pause. tv_nsec must be less than "
                 "1,000,000,000.",
     .hint = "Put whole seconds into tv_sec, and the rest into tv_nsec."},
    {.id = "pause-too-short",
     .explains = pauses_in_vain,
     .sentence = "$c1$1, was over in less than 10 ms, $n times: is its unit "
                 "right? tv_nsec counts billionths of a second, usleep(3) millionths, sleep(3) "
                 "seconds.",
     .hint = "Pause for at least 10 ms: 10,000,000 in tv_nsec."},
    {.id = NULL},
};

const struct cause causes_of_stdio[] = {
    {.id = "stdio-keeps-bytes",
     .scope = SERVER | NO_FORKS | NO_THREADS,
     .explains = within_stdio,
     .sentence = "The server reads the connection with stdio$1, and has sent nothing: what was "
                 "written to a FILE stays in its buffer until fflush(3), and fread and fgets wait "
                 "for more than has come.",
     .hint = "Use recv and send, or read and write, for the connection."},
    {.id = NULL},
};

const struct cause causes_of_waiting[] = {
    {.id = "blocked",
     .explains = is_blocked,
     .sentence = "The $role[a:'s first process] is blocked in $c1[b: on descriptor $d1]$1."},
    {.id = NULL},
};
