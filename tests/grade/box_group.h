/* A control group of the box's own: cgroups(7), version 1 or 2. For box.c. */
#ifndef SOCKLADDER_BOX_GROUP_H
#define SOCKLADDER_BOX_GROUP_H

#include "grade/box.h"

/* Makes a group below LIMITS->group, with its limits on memory and processes; writes its path to
   GROUP, of SIZE bytes. False: there is none, and WHY says the reason. */
bool box_group_open(char *group, size_t size, const struct box_limits *limits, struct text *why);

/* In the child that is to become the box: joins GROUP. False: errno. */
bool box_group_join(const char *group);

/* Removes GROUP, in which no process runs any more. */
void box_group_close(const char *group);

#endif
