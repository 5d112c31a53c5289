/* Threads that wait: for a lock, for each other, for a client that does not read. */
#include "grader/explain/causes/causes.h"

#include "grader/explain/actors.h"

/* ---- locks ---- */

static bool is_stuck(const struct evidence *e, const struct step *step)
{
    return thread_lives(e, step->event.tid) && !thread_is_held(e, step->event.tid);
}

/* The first thread that waits for a lock is step 1, $n of them do. In step 2 who took the lock, and
   in step 3 what that thread is blocked in now; NULL if that is not known. */
static bool waits_for_lock(const struct evidence *e, struct finding *f)
{
    if (!waits_in_vain(e))
        return false;
    EACH(e, step, .call = IS(CALL_PTHREAD_MUTEX_LOCK), .how = PENDING)
    if (is_stuck(e, step))
        f->step[1] = f->n++ == 0 ? step : f->step[1];
    for (size_t i = 0; f->step[1] != NULL && i < e->lock_count && f->step[2] == NULL; i++)
        if (e->locks[i].event.mutex == f->step[1]->event.mutex)
            f->step[2] = &e->locks[i];
    if (f->step[2] != NULL)
        f->step[3] = LAST(e, NULL, .tid = IS(f->step[2]->event.tid));
    if (f->step[3] != NULL && !is_pending(f->step[3]))
        f->step[3] = NULL;
    f->parts = f->n > 1 ? PART('m') : PART('o');
    return f->step[1] != NULL;
}

/* One of those that wait has the lock: whoever else waits does so because of it. */
static bool lock_relocked(const struct evidence *e, struct finding *f)
{
    if (!waits_for_lock(e, f) || f->step[2] == NULL)
        return false;
    f->step[1] =
        LAST(e, NULL, .call = IS(CALL_PTHREAD_MUTEX_LOCK), .tid = IS(f->step[2]->event.tid),
             .given = IS(f->step[2]->event.mutex), .how = PENDING);
    return f->step[1] != NULL && is_stuck(e, f->step[1]);
}

/* It has left the function that locked it: that has returned to the driver, or the thread was back
   at its connection, where no function of a room receives. */
static bool lock_not_unlocked(const struct evidence *e, struct finding *f)
{
    const struct step *driven = NULL;
    if (!lock_relocked(e, f))
        return false;
    uint32_t locked = f->step[2]->event.number;
    EACH(e, step, .tid = IS(f->step[1]->event.tid))
    {
        if (step->event.number < locked && group_of(step) == GROUP_DRIVEN)
            driven = step; /* at last the one that called it */
        if (step->event.number >= locked && locked > 0 && group_of(step) == GROUP_RECEIVING)
            return true;
    }
    return driven != NULL && !is_pending(driven);
}

static bool lock_left_locked(const struct evidence *e, struct finding *f)
{
    return waits_for_lock(e, f) && f->step[2] != NULL && !thread_lives(e, f->step[2]->event.tid);
}

static bool lock_held_in_send(const struct evidence *e, struct finding *f)
{
    return waits_for_lock(e, f) && f->step[3] != NULL && group_of(f->step[3]) == GROUP_SENDING;
}

static bool lock_held_in_wait(const struct evidence *e, struct finding *f)
{
    return waits_for_lock(e, f) && f->step[3] != NULL;
}

/* Its thread waits for input, and has meant to: in a room it has left the function that locked. */
static bool lock_held_in_receive(const struct evidence *e, struct finding *f)
{
    return waits_for_lock(e, f) && f->step[3] != NULL && !is_in(f->step[2], "room.c") &&
           group_of(f->step[3]) == GROUP_RECEIVING;
}

static bool lock_kept(const struct evidence *e, struct finding *f)
{
    return waits_for_lock(e, f) && f->step[2] != NULL;
}

/* A server with a thread for each, or a function of room.c that was called alone. */
static bool is_of_a_room(const struct evidence *e)
{
    const struct step *call = LAST(e, NULL, .group = GROUP_DRIVEN, .how = PENDING);
    return (is_server(e) && has_threads(e)) ||
           (call != NULL &&
            (call->event.call == CALL_ROOM_SAY || call->event.call == CALL_ROOM_JOIN ||
             call->event.call == CALL_ROOM_ANNOUNCE || call->event.call == CALL_ROOM_LEAVE));
}

static bool blocked_in_send(const struct evidence *e, struct finding *f)
{
    if (!waits_in_vain(e) || !is_of_a_room(e))
        return false;
    EACH(e, step, .group = GROUP_SENDING, .how = PENDING | ON_SOCKET)
    {
        f->step[1] = step;
        if (is_stuck(e, step))
            return true;
    }
    return false;
}

/* A mutex was initialised although a thread held it. */
static bool initialised_in_use(const struct evidence *e, struct finding *f)
{
    EACH(e, step, .call = IS(CALL_PTHREAD_MUTEX_INIT))
    if (step->event.process != 0 && f->step[1] == NULL)
        f->step[1] = step;
    return f->step[1] != NULL;
}

/* ---- other things that threads wait for ---- */

static bool waits_for_others(const struct step *step)
{
    switch (step->event.call) {
    case CALL_PTHREAD_JOIN:
    case CALL_PTHREAD_COND_WAIT:
    case CALL_PTHREAD_RWLOCK_RDLOCK:
    case CALL_PTHREAD_RWLOCK_WRLOCK:
    case CALL_PTHREAD_BARRIER_WAIT:
    case CALL_SEM_WAIT:
    case CALL_PAUSE:
    case CALL_SIGSUSPEND:
        return true;
    default:
        return false;
    }
}

/* A client of the test has connected and was not accepted. */
static bool is_somebody_waiting(const struct evidence *e)
{
    for (size_t i = 0; i < e->peer_count; i++)
        if (e->peers[i].open && e->peers[i].port != 0 && e->peers[i].other == e->program.port &&
            FIRST(e, NULL, .group = GROUP_ACCEPTING, .port = IS(e->peers[i].port)) == NULL)
            return true;
    return false;
}

/* It is about the client at PLACE among the peers. */
static bool serves(const struct evidence *e, const struct step *step, int place)
{
    const struct step *accepted = place == -1 ? NULL : actor_accepted(e, step);
    return accepted != NULL && accepted->event.port != 0 &&
           accepted->event.port == e->peers[place].port;
}

/* Who waits in STEP should do something for the test: accept a client that waits, serve the one
   that the test waits for or that has spoken, or read the keyboard. A thread of the program's own,
   which waits until there is something to do, is none of these. */
static bool is_needed(const struct evidence *e, const struct step *step)
{
    bool accepts = LAST(e, step, .group = GROUP_ACCEPTING, .tid = IS(step->event.tid)) != NULL;
    bool types = LAST(e, step, .group = GROUP_RECEIVING, .fd = IS(0), .how = OFF_SOCKET,
                      .tid = IS(step->event.tid)) != NULL;
    return (accepts && is_somebody_waiting(e)) || types || serves(e, step, e->waiting) ||
           serves(e, step, e->dialogue.peer);
}

static bool thread_waits(const struct evidence *e, struct finding *f)
{
    if (!has_stalled(e) || e->program.ended)
        return false;
    EACH(e, step, .how = PENDING)
    {
        f->step[1] = step;
        if (waits_for_others(step) && is_stuck(e, step) && is_needed(e, step))
            return true;
    }
    return false;
}

static bool waits_in(const struct evidence *e, struct finding *f, int call)
{
    return thread_waits(e, f) && f->step[1]->event.call == call;
}

static bool waits_for_end(const struct evidence *e, struct finding *f)
{
    return runs_serve(e) && waits_in(e, f, CALL_PTHREAD_JOIN);
}

static bool waits_for_condition(const struct evidence *e, struct finding *f)
{
    return waits_in(e, f, CALL_PTHREAD_COND_WAIT);
}

static bool waits_for_semaphore(const struct evidence *e, struct finding *f)
{
    return waits_in(e, f, CALL_SEM_WAIT);
}

/* ---- the table ---- */

#define WAITING "[m:$n threads wait for a lock$1][o:$T1 waits for a lock$1]"
#define SEND_HINT                                                                                  \
    .hint = "Send to each member with MSG_DONTWAIT. Then send fails instead of blocking.",         \
    .section = "A member that does not read"
#define UNLOCK_HINT                                                                                \
    .hint = "Unlock the mutex on every path out of the function, also after an error, and where "  \
            "there is nothing to do.",                                                             \
    .section = "One lock, for as long as the work takes"

const struct cause causes_of_locks[] = {
    {.id = "lock-initialised-in-use",
     .scope = THREADS,
     .explains = initialised_in_use,
     .sentence = "$T1 initialized a mutex$1, while another thread had locked it. Now it protects "
                 "nothing.",
     .hint = "Call pthread_mutex_init once, in room_open, before there are other threads.",
     .section = "One lock, for as long as the work takes"},
    {.id = "lock-not-unlocked",
     .explains = lock_not_unlocked,
     .sentence = "$T1 locked a mutex$2, and left the function without unlocking it. Now it locks "
                 "it again$1, and waits for itself.",
     UNLOCK_HINT},
    {.id = "lock-relocked",
     .explains = lock_relocked,
     .sentence = "$T1 already holds a lock$2, and locks it again$1. That is a deadlock.",
     .hint = "While a function holds the lock, call no function that locks it again.",
     .section = "One lock, for as long as the work takes"},
    {.id = "lock-left-locked",
     .scope = THREADS,
     .explains = lock_left_locked,
     .sentence = WAITING ". $T2 locked it$2, and has ended without unlocking it.",
     UNLOCK_HINT},
    {.id = "thread-blocked-in-send",
     .scope = THREADS,
     .explains = lock_held_in_send,
     .sentence = WAITING ". $T2 holds it$2, and is blocked in $c3 on descriptor $d3$3, because "
                         "that client does not read. One slow client blocks all the others.",
     SEND_HINT},
    {.id = "lock-held-in-receive",
     .scope = THREADS,
     .explains = lock_held_in_receive,
     .sentence =
         WAITING ". $T2 locked it$2, and keeps it while it waits in $c3$3. Nobody else gets "
                 "on until something comes there.",
     .hint =
         "Wait for input without a lock: no lock around a session, or around a call that reads.",
     .section = "One lock, for as long as the work takes"},
    {.id = "lock-held-in-wait",
     .scope = THREADS,
     .explains = lock_held_in_wait,
     .sentence = WAITING ". $T2 locked it$2, and has not unlocked it: now it waits in $c3$3.",
     UNLOCK_HINT},
    {.id = "lock-held-in-wait",
     .scope = THREADS,
     .explains = lock_kept,
     .sentence = WAITING ". $T2 locked it$2, and has not unlocked it.",
     UNLOCK_HINT},
    {.id = "lock-held-in-wait",
     .scope = THREADS,
     .explains = waits_for_lock,
     .sentence = WAITING ".",
     UNLOCK_HINT},
    {.id = "thread-blocked-in-send",
     .explains = blocked_in_send,
     .sentence = "$T1 is blocked in $c1 on descriptor $d1$1, because that client does not read and "
                 "its buffers are full. Meanwhile it sends nothing to the others.",
     SEND_HINT},
    {.id = "thread-joins-too-early",
     .scope = THREADS,
     .explains = waits_for_end,
     .sentence = "$T1 is blocked in $c1$1. It waits until another thread ends.",
     .hint = "Detach the thread instead of joining it.",
     .section = "Detached or joined"},
    {.id = "thread-waits-for-condition",
     .scope = THREADS | SERVER,
     .explains = waits_for_condition,
     .sentence = "$T1 waits in $c1$1. No other thread can wake it: all of them wait too.",
     .hint =
         "Wait in a loop: `while (nothing to do) pthread_cond_wait(...);`. Change what the loop "
         "looks at under the same lock, and then signal.",
     .section = "One lock, for as long as the work takes"},
    {.id = "thread-waits-for-semaphore",
     .scope = THREADS | SERVER,
     .explains = waits_for_semaphore,
     .sentence = "$T1 waits in $c1$1. No other thread calls sem_post: all of them wait too.",
     .hint = "Check the number that sem_init was given, and that no client waits for another one "
             "to leave.",
     .section = "One lock, for as long as the work takes"},
    {.id = "thread-waits",
     .scope = THREADS | SERVER,
     .explains = thread_waits,
     .sentence = "$T1 waits in $c1$1. No other thread can wake it: all of them wait too.",
     .hint = "Find out what should wake this thread, and whether it has already happened.",
     .section = "A thread for each client"},
    {.id = NULL},
};
