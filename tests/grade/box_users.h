/* Who the users of a box are outside: user_namespaces(7). For box.c. */
#ifndef SOCKLADDER_BOX_USERS_H
#define SOCKLADDER_BOX_USERS_H

#include "grade/box.h"

/* COUNT numbers from INSIDE on stand for those from OUTSIDE on. */
struct box_numbers {
    unsigned inside;
    unsigned outside;
    unsigned count;
};
enum { BOX_NUMBERS = 2 };

struct box_map {
    struct box_numbers users[BOX_NUMBERS];
    struct box_numbers groups[BOX_NUMBERS];
    bool many;
    bool by_helper; /* written by newuidmap(1) and newgidmap(1) */
};

/* Decides who is who in a box that wants USERS. False if that cannot be had here; WHY, unless NULL,
   says what is missing. */
bool box_map_find(struct box_map *map, enum box_users users, struct text *why);

/* Writes MAP for the user namespace of PID, a child. False: WHY says the reason. */
bool box_map_write(const struct box_map *map, pid_t pid, struct text *why);

#endif
