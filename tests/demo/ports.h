/*
 * The ports of a demonstration. The kernel chooses them anew each time; the story calls them 268
 * (the server's), 276, 284 and 300. Nothing but a port is ever shown by another number, and at the
 * end the reader is told which was which.
 */
#ifndef SOCKLADDER_DEMO_PORTS_H
#define SOCKLADDER_DEMO_PORTS_H

#include <stdbool.h>
#include <stddef.h>

enum { PORTS = 4, PORT_ROOM = sizeof "65535" };

struct ports {
    char chosen[PORTS][PORT_ROOM]; /* by the kernel; "" while it is not known */
};

/* Whether LINE is the line EXPECTED, in which ports have the numbers of the story: those in front,
   as in `[276] abc`, and those of `listening on port 268`. The first line with a number of the
   story says which port that is. A * at the end of EXPECTED stands for anything. */
bool ports_match(struct ports *ports, const char *line, const char *expected);

/* The port that the story calls WORD, in digits; WORD itself if it is no such number, or if the
   port is not known yet. */
const char *ports_real(const struct ports *ports, const char *word);

/* Writes LINE to SHOWN with the numbers of the story in place of the ports that are known. */
void ports_shown(const struct ports *ports, const char *line, char *shown, size_t room);

/* Prints which port each number stood for. At least one is known. */
void ports_tell(const struct ports *ports);

#endif
