/* A program that AddressSanitizer has ended. */
#ifndef SOCKLADDER_OVERFLOW_H
#define SOCKLADDER_OVERFLOW_H

#include "grader/base/text.h"
#include "grader/play/stage.h"

enum overflow {
    OVERFLOW_NONE,    /* the sanitizer has found nothing */
    OVERFLOW_TOLD,    /* STORY says what and where */
    OVERFLOW_ADVISED, /* and what to do */
};

/* Adds to STORY what the sanitizer has found in PROGRAM. */
enum overflow overflow_tell(struct text *story, const struct program *program);

#endif
