/*
 * How much time a test may take, and a whole lab, by the clock of a machine that has nothing else
 * to do: while the programs are ready to run and no processor is free for them, it stands still.
 */
#ifndef SOCKLADDER_BUDGET_H
#define SOCKLADDER_BUDGET_H

#include <stdbool.h>
#include <stddef.h>

/* So many tests may run at the same time. */
enum { BUDGET_PLACES = 64 };

/* In the grader's process, before and after a run: makes and removes what its tests share. False
   with errno if there is no memory. Without it, each test has its own time, and no lab has any. */
bool budget_open(void);
void budget_close(void);

/* There as well: the test's process that is started next is at PLACE (from 0) among those that run
   at the same time. */
void budget_place(size_t place);

/* There too, where a test began AGE seconds ago at PLACE, and budget_paused(place) was BEFORE then:
   its own deadlines should have ended it long ago. */
double budget_paused(size_t place);
bool budget_is_long_over(size_t place, double age, double before, bool valgrind);

/* There too: what has been missed so far is forgotten; the lab's time runs on. */
void budget_forgive(void);

/* There too: the programs have kept the processors busy, over the whole run. */
bool budget_is_theirs(void);

/* In a test's process: the clock begins; and the test, which is called ID, has come to its end. */
void budget_begin(void);
void budget_end(const char *id);

/* Seconds since budget_begin(); and how many of them no processor was free for the programs. The
   second looks at all of /proc that is theirs. */
double budget_elapsed(void);
double budget_delayed(void);

/* So many seconds this test may take, VALGRIND being there or not. */
double budget_of_test(bool valgrind);

/* The test has taken EXTRA seconds more than that. Cheap as long as it has not. */
bool budget_is_over(bool valgrind, double extra);

/* A test has waited for long, or in vain; several times in this run. Then there is less patience:
   deadlines are this part of what they are. 1: not yet. */
void budget_miss(void);
double budget_patience(void);

/* The lab's time has been used up: SECONDS are what there was, and *SLOWEST is the name of the test
   that took most of it, or "". Else false. */
bool budget_is_used_up(double *seconds, const char **slowest);

#endif
