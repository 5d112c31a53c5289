/* How often does the handler run, if the same signal is sent three times while it is blocked? */
#include <signal.h>
#include <stdio.h>

static volatile sig_atomic_t runs;

static void count(int signal)
{
    (void)signal;
    runs = runs + 1;
}

int main(void)
{
    struct sigaction wanted = {.sa_handler = count};
    sigset_t blocked;
    sigemptyset(&wanted.sa_mask);
    sigaction(SIGUSR1, &wanted, NULL);

    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    raise(SIGUSR1);
    raise(SIGUSR1);
    raise(SIGUSR1);
    printf("sent 3, handled %d\n", (int)runs);
    sigprocmask(SIG_UNBLOCK, &blocked, NULL); /* what is pending is delivered now */
    printf("unblocked, handled %d\n", (int)runs);
    return 0;
}
