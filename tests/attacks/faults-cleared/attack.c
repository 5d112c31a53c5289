#include <stdio.h>
#include <string.h>

__attribute__((constructor)) static void attack(void)
{
    char line[512];
    FILE *maps = fopen("/proc/self/maps", "r");
    while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
        unsigned long start;
        unsigned long end;
        if (strstr(line, "memfd:probe") != NULL && sscanf(line, "%lx-%lx", &start, &end) == 2)
            memset((char *)start + @OFFSET@, 0, @SIZE@);
    }
    if (maps != NULL)
        fclose(maps);
}
