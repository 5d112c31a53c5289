#include <stdlib.h>

__attribute__((constructor)) static void attack(void)
{
    abort();
}
