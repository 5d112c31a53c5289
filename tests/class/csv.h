/* A table that a spreadsheet opens, and in which no cell is a formula: RFC 4180. */
#ifndef SOCKLADDER_CLASS_CSV_H
#define SOCKLADDER_CLASS_CSV_H

#include "grader/base/text.h"

/* Adds a cell to the line that CSV ends with, after a comma if it is not the first. VALUE is made
   harmless. What a spreadsheet might take for a formula gets an apostrophe in front. */
void csv_cell(struct text *csv, const char *value);

/* Adds VALUE, which is a number already, as it is. */
void csv_plain(struct text *csv, const char *value);

/* Adds a number; with the two decimals that points have, unless they are 0. */
void csv_number(struct text *csv, double value);

void csv_end_line(struct text *csv);

#endif
