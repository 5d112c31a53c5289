/* What AddressSanitizer wrote, or the program in its name: grader/observe/sanitizer.h. */
#include "fuzz/fuzz.h"

#include "grader/observe/sanitizer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sanitizer sanitizer;
    struct text log = fuzz_text(data, size);
    bool found = sanitizer_read(&log, &sanitizer);
    fuzz_must(found == (sanitizer.kind[0] != '\0'), "what was found has a kind");
    text_free(&log);
    return 0;
}
