#include "grade/requests.h"

#include <string.h>

/* rolq $3, %rdi; rolq $13, %rdi; rolq $61, %rdi; rolq $51, %rdi */
static const unsigned char x86_64[] = {0x48, 0xc1, 0xc7, 0x03, 0x48, 0xc1, 0xc7, 0x0d,
                                       0x48, 0xc1, 0xc7, 0x3d, 0x48, 0xc1, 0xc7, 0x33};

/* ror x12, x12, #3; ror x12, x12, #13; ror x12, x12, #51; ror x12, x12, #61 */
static const unsigned char arm64[] = {0x8c, 0x0d, 0xcc, 0x93, 0x8c, 0x35, 0xcc, 0x93,
                                      0x8c, 0xcd, 0xcc, 0x93, 0x8c, 0xf5, 0xcc, 0x93};

bool holds_client_request(const void *bytes, size_t length)
{
    return length > 0 && (memmem(bytes, length, x86_64, sizeof x86_64) != NULL ||
                          memmem(bytes, length, arm64, sizeof arm64) != NULL);
}
