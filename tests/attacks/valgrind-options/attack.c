#include <stdlib.h>
#include <valgrind/valgrind.h>

__attribute__((constructor)) static void attack(void)
{
    VALGRIND_CLO_CHANGE("--leak-check=no");
    VALGRIND_DISABLE_ERROR_REPORTING;
    for (int i = 0; i < 10; i++) {
        volatile char *lost = malloc(1000);
        lost[0] = 1;
    }
}
