/* What the probe wrote down, read with suspicion: the program could have scribbled over it. */
#ifndef SOCKLADDER_TRACE_H
#define SOCKLADDER_TRACE_H

#include "grader/observe/state.h"

#include <stdbool.h>
#include <stddef.h>

/* A place in the source. `number` is 0 when it is not known. */
struct line {
    char file[64]; /* without its folder */
    char function[64];
    int number;
};

/* One call of the program under test. */
struct step {
    struct probe_event event; /* a copy; `call` is a valid one */
    struct line line;         /* where it was made; places_of_steps() looks it up */
};

/* The calls of PROGRAM in the order they began; *COUNT of them. The caller frees the array; NULL
   when there are none. */
struct step *trace_steps(const struct program *program, size_t *count);

/* How many bytes PROGRAM has received on sockets; how many calls of GROUP have failed with ERROR.
   Cheap enough for a condition of stage_wait(). */
uint64_t trace_received(const struct program *program);
size_t trace_failures(const struct program *program, enum probe_group group, int error);

/* How PROGRAM went on when calls of GROUP had failed with ERROR, over the first of its calls. */
struct retries {
    size_t failures;
    size_t at_once;   /* so often the next try came within 5 ms */
    size_t brief;     /* so often after less than 10 ms, although a call that sleeps, or waits until
                         its time is over, was not interrupted: the pause is shorter than promised */
    size_t paused;    /* so often after such a call and 10 ms. A longer gap alone counts as neither:
                         the machine may have been busy */
    size_t slept;     /* so often the caller slept, however long, before it tried again */
    uint64_t longest; /* ns, of such a pause; one that goes on counts up to now */
};
struct retries trace_retries(const struct program *program, enum probe_group group, int error);

/* Enough of them have been seen to tell whether PROGRAM pauses. And: it does not. */
bool retries_tell(const struct retries *retries);
bool retries_hurry(const struct retries *retries);

/* True when PROGRAM has closed a socket and then closed it once more. */
bool trace_closes_twice(const struct program *program);

/* True when CALL has failed, and PROGRAM has not closed the socket that it was given. */
bool trace_leaves_open(const struct program *program, enum probe_call call);

/* True when the first process of PROGRAM has closed the socket that its last CALL was given. */
bool trace_closes_after(const struct program *program, enum probe_call call);

/* Where CALL has failed last; 0 if that is not known, or it has not. */
uint64_t trace_failed_at(const struct program *program, enum probe_call call);

/* Where the first process of PROGRAM has called exit last; 0 if that is not known, or it has not.
 */
uint64_t trace_exit_place(const struct program *program);

/* True when PROGRAM wanted to send a signal to every process there is: kill(-1, ...). */
bool trace_signals_everyone(const struct program *program);

/* True when a signal handler of the first process of PROGRAM has called *WHAT, which it must not;
 *CALLER is where, 0 if that is not known. */
bool trace_unsafe_in_handler(const struct program *program, enum probe_unsafe *what,
                             uint64_t *caller);

/* Where PROGRAM has detached or joined a thread for which that had been done already: *PLACES gets
   up to two callers, of calls that are not attributes. Returns how many times altogether the same
   thread was, at most: 2 and more is once too often. */
size_t trace_most_detached(const struct program *program, uint64_t places[2]);

/* True when PID is, in these COUNT STEPS, the parent of another process: what it closes may still
   be open there. */
bool trace_has_forked(const struct step *steps, size_t count, int32_t pid);

const char *trace_name(const struct probe_event *event);
enum probe_group trace_group(const struct probe_event *event);
bool trace_is_pending(const struct probe_event *event);

/* What it returned says something: not so for a function that returns nothing, or a pointer. */
bool trace_has_value(const struct probe_event *event);

/* Adds the call as the ladder shows it: `recv(4, 32) = 32`, `accept(3) = -1 EMFILE`, `recv(4) …`.
 */
void trace_call(struct text *text, const struct probe_event *event);

/* Adds `serve.c:18`, or nothing if the line is not known. */
void trace_place(struct text *text, const struct line *line);

#endif
