/* Starts a process as a program under test: with the probe, confined, under valgrind or not. */
#ifndef SOCKLADDER_LAUNCH_H
#define SOCKLADDER_LAUNCH_H

#include "grader/play/stage.h"

#include <stddef.h>

enum { MOST_ARGUMENTS = 32 };

/* SANITIZER: AddressSanitizer, which is no tool in front of the program. It has been built once
   more, with that in it. */
enum tool { PLAIN, MEMCHECK, HELGRIND, SANITIZER };
/* What the name of such a program ends in. */
#define SANITIZED ".sanitized"

/* Puts what stands in front of a program's own words into ARGUMENTS; returns of how many words it
   is, at most 14. */
size_t launch_with_tool(const char **arguments, enum tool tool);

/* Starts PROGRAM, of which `path`, `under_valgrind`, `sanitized` and `watcher` are set, with
   ARGUMENTS up to NULL; sets its pid, its pipes and what it shares with the probe. */
void launch(struct program *program, const char *const *arguments);

#endif
