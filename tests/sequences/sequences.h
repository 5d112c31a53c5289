/*
 * `make sequences`: the figures of conversations in the handouts, each recorded from a run of the
 * reference. A scene is a scenario like those of the labs, played in a process of its own; but it
 * judges nothing: its rows become the text of its result, and draw.c makes a picture of them.
 */
#ifndef SOCKLADDER_SEQUENCES_H
#define SOCKLADDER_SEQUENCES_H

#include "grader/base/lab.h"

#define LAB sequences

/* The head of a scene. TITLE is the figure's; the id is the name of its file. */
#define SCENE(id, title) SCENARIO(id, 1, title, "", "")

/* One row has these fields, with SEPARATOR between them and a newline behind the last. The states
   are those of the row's connection, empty where it does not exist any more. */
enum field { CLIENT_STATE, CLIENT_CALL, ARROW, LABEL, SERVER_CALL, SERVER_STATE, FIELDS };
#define SEPARATOR "\t"

extern const char *trees; /* where the programs of all labs are built, a folder each */

#endif
