/* Functions that call themselves for each message or client, until the stack is full. */
#ifndef SOCKLADDER_EXPECT_DEPTH_H
#define SOCKLADDER_EXPECT_DEPTH_H

#include "grader/play/program.h"

#include <stddef.h>

/* PROGRAM has received at least 10 messages, or accepted 10 clients, one after another: expects it
   to have made its calls of GROUP in a loop. LEAST bytes of stack for each call are too much. DID
   is the beginning of the report: "A client sent 12 messages, and got them back". */
void expect_loop(const struct program *program, enum probe_group group, size_t least,
                 const char *did);

#endif
