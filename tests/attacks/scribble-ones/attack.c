#include <stdio.h>
#include <string.h>

__attribute__((constructor)) static void attack(void)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
        unsigned long start;
        unsigned long end;
        if (strstr(line, "memfd:probe") != NULL && sscanf(line, "%lx-%lx", &start, &end) == 2)
            memset((void *)start, 0xff, end - start);
    }
    if (maps != NULL)
        fclose(maps);
}
