/* What addr2line says of debug information that a stranger's compiler wrote: grader/play/places.h.
 */
#include "fuzz/fuzz.h"

// NOLINTNEXTLINE(bugprone-suspicious-include): how an answer is read is not to be seen from outside
#include "grader/play/places.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { ADDRESSES = 20 };
    struct line lines[ADDRESSES] = {{.number = 0}};
    struct text answer = fuzz_text(data, size);
    char *rest = answer.start;
    for (size_t i = 0; i < ADDRESSES && read_line(&rest, &lines[i]); i++) {
        struct text text = {0};
        fuzz_must(lines[i].number >= 0 && lines[i].number <= MOST_LINES, "a line has a number");
        fuzz_must(strchr(lines[i].file, '/') == NULL, "a file has no folder");
        trace_place(&text, &lines[i]);
        fuzz_must_be_harmless(text.start != NULL ? text.start : "", text.length, false);
        text_free(&text);
    }
    text_free(&answer);
    return 0;
}
