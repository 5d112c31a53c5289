/*
 * `make contrast`: the same questions over TCP and over UDP, side by side, with the programs of one
 * tree. A cell of the table is a scenario like those of the labs, played in a process of its own;
 * but it judges nothing: what it has counted becomes the text of the cell.
 */
#ifndef SOCKLADDER_CONTRAST_H
#define SOCKLADDER_CONTRAST_H

#include "grader/base/lab.h"

#define LAB contrast

/* The head of a cell. ROW is the question; the cell beside it has none, but NULL. */
#define CELL(id, row) SCENARIO(id, 1, row, "", "")

extern const char *trees; /* where the programs of all labs are built, a folder each */

#endif
