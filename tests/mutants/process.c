#include "mutants/process.h"

#include "grade/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void become(const char *const *words, const char *input, const char *output)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    int from = open(input, O_RDONLY | O_CLOEXEC);
    int to = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    interrupt_reset();
    if (from != -1 && to != -1 && dup2(from, STDIN_FILENO) == STDIN_FILENO &&
        dup2(to, STDOUT_FILENO) == STDOUT_FILENO && dup2(to, STDERR_FILENO) == STDERR_FILENO)
        execvp(words[0], (char *const *)words);
    perror(words[0]);
    _exit(127);
}

bool process_start(struct process *process, const char *const *words, const char *input,
                   const char *output)
{
    fflush(NULL);
    if (interrupt_open() == -1)
        return false;
    pid_t pid = fork();
    if (pid == 0)
        become(words, input, output);
    process->pid = pid == -1 ? 0 : pid;
    return pid != -1;
}

/* Which of LIST has ended; -1 if none has. */
static int find_ended(struct process *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (list[i].pid != 0 && waitpid(list[i].pid, &list[i].status, WNOHANG) == list[i].pid) {
            list[i].pid = 0;
            return (int)i;
        }
    return -1;
}

static void end_all(struct process *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (list[i].pid != 0)
            kill(list[i].pid, SIGTERM);
    for (size_t i = 0; i < count; i++)
        if (list[i].pid != 0)
            waitpid(list[i].pid, &list[i].status, 0);
}

int process_wait(struct process *list, size_t count)
{
    for (;;) {
        if (interrupt_seen() != 0) { /* takes in SIGCHLD as well: look at the children after it */
            end_all(list, count);
            return -1;
        }
        int ended = find_ended(list, count);
        if (ended != -1)
            return ended;
        struct pollfd fd = {.fd = interrupt_open(), .events = POLLIN};
        if (poll(&fd, 1, -1) == -1 && errno != EINTR) {
            perror("mutants: poll");
            end_all(list, count);
            return -1;
        }
    }
}
