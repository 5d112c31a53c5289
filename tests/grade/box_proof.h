/*
 * Can boxes be had here, and do they hold? Before the first stranger's program goes into one, a
 * canary of ours (grade/canary.c) does: it tries what must not succeed inside, and has first shown
 * outside that it can. A canary that could not run proves nothing, and then no box is trusted.
 */
#ifndef SOCKLADDER_BOX_PROOF_H
#define SOCKLADDER_BOX_PROOF_H

#include "grade/box.h"

#include <stdbool.h>

/* Can a program be run in a box here? False: WHY says in a line what is missing and what to type.
 */
bool box_is_available(struct text *why);

/* Sends CANARY, an absolute name, into BOX, which need not be started yet, with its shares, users
   and limits. PLACE is an absolute name too: a folder where results and the like are, that we may
   write in and no box shows; what the canary looks for is put there, and removed. Inside, /canary
   and /shared are the canary's own. False: WHY says in a line what the box let through, or why
   nothing was proven. */
bool box_prove(const struct box *box, const char *canary, const char *place, struct text *why);

#endif
