#include <stdlib.h>
#include <unistd.h>

__attribute__((constructor)) static void attack(int argc, char **argv)
{
    char *const environment[] = {"WITHOUT_PROBE=1", NULL};
    if (argc > 0 && getenv("WITHOUT_PROBE") == NULL)
        execve("/proc/self/exe", argv, environment);
}
