/*
 * Objects that were compiled before. What one depends on is kept with it, whole, and compared: the
 * same content, compiler and flags give the same object, and nothing else does, whatever the dates
 * and names.
 */
#ifndef SOCKLADDER_GRADE_OBJECTS_H
#define SOCKLADDER_GRADE_OBJECTS_H

#include "grader/base/text.h"

#include <stdbool.h>

/* True when an object made from INPUTS is kept in FOLDER: it is added to OBJECT, and what the
   compiler said to SAID. */
bool objects_find(const char *folder, const struct text *inputs, struct text *object,
                  struct text *said);

/* Keeps OBJECT. The folder holds a limited number of them, so another may go. What cannot be
   written is not kept. */
void objects_keep(const char *folder, const struct text *inputs, const struct text *object,
                  const struct text *said);

#endif
