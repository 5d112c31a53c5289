/* A program that AddressSanitizer has ended. */
#ifndef SOCKLADDER_OVERFLOW_H
#define SOCKLADDER_OVERFLOW_H

#include "grader/base/text.h"
#include "grader/play/stage.h"

#include <stdbool.h>

/* Adds to STORY what the sanitizer has found in PROGRAM, and where; false if it has found nothing.
 */
bool overflow_tell(struct text *story, const struct program *program);

#endif
