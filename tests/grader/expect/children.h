/* Expectations of a server that starts a process for each client. If one of them fails, it ends the
   test with a report. */
#ifndef SOCKLADDER_EXPECT_CHILDREN_H
#define SOCKLADDER_EXPECT_CHILDREN_H

#include "grader/observe/children.h"
#include "grader/play/program.h"

/* Expects that, now or later, exactly one process holds the connection of CLIENT, and not SERVER
   itself. Returns this process. */
pid_t expect_process(struct program *server, const struct peer *client);

/* Expects PID, which served NAME ("The first client"), to end. */
void expect_process_end(const struct program *server, pid_t pid, const char *name);

/* Waits until all of the COUNT processes PIDS have ended. Returns false if they do not. */
bool children_end(const pid_t *pids, size_t count);

/* Sends SIGSTOP to PID and waits until it has stopped. */
void process_stop(pid_t pid);

/* Waits until all processes block, so that they have handled everything that has happened. Returns
   false if they never do. */
bool everything_waits(void);

#endif
