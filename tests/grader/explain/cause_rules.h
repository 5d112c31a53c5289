/* The rules that cause.c asks one after another. Each stands in the file that its name begins with,
   and all follow evidence.h: true when it applies. */
#ifndef SOCKLADDER_CAUSE_RULES_H
#define SOCKLADDER_CAUSE_RULES_H

#include "grader/explain/live.h"

/* How the program begins: where it listens or connects, and what came of that. */

/* Bytes that got lost, or are too many: where the number of bytes is all that matters. */

/* Conversations in lines (dialogue.h): from what the test has noted in `talk`. */

/* A server with a process for each client: from /proc besides. */

/* Programs that talk in datagrams: instead of what is said of connections. */

#endif
