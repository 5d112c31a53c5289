/* What a test wants of the probe in a program: faults, which let calls fail or do less than they
   were asked for, and gates, which hold a call until the test lets go (probe/shared.h). */
#ifndef SOCKLADDER_ORDERS_H
#define SOCKLADDER_ORDERS_H

#include "grader/play/stage.h"

/* ---- faults ---- */

/* The next COUNT calls of GROUP, after SKIP others, fail with ERROR. INT32_MAX: from now on. */
void fault_error(struct program *program, enum probe_group group, int error, int32_t count,
                 int32_t skip);

/* Before fault_error(): as each of those calls returns, signal NUMBER arrives. */
void fault_signal(struct program *program, enum probe_group group, int number);

/* From now on calls of GROUP move at most LIMIT bytes each. */
void fault_limit(struct program *program, enum probe_group group, int64_t limit);

/* The same, but for the program that is started next, from its first call on. */
void fault_at_start(enum probe_group group, int error, int64_t limit, int32_t count, int32_t skip);

/* Every time-out and timer of the program that is started next is over after a moment: whoever
   waits for a while only, gives up soon. Sleeps are as long as asked. */
void time_limit_at_start(void);

/* From now on calls of PROGRAM that receive, send or accept leave ERROR in errno when they go well,
   as if a call within had failed. 0: no more. */
void stale_errno(struct program *program, int error);

void fault_off(struct program *program, enum probe_group group);
uint32_t fault_hits(const struct program *program, enum probe_group group);

/* True when one of all the faults that were set for PROGRAM has hit a call of its, or when there
   were none. */
bool program_met_fault(struct program *program);

/* The test has seen from outside that PROGRAM rightly does without the calls that the faults set so
   far are for. */
void program_needs_no_fault(struct program *program);

/* ---- gates ---- */

/* Arms a gate for the next call of GROUP after SKIP others; waits until somebody is held; lets go.
 */
void gate_arm(struct program *program, enum probe_group group, int32_t skip, bool after);
enum wait_result gate_wait(struct program *program, enum probe_group group);
bool gate_is_holding(const struct program *program, enum probe_group group);
/* Who is held, or was held last, there: the number of a thread. */
int32_t gate_holds_whom(const struct program *program, enum probe_group group);
void gate_open(struct program *program, enum probe_group group);

/* Lets go whoever is held, and holds the next call of GROUP: none comes through in between. */
void gate_next(struct program *program, enum probe_group group);

/* The same as gate_arm(), but for the program that is started next, from its first call on. */
void gate_at_start(enum probe_group group, int32_t skip, bool after);

/* For who starts PROGRAM: hands on what was ordered with fault_at_start() and gate_at_start(). */
void orders_give(struct program *program);

#endif
