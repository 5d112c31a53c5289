/*
 * The stage: the one test that this process plays. The programs under test and the peers that the
 * test plays itself stand on it, and here is the only place that waits.
 *
 * A test never sleeps to see whether something is ready. It waits for an event, and gives up as
 * soon as the event can no longer come: when the program has ended, when everything in it is
 * blocked and nothing is under way, when it has burnt its share of processor time; and only if all
 * that cannot be decided, when the deadline has passed.
 */
#ifndef SOCKLADDER_STAGE_H
#define SOCKLADDER_STAGE_H

#include "grader/observe/state.h"
#include "grader/play/verdict.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Sets the stage for one scenario. */
void stage_open(const struct scenario *scenario, struct result *result);

/* Ends all programs and their children, closes all sockets. Returns how many processes were still
   there that no program of the stage had been started as; -1 if some could not be ended. */
int stage_close(void);

/* Waits until COME(WHAT) is true, which PEER is to bring about, or NULL: no one peer; tries it
   after every event. See enum wait_result. Fails the test when that has taken too long as a whole.
 */
enum wait_result stage_wait(struct peer *peer, bool (*come)(void *), void *what);

/* The same when nobody is at fault if it does not come: STALLED as soon as everything sleeps and
   stays asleep, with a clock or without; LATE after a second. */
enum wait_result stage_settle(struct peer *peer, bool (*come)(void *), void *what);

/* Takes in what the programs have written, and notices who has ended. Never waits. */
void stage_take_in(void);

/* The test has taken so long that it is to end (grader/observe/budget.h): the next wait does not
   return. For loops of other kinds. */
bool stage_is_overdue(void);

/* From now on stage_wait() also wakes up when PID, any descendant, ends. */
void stage_watch_end(pid_t pid);

/* Writes down what PEER did and when it began to. TEXT only for NOTE_OTHER. */
void stage_note(const struct peer *peer, uint64_t time, int kind, long bytes, const char *text);

#endif
