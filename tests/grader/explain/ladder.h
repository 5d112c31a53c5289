/* The conversation as a picture: time runs down, the peers on one side, the program on the other.
 */
#ifndef SOCKLADDER_LADDER_H
#define SOCKLADDER_LADDER_H

#include "grader/explain/evidence.h"

#include <stddef.h>

/* Draws what happened until the evidence was taken into BUFFER, cut at whole lines to fit SIZE.
   Empty when nothing is known. */
void ladder_draw(const struct evidence *evidence, char *buffer, size_t size);

#endif
