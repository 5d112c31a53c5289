/* The conversation as a picture: time runs down, the peers on one side, the program on the other.
 */
#ifndef SOCKLADDER_LADDER_H
#define SOCKLADDER_LADDER_H

#include <stddef.h>

/* Draws what happened on the stage until now into BUFFER, cut at whole lines to fit SIZE. Empty
   when nothing is known. */
void ladder_draw(char *buffer, size_t size);

#endif
