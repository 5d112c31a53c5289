/* Recorded evidence, read, explained, drawn and written again: grader/explain/evidence.h. */
#include "fuzz/fuzz.h"

#include "grader/explain/cause.h"
#include "grader/explain/evidence.h"
#include "grader/explain/ladder.h"

#include <string.h>

static void explain(const struct evidence *evidence, struct text *written)
{
    static char ladder[16384];
    struct text sentence = {0};
    const struct cause *cause = cause_find(evidence, &sentence);
    fuzz_must(cause == NULL || sentence.length > 0, "a cause has a sentence");
    if (sentence.length > 0)
        fuzz_must_be_harmless(sentence.start, sentence.length, true);
    ladder_draw(evidence, ladder, sizeof ladder);
    fuzz_must_be_harmless(ladder, strlen(ladder), true);
    evidence_write(written, evidence, "test", cause != NULL ? cause->id : "",
                   sentence.start != NULL ? sentence.start : "");
    text_free(&sentence);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct evidence evidence;
    struct text json = fuzz_text(data, size);
    struct text written = {0};
    if (evidence_read(&evidence, json.start)) {
        explain(&evidence, &written);
        evidence_free(&evidence);
        fuzz_must(evidence_read(&evidence, written.start), "what was written can be read");
        evidence_free(&evidence);
    }
    text_free(&written);
    text_free(&json);
    return 0;
}
