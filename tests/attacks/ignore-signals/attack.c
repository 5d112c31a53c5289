#include <signal.h>

__attribute__((constructor)) static void attack(void)
{
    for (int number = 1; number < 65; number++)
        if (number != SIGCHLD)
            signal(number, SIG_IGN);
}
