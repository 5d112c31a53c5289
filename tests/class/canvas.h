/* What Canvas takes back: its own export of the gradebook, with points filled in. */
#ifndef SOCKLADDER_CLASS_CANVAS_H
#define SOCKLADDER_CLASS_CANVAS_H

#include "class/grades.h"
#include "class/table.h"

/* Starts with {0}; canvas_free() ends it. */
struct canvas {
    struct table table;
    size_t id;            /* the column with Canvas's number of a student */
    size_t columns[LABS]; /* of the labs that are graded */
    double possible[LABS];
};

/* Reads the export from PATH, and finds the column of each lab that LABS asks for: the one
   assignment whose name has "1-echo" or "Lab 1" in it; or the only assignment, if there is but one
   lab. False after a message. */
bool canvas_read(struct canvas *canvas, const char *path, const bool *labs);
void canvas_free(struct canvas *canvas);

/* Writes canvas.csv into OUT: the export with the points of all RESULTS that have a score, scaled
   to the points that the assignment has in Canvas. Students are told apart by Canvas's number. What
   has no score stays as it was. Says who is not in the export. False after a message. */
bool canvas_write(const struct canvas *canvas, const struct class_results *results,
                  const char *out);

#endif
