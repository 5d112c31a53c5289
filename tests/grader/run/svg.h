/* The conversation of a test as a picture for a page. */
#ifndef SOCKLADDER_SVG_H
#define SOCKLADDER_SVG_H

#include "grader/base/result.h"
#include "grader/base/text.h"

#include <stdbool.h>

/* Adds an SVG of LADDER, as it stands in a result, below the heading TITLE. It has the colours of a
   light or a dark page, whichever the reader uses. */
void svg_draw(struct text *out, const char *title, const char *ladder);

/* Writes NAME.svg into the folder FOLDER for each test of OUTCOME that has a ladder. Returns false
   with errno if one could not be written. */
bool svg_write_all(const struct outcome *outcome, int folder);

#endif
