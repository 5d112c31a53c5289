/* fork returns twice: a parent and its child. */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int count = 1;
    int status;
    pid_t pid = fork();
    if (pid < 0) {
        perror("fork");
        return 1;
    }
    if (pid == 0) { /* the child: its variables are copies */
        count += 10;
        dprintf(STDOUT_FILENO, "child:  count is %d\n", count);
        _exit(7); /* without it, the child would go on below */
    }
    waitpid(pid, &status, 0); /* waits until the child has ended, and reaps it */
    dprintf(STDOUT_FILENO, "parent: count is %d, the child's status is %d\n", count,
            WEXITSTATUS(status));
    return 0;
}
