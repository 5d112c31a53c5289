/* A program that used what a library function had returned, after it had called it again. */
#ifndef SOCKLADDER_KEPT_H
#define SOCKLADDER_KEPT_H

#include "grader/base/text.h"
#include "grader/play/stage.h"

#include <stdbool.h>

/* Adds to STORY which function that was, and where PROGRAM was ended by it; false if it was not. */
bool kept_tell(struct text *story, const struct program *program);

#endif
