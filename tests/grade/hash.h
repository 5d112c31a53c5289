/* A number that stands for bytes, where a mistake costs nothing but time. */
#ifndef SOCKLADDER_GRADE_HASH_H
#define SOCKLADDER_GRADE_HASH_H

#include "grader/base/text.h"

#include <stdint.h>

/* FNV-1a of what TEXT holds. A stranger can make two texts with the same one: it never decides
   alone what a stranger's file is. */
uint64_t hash_of(const struct text *text);

#endif
