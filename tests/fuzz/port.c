/* A port as somebody typed it: common/address.h. */
#include "fuzz/fuzz.h"

#include "common/address.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text text = fuzz_text(data, size);
    size_t length = strlen(text.start);
    size_t zeroes = strspn(text.start, "0");
    bool digits = length > 0 && strspn(text.start, "0123456789") == length;
    unsigned long value = length - zeroes <= 5 ? strtoul(text.start, NULL, 10) : 99999;
    uint16_t port = 7;
    bool right = port_parse(text.start, &port);
    fuzz_must(right == (digits && value <= UINT16_MAX), "digits up to 65535, and nothing else");
    fuzz_must(port == (right ? value : 7), "the port is the number, or as it was");
    text_free(&text);
    return 0;
}
