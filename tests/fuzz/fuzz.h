/* What the fuzz targets share. A target is LLVMFuzzerTestOneInput() of one file of this folder: it
   hands any bytes to what reads a stranger's, and aborts when a promise of its header is broken. */
#ifndef SOCKLADDER_FUZZ_H
#define SOCKLADDER_FUZZ_H

#include "grader/base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Says on standard error what does NOT HOLD, and aborts, unless HOLDS. */
void fuzz_must(bool holds, const char *promise);

/* The input, taken from its beginning. At its end there are zeroes only. */
struct fuzz_input {
    const uint8_t *at;
    size_t left;
};
uint8_t fuzz_byte(struct fuzz_input *input);

/* Up to the next newline, or all that is left, in memory of just that size and a 0: the caller
   frees it. */
char *fuzz_line(struct fuzz_input *input);

/* SIZE bytes of DATA as a text whose memory ends right behind them and a 0: text_free() ends it. */
struct text fuzz_text(const uint8_t *data, size_t size);

/* True for every second name, always for the same ones: which files are the student's. */
bool fuzz_own(const char *file);

/* Aborts unless TEXT is what text_harmless() promises of all that it lets through. */
void fuzz_must_be_harmless(const char *text, size_t length, bool keep_newlines);

#endif
