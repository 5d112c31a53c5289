#include <stdlib.h>
#include <string.h>

__attribute__((constructor)) static void attack(void)
{
    for (int i = 0; i < 48; i++) {
        char *block = malloc(64 << 20);
        if (block == NULL)
            break;
        memset(block, 1, 64 << 20);
    }
}
