#include <stdio.h>
#include <string.h>
#include <unistd.h>

__attribute__((constructor)) static void attack(void)
{
    char line[512];
    FILE *maps = fopen("/proc/self/maps", "r");
    while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
        unsigned long begin;
        unsigned long end;
        if (strstr(line, "memfd:probe") != NULL && sscanf(line, "%lx-%lx", &begin, &end) == 2)
            memset((void *)begin, 0, end - begin);
    }
    _exit(1);
}
