/* Runs scenarios, each in a process of its own, several at once. */
#ifndef SOCKLADDER_RUN_H
#define SOCKLADDER_RUN_H

#include "grader/base/lab.h"
#include "grader/base/result.h"

#include <stdbool.h>

/*
 * Plays the scenarios of LAB that SELECTED(scenario, argument) wants, at most JOBS at a time, those
 * under valgrind first, and fills in RESULTS, lab->count of them. FINISHED(index, argument) is
 * called in the order of the table, as soon as the results up to that one are known.
 *
 * A GRADER_FAULT is played once more, alone, after everything else; when one stays, there is no
 * score, and the others are left as they are. With settings.tries every test that did not pass is
 * played again, alone, up to so many times. The last time counts.
 *
 * Calls follow one another. A scenario that does not end by itself in time, or whose
 * process dies, is a GRADER_FAULT. Nothing that the programs under test started is left behind.
 * What SELECTED does not want keeps the result that it has.
 *
 * Returns true; false when SIGINT, SIGTERM or SIGHUP ended it early: then everything is cleaned up,
 * and the results are incomplete.
 */
bool run_scenarios(const struct lab *lab, struct result *results, int jobs,
                   bool (*selected)(const struct scenario *, void *),
                   void (*finished)(size_t, void *), void *argument);

/* Writes to INDEXES, which has room for lab->count of them, the scenarios that SELECTED wants, in
   the order in which run_scenarios() starts them: what settings.first names, then what takes long;
   with settings.shuffled, the one that settings.seed decides. Returns how many. */
size_t run_order(const struct lab *lab, size_t *indexes,
                 bool (*selected)(const struct scenario *, void *), void *argument);

/* From now on run_scenarios() calls PROGRESS(done, planned, argument) whenever something has ended,
   and every second; NULL: nobody. */
void run_watch(void (*progress)(size_t done, size_t planned, void *argument));

/* Memory for COUNT results that the processes of the scenarios can write to. NULL when there is
   none. */
struct result *run_results(size_t count);

#endif
