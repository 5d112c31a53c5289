#include <sys/wait.h>
#include <unistd.h>

__attribute__((constructor)) static void attack(void)
{
    if (fork() == 0) {
        setsid();
        if (fork() == 0)
            sleep(60);
        _exit(0);
    }
    while (wait(NULL) > 0)
        continue;
}
