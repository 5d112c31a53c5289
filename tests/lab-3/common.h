/* What the files of lab 3 share. What fails here fails the test, with a story. */
#ifndef SOCKLADDER_LAB_3_COMMON_H
#define SOCKLADDER_LAB_3_COMMON_H

#include "grader/expect/scenario.h"

#define LAB 3

/* The parent has nothing to do but to wait for clients, or for signals. WHEN begins the story. */
void expect_rest(const char *when);

/* Another client has been accepted after WHAT: no zombie is left. THEN goes on about that client.
 */
void expect_reaped(const char *what, const char *then);

/* Another client comes after WHAT, and no zombie is left. This client is the barrier: when it has
   its answer, signals that came before it have been dealt with, and whoever reaps after each accept
   has done so. */
void expect_no_zombies(struct program *server, const char *what);

#endif
