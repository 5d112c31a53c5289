/* What valgrind wrote, and what the program may have written between: grader/observe/memcheck.h and
   helgrind.h. */
#include "fuzz/fuzz.h"

#include "grader/observe/helgrind.h"
#include "grader/observe/memcheck.h"
#include "grader/observe/valgrind.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct memcheck memcheck;
    static struct helgrind helgrind;
    struct text log = fuzz_text(data, size);
    (void)valgrind_is_there(&log);
    memcheck_read(&log, fuzz_own, &memcheck);
    fuzz_must(memcheck.errors >= 0 && memcheck.leaks >= 0 && memcheck.accepted >= 0,
              "what is counted is not negative");
    fuzz_must((memcheck.errors == 0) == (memcheck.first_error[0] == '\0'),
              "the first error is told if there is one");
    helgrind_read(&log, fuzz_own, &helgrind);
    for (size_t i = 0; i < FINDINGS; i++)
        fuzz_must((helgrind.findings[i][0] != '\0') == (i < helgrind.count),
                  "each finding that is counted is told");
    text_free(&log);
    return 0;
}
