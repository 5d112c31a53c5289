#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

__attribute__((constructor)) static void attack(void)
{
    static const char *const names[] = {"@OUT@/lock", "@KIT@/Makefile", "@KIT@/build/scores"};
    if (fork() != 0)
        return;
    setsid();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        int file = open(names[i], O_RDONLY);
        if (file >= 0 && flock(file, LOCK_EX | LOCK_NB) == 0 && i == 0)
            dprintf(STDERR_FILENO, "locked\n");
        if (i == 0 && file >= 0)
            close(open("@OUT@/locked", O_WRONLY | O_CREAT, 0600));
    }
    sleep(30);
    _exit(0);
}
