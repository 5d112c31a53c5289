#include <unistd.h>

__attribute__((constructor)) static void attack(void)
{
    for (;;)
        sleep(1000);
}
