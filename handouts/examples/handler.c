/* A signal handler runs while read waits. SA_RESTART decides what read does then. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

static int ends[2]; /* a pipe: ends[0] to read, ends[1] to write */

/* Runs between any two instructions of main. It may call write, but not printf. */
static void on_alarm(int signal)
{
    int error = errno; /* main may be about to look at it */
    (void)signal;
    if (write(ends[1], "x", 1) < 0)
        _exit(1);
    errno = error;
}

static void read_with(int flags, const char *name)
{
    struct sigaction wanted = {.sa_handler = on_alarm, .sa_flags = flags};
    struct itimerval soon = {.it_value = {.tv_usec = 50000}}; /* SIGALRM after 50 ms */
    char byte;
    sigemptyset(&wanted.sa_mask);
    sigaction(SIGALRM, &wanted, NULL);
    setitimer(ITIMER_REAL, &soon, NULL);

    ssize_t result = read(ends[0], &byte, 1); /* the pipe is empty: it blocks */
    if (result < 0)
        printf("%-12s read = -1 %s\n", name, strerror(errno));
    else
        printf("%-12s read = %zd\n", name, result);
}

int main(void)
{
    if (pipe(ends) < 0) {
        perror("pipe");
        return 1;
    }
    read_with(SA_RESTART, "SA_RESTART:");
    read_with(0, "without it:");
    return 0;
}
