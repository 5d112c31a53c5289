#include <stdatomic.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

__attribute__((constructor)) static void attack(void)
{
    struct counter {
        _Atomic int forks;
    } *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    time_t begun = time(NULL);
    if (shared == MAP_FAILED)
        _exit(1);
    while (time(NULL) - begun < 5 && shared->forks++ < 3000)
        if (fork() < 0)
            break;
    while (time(NULL) - begun < 5)
        sleep(1);
    _exit(0);
}
