#include <fcntl.h>

__attribute__((constructor)) static void attack(void)
{
    while (open("/dev/null", O_RDONLY) >= 0)
        continue;
}
