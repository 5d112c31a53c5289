/* The process that becomes a box: bubblewrap in namespaces, under limits. For box.c alone. */
#ifndef SOCKLADDER_GRADE_BOX_SPAWN_H
#define SOCKLADDER_GRADE_BOX_SPAWN_H

#include "grade/box.h"
#include "grade/box_users.h"

#include <stdbool.h>

/* What the child that becomes the box needs. */
struct box_spawn {
    const struct box *box;
    const char *const *arguments;
    const char *group; /* empty: none */
    struct box_map map;
    bool root;
    int parent; /* the socket between the two */
    int status; /* where bubblewrap tells what becomes of the program */
};

/* Starts the process, and waits until it is bubblewrap. Sets BOXED->pid, which is -1 if there is no
   process. False: there is no box, and WHY says the reason in a line; the caller ends BOXED. */
bool box_spawn(struct boxed *boxed, struct box_spawn *spawn, struct text *why);

#endif
