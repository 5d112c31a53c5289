/* What the files of lab 3 share. If one of these functions fails, it ends the test with a report.
 */
#ifndef SOCKLADDER_LAB_3_COMMON_H
#define SOCKLADDER_LAB_3_COMMON_H

#include "grader/expect/scenario.h"

#define LAB 3

/* Expects all processes to block: they have nothing to do but to wait for clients or signals. WHEN
   is the beginning of the report. */
void expect_rest(const char *when);

/* Another client has been accepted after WHAT. Expects that no zombie is left. THEN says more about
   that client. */
void expect_reaped(const char *what, const char *then);

/* Connects another client after WHAT, and expects that no zombie is left. When this client has its
   answer, the server has handled all earlier signals, and a server that reaps after each accept has
   done so. */
void expect_no_zombies(struct program *server, const char *what);

#endif
