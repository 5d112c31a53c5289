#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

__attribute__((constructor)) static void attack(void)
{
    DIR *files = opendir("/proc/self/map_files");
    for (struct dirent *entry; files != NULL && (entry = readdir(files)) != NULL;) {
        char path[400];
        char target[64] = "";
        snprintf(path, sizeof path, "/proc/self/map_files/%s", entry->d_name);
        if (readlink(path, target, sizeof target - 1) < 0 || strstr(target, "memfd:probe") == NULL)
            continue;
        int fd = open(path, O_RDWR);
        if (fd >= 0 && ftruncate(fd, 0) == 0)
            close(fd);
    }
}
