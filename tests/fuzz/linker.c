/* What the linker says of a stranger's names: grade/linker.h. */
#include "fuzz/fuzz.h"

#include "grade/linker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct kit kit = {.root = ".", .build = "build", .compiler = "gcc"};
    struct fuzz_input input = {data, size};
    const struct lab_files *lab = &all_labs[fuzz_byte(&input) % LABS];
    struct text harmless = {0};
    struct text said = {0};
    text_harmless(&harmless, (const char *)input.at, input.left, SIZE_MAX, true);
    linker_explain(&said, harmless.start, lab, &kit);
    if (said.length > 0)
        fuzz_must_be_harmless(said.start, said.length, true);
    text_free(&said);
    text_free(&harmless);
    return 0;
}
