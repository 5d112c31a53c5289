/* What is expected of a server that starts a process for each client. Whoever expects something
   here fails the test, with a story, when it is not met. */
#ifndef SOCKLADDER_EXPECT_CHILDREN_H
#define SOCKLADDER_EXPECT_CHILDREN_H

#include "grader/observe/children.h"
#include "grader/play/program.h"

/* The one process that serves CLIENT. Fails the test unless, sooner or later, it is just one, and
   not SERVER itself. */
pid_t expect_process(struct program *server, const struct peer *client);

/* PID, which served NAME ("the first client"), ends. */
void expect_process_end(const struct program *server, pid_t pid, const char *name);

/* All of the COUNT processes PIDS end; false if they do not. */
bool children_end(const pid_t *pids, size_t count);

/* Sends SIGSTOP to PID and waits until it has stopped. */
void process_stop(pid_t pid);

/* Nothing runs any more: all that has happened has been dealt with. False if it never comes so far.
 */
bool everything_waits(void);

#endif
