/* What AddressSanitizer has written about a program that it has ended. */
#ifndef SOCKLADDER_SANITIZER_H
#define SOCKLADDER_SANITIZER_H

#include "grader/base/text.h"

#include <stdbool.h>
#include <stddef.h>

/* `kind` is the sanitizer's name for the error, "stack-buffer-overflow". What is not known is 0 or
   empty. */
struct sanitizer {
    char kind[64];
    bool writes;       /* else it reads */
    size_t size;       /* bytes that it reads or writes */
    char variable[64]; /* the array */
    int line;          /* where that is declared */
    size_t room;       /* the bytes that it has, or that the block has */
};

/* Reads LOG; false if the sanitizer has reported nothing there. The program could have written all
   of this itself: it is no evidence for anything in its favour. */
bool sanitizer_read(const struct text *log, struct sanitizer *sanitizer);

#endif
