#include <unistd.h>

__attribute__((constructor)) static void attack(void)
{
    execl("/bin/cat", "cat", (char *)NULL);
}
