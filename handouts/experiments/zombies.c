/* zombies: children that have ended and that nobody has waited for; signals that merge */
#include "kernel.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILDREN = 3 };

/* Starts children that end at once, with status 0, 1 and 2. When this returns all have ended, and
   none is reaped: WNOWAIT leaves them as they are. */
static void start_children(pid_t children[CHILDREN])
{
    siginfo_t info;
    for (int i = 0; i < CHILDREN; i++) {
        children[i] = fork();
        if (children[i] < 0)
            fail("fork");
        if (children[i] == 0)
            _exit(i);
    }
    for (int i = 0; i < CHILDREN; i++)
        if (waitid(P_PID, (id_t)children[i], &info, WEXITED | WNOWAIT) < 0)
            fail("waitid");
}

/* Prints the state of a process, from the third field of /proc/PID/stat. */
static void tell_state(pid_t child)
{
    char path[64];
    char state = '?';
    snprintf(path, sizeof path, "/proc/%d/stat", (int)child);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        printf("  kernel: /proc has no process %d any more\n", (int)child);
        return;
    }
    if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
        state = '?';
    printf("  kernel: process %d is in state %c%s\n", (int)child, state,
           state == 'Z' ? " (zombie)" : "");
    fclose(file);
}

static void reap_one_by_one(void)
{
    pid_t children[CHILDREN];
    int status;
    start_children(children);
    puts("1. Three children have ended. Their parent has not waited for them.");
    for (int i = 0; i < CHILDREN; i++)
        tell_state(children[i]);
    if (waitpid(children[0], &status, 0) < 0)
        fail("waitpid");
    printf("  parent: waitpid(%d) = %d, exit status %d\n", (int)children[0], (int)children[0],
           WEXITSTATUS(status));
    for (int i = 0; i < CHILDREN; i++)
        tell_state(children[i]);
    while (wait(NULL) > 0) /* the other two */
        continue;
    puts("");
}

static volatile sig_atomic_t signals; /* how often the handler was called */

static void count_signal(int signal)
{
    (void)signal;
    signals = signals + 1;
}

static int reap_all(void)
{
    int reaped;
    for (reaped = 0; waitpid(-1, NULL, WNOHANG) > 0; reaped++)
        continue;
    return reaped;
}

static void merge_signals(void)
{
    pid_t children[CHILDREN];
    struct sigaction action = {.sa_handler = count_signal};
    sigset_t child;
    sigemptyset(&action.sa_mask);
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    if (sigaction(SIGCHLD, &action, NULL) < 0 || sigprocmask(SIG_BLOCK, &child, NULL) < 0)
        fail("sigaction");
    puts("2. Three children end while SIGCHLD is blocked. Then it is let through.");
    start_children(children);
    sigprocmask(SIG_UNBLOCK, &child, NULL); /* the handler runs before this returns */
    printf("  the handler was called %d time for %d children\n", (int)signals, CHILDREN);
    printf("  waitpid(-1, NULL, WNOHANG) in a loop reaped %d\n\n", reap_all());
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0); /* or each child would have a copy of unwritten text */
    reap_one_by_one();
    merge_signals();
    puts("A zombie is an entry in the process table: it keeps the exit status until the\n"
         "parent asks. A pending signal is only a mark. It is set or not; nobody counts.\n"
         "So one wait for each SIGCHLD leaves zombies, and the loop until waitpid\n"
         "returns 0 or -1 does not.\n"
         "\n"
         "Try next: Put `getchar();` in front of the first waitpid, and look with `ps\n"
         "--ppid PARENT -o pid,stat,comm` in another terminal. What if the parent ends\n"
         "instead?");
    return 0;
}
