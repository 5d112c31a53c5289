#include <sys/wait.h>
#include <unistd.h>

__attribute__((constructor)) static void attack(void)
{
    if (fork() == 0) {
        setsid();
        if (fork() == 0) {
            (void)!chdir("/");
            for (int fd = 0; fd < 1024; fd++)
                close(fd);
            sleep(60);
        }
        _exit(0);
    }
    while (wait(NULL) > 0)
        continue;
}
