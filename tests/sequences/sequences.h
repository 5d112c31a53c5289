/*
 * `make sequences`: the figures of conversations in the handouts, each recorded from a run of the
 * reference. A scene is a scenario like those of the labs, played in a process of its own; but it
 * judges nothing: its rows become the text of its result, and draw.c makes a picture of them.
 */
#ifndef SOCKLADDER_SEQUENCES_H
#define SOCKLADDER_SEQUENCES_H

#include "grader/base/lab.h"

#define LAB sequences

/* The head of a scene. TITLE is the figure's; the id is the name of its file. The hint says what
   stands in the margins, if anything. */
#define SCENE(id, title) SCENARIO(id, 1, title, "state", "")
#define SCENE_OF_DATAGRAMS(id, title) SCENARIO(id, 1, title, "", "")

/* One row has seven fields, with SEPARATOR between them and a newline behind the last: the state of
   the left end, what is done there, the arrow, its label, what is done on the right, the state of
   that end, and the name of the connection if there are several. The states are those of the row's
   connection, empty where it does not exist any more.
   The arrow of a datagram (">1") ends in the row that has the same number with a dot (".1"); that
   of a lost one (">x") ends in between. */
#define SEPARATOR "\t"

extern const char *trees; /* where the programs of all labs are built, a folder each */

#endif
