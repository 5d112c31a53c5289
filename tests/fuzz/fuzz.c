#include "fuzz/fuzz.h"

#include "grader/base/settings.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct settings settings = {.programs = "/nonexistent",
                            .probe = "/nonexistent",
                            .sources = "/nonexistent/1-echo",
                            .source = "labs",
                            .base = "labs",
                            .patience = 1};

static int standard_error = STDERR_FILENO;

/* libFuzzer closes it for what the program under test says. */
__attribute__((constructor)) static void keep_standard_error(void)
{
    standard_error = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
}

void fuzz_must(bool holds, const char *promise)
{
    if (holds)
        return;
    dprintf(standard_error, "a promise is broken: %s\n", promise);
    abort();
}

uint8_t fuzz_byte(struct fuzz_input *input)
{
    if (input->left == 0)
        return 0;
    input->left--;
    return *input->at++;
}

static char *copy(const uint8_t *data, size_t size)
{
    char *bytes = malloc(size + 1);
    if (bytes == NULL)
        abort();
    if (size > 0)
        memcpy(bytes, data, size);
    bytes[size] = '\0';
    return bytes;
}

char *fuzz_line(struct fuzz_input *input)
{
    const uint8_t *newline = input->left == 0 ? NULL : memchr(input->at, '\n', input->left);
    size_t length = newline == NULL ? input->left : (size_t)(newline - input->at);
    size_t taken = newline == NULL ? length : length + 1;
    char *line = copy(input->at, length);
    input->at += taken;
    input->left -= taken;
    return line;
}

struct text fuzz_text(const uint8_t *data, size_t size)
{
    return (struct text){.start = copy(data, size), .length = size};
}

bool fuzz_own(const char *file)
{
    unsigned sum = 0;
    for (; *file != '\0'; file++)
        sum += (unsigned char)*file;
    return sum % 2 == 0;
}

void fuzz_must_be_harmless(const char *text, size_t length, bool keep_newlines)
{
    struct text again = {0};
    for (size_t i = 0; i < length; i++)
        fuzz_must((unsigned char)text[i] >= ' ' || (keep_newlines && text[i] == '\n'),
                  "no control character comes through");
    text_harmless(&again, text, length, SIZE_MAX, keep_newlines);
    fuzz_must(again.length == length && (length == 0 || memcmp(again.start, text, length) == 0),
              "what is harmless already comes out as it went in");
    text_free(&again);
}
