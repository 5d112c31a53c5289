#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

/* The parent traces its child, which goes on as the program. */
__attribute__((constructor)) static void attack(void)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0)
            raise(SIGSTOP);
        return;
    }
    while (waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
        fprintf(stderr, "traced\n");
        ptrace(PTRACE_CONT, child, NULL, NULL);
    }
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}
