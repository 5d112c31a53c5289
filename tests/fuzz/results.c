/* Results that were written and are read again: class/verdict.h and grader/run/reference.h. */
#include "fuzz/fuzz.h"

#include "class/verdict.h"
#include "grader/run/reference.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const struct scenario scenario = {.id = "long_message"};
static const struct scenario *const scenarios[] = {&scenario};
static const struct lab lab = {.name = "1-echo", .scenarios = scenarios, .count = 1};

static void read_reference(const struct text *json)
{
    static struct result result;
    const char *why;
    int file = memfd_create("fuzz", MFD_CLOEXEC);
    if (file == -1 || !text_write(json, file) || lseek(file, 0, SEEK_SET) == -1)
        abort();
    if (!reference_read(file, &lab, &result, &why))
        fuzz_must(why != NULL, "it says why");
    fuzz_must_be_harmless(result.story, strlen(result.story), true);
    close(file);
}

static void read_verdict(const struct text *json)
{
    struct verdict verdict;
    if (!verdict_read(&verdict, json))
        return;
    size_t count = 0;
    for (int status = TEST_PASSED; status <= TEST_FAULT; status++)
        count += verdict_count(&verdict, (enum test_status)status);
    fuzz_must(count == verdict.count, "each test has a status");
    verdict_free(&verdict);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text json = fuzz_text(data, size);
    read_verdict(&json);
    read_reference(&json);
    text_free(&json);
    return 0;
}
