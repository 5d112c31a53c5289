/* What a program wrote, made harmless, quoted and broken into lines: grader/base/text.h. */
#include "fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static void harmless(const char *bytes, size_t size, size_t limit, bool keep_newlines)
{
    struct text text = {0};
    text_harmless(&text, bytes, size, limit, keep_newlines);
    if (text.length > 0)
        fuzz_must_be_harmless(text.start, text.length, keep_newlines);
    text_free(&text);
}

/* No line is longer, and nothing but white space comes or goes. */
static void wrapped(const char *bytes, size_t width, size_t indent)
{
    struct text text = {0};
    text_wrap(&text, bytes, width, indent);
    for (char *at = text.start; at != NULL && *at != '\0';) {
        size_t length = strcspn(at, "\n");
        fuzz_must(at[length] == '\n', "each line ends with a newline");
        at[length] = '\0';
        fuzz_must(text_columns(at) <= width || at[indent] == ' ', "no line is too long");
        at += length + 1;
    }
    text_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    size_t limit = fuzz_byte(&input);
    size_t width = 20 + fuzz_byte(&input) % 80;
    size_t indent = fuzz_byte(&input) % 10;
    struct text bytes = fuzz_text(input.at, input.left);
    struct text quoted = {0};
    harmless(bytes.start, bytes.length, SIZE_MAX, false);
    harmless(bytes.start, bytes.length, SIZE_MAX, true);
    harmless(bytes.start, bytes.length, limit, false);
    text_quote(&quoted, bytes.start, bytes.length, limit);
    fuzz_must_be_harmless(quoted.start != NULL ? quoted.start : "", quoted.length, true);
    wrapped(bytes.start, width, indent);
    text_free(&quoted);
    text_free(&bytes);
    return 0;
}
