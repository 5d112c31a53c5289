#include <stdlib.h>
#include <valgrind/valgrind.h>

__attribute__((constructor)) static void attack(void)
{
    for (int i = 0; i < 10 && !RUNNING_ON_VALGRIND; i++) {
        volatile char *lost = malloc(1000);
        lost[0] = 1;
    }
}
