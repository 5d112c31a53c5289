/* The processes of a server that starts one for each client, seen from outside. Those that were
   started through another one (a double fork) count as well. */
#ifndef SOCKLADDER_GRADER_PROCESSES_H
#define SOCKLADDER_GRADER_PROCESSES_H

#include "grader/observe/state.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { MOST_CHILDREN = 1024 };

/* The processes that live, without the programs that the test itself has started: at most MOST of
   them in PIDS. Returns how many. */
size_t children_alive(pid_t *pids, size_t most);

/* Ended processes whose parent has not fetched their status; orphans are not counted, they are for
   init to fetch. */
size_t children_zombies(void);

/* How a process deals with signal NUMBER: SET is a line of proc(5), "SigBlk", "SigIgn" (ignored) or
   "SigCgt" (it has a handler). False as well when PID is gone. */
bool process_has_signal(pid_t pid, const char *set, int number);

/* It has ended, and nobody has fetched its status. */
bool process_is_zombie(pid_t pid);

/* It is a zombie, or gone. */
bool process_has_ended(pid_t pid);

/* PIDS gets those who hold SERVER's end of CLIENT's connection, at most MOST of them, SERVER itself
   among them if it does. Returns how many; -1 if the connection is not known. */
int children_holding(const struct program *server, const struct peer *client, pid_t *pids,
                     size_t most);

#endif
